//! Builds the programs of the chapters and knows where cargo put them.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::python;
use super::running::Running;
use crate::failure::{Failure, Played};

/// The folder of the workspace: where cargo finds it now. A checkout may have been moved
/// or copied since it was built, and cargo does not build it again for that.
pub fn workspace() -> &'static Path {
    static WORKSPACE: LazyLock<PathBuf> = LazyLock::new(|| {
        let now = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let ours = |folder: &PathBuf| folder.join("tests").join("snapshots").exists();
        now.filter(ours).unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
    });
    &WORKSPACE
}

/// The cargo that started us.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// How long a build may take: as long as it does.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Stands for the port in the command of a guest.
const PORT: &str = "{port}";

/// The programs, by name.
#[derive(Clone)]
pub struct Programs {
    paths: BTreeMap<String, PathBuf>,
    guest: Option<Guest>,
}

/// A program in any language, in place of one of ours.
#[derive(Clone)]
pub struct Guest {
    /// The words of its command.
    words: Vec<String>,
    /// Whether it is a server of which only the wire is judged.
    pub wire: bool,
}

impl Programs {
    /// Builds the programs of all chapters with the cargo that started us. Costs a
    /// moment when they are built already.
    ///
    /// `cargo test` alone would not do: it leaves the programs of other packages as
    /// they were when last built.
    ///
    /// # Errors
    /// When cargo cannot be started or a program does not compile; cargo has then told
    /// why on stderr.
    pub fn build() -> Played<Self> {
        Self::build_examples("first_*")
    }

    /// The same with these examples alone.
    ///
    /// # Errors
    /// As [`Programs::build`].
    pub fn build_examples(names: &str) -> Played<Self> {
        let mut command = cargo();
        // All at once: cargo builds what they share, and each of them, side by side.
        command.args(["build", "--workspace", "--bins", "--manifest-path"]);
        command.arg(workspace().join("Cargo.toml"));
        command.args(["--example", names]);
        Self::build_with(command)
    }

    /// Builds another version of the program `name`, in the workspace `folder`. It goes by
    /// the name `alias` as well.
    ///
    /// # Errors
    /// As [`Programs::build`].
    pub fn build_in(folder: &Path, name: &str, alias: &str) -> Played<Self> {
        let mut command = cargo();
        command.args(["build", "--bins", "-p", name, "--manifest-path"]);
        command.arg(folder.join("Cargo.toml"));
        // The program has the name of the finished one, so it goes elsewhere. What it is
        // made of is shared (by cargo 1.91 and newer; older ones build it once more).
        command.arg("--target-dir").arg(folder.join("target"));
        command.env("CARGO_BUILD_BUILD_DIR", workspace().join("target"));
        let mut built = Self::build_with(command)?;
        let path = built.paths.get(name).cloned();
        built.paths.extend(path.map(|path| (alias.to_owned(), path)));
        Ok(built)
    }

    fn build_with(mut command: Command) -> Played<Self> {
        command.args(["--message-format", "json-render-diagnostics"]);
        let (messages, stdout) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(stdout);
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }

        let running = Running::start(command)?;
        let mut paths = BTreeMap::new();
        for line in BufReader::new(messages).lines() {
            let line = line?;
            if let Some(path) = executable(&line) {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                paths.insert(name.into_owned(), path);
            }
        }
        match running.wait(Instant::now() + A_DAY)?.map(|status| status.code()) {
            Some(Some(0)) => Ok(Self { paths, guest: None }),
            // A signal ended it: most likely Ctrl-C, which reaches cargo as it reaches us.
            Some(None) => Err(Failure::new("cargo was interrupted")),
            _ => Err(Failure::new("the programs do not build; cargo says why above")),
        }
    }

    /// The same programs, but for `words`, the command of another one. On the `wire` it is
    /// a server, whose clients are ours, and what it prints does not count. Otherwise it
    /// stands in for server and client, and takes and prints what they do.
    #[must_use]
    pub fn with_guest(self, words: Vec<String>, wire: bool) -> Self {
        Self { guest: Some(Guest { words, wire }), ..self }
    }

    /// The guest, if it plays a program of ours in the role that these arguments ask for:
    /// on the wire, all but the clients.
    pub fn guest(&self, name: &str, arguments: &[&str]) -> Option<&Guest> {
        let is_client = arguments.first() == Some(&"client");
        let guest = self.guest.as_ref().filter(|_| self.paths.contains_key(name));
        guest.filter(|guest| !guest.wire || !is_client)
    }

    /// What starts the program `name`.
    ///
    /// # Errors
    /// As [`Programs::path`].
    pub fn command(&self, name: &str, arguments: &[&str]) -> Played<Command> {
        if let Some(Guest { words, .. }) = self.guest(name, arguments) {
            let bind = arguments.iter().skip_while(|one| **one != "--bind").nth(1);
            let port = bind.and_then(|address| address.rsplit(':').next());
            let port = port.unwrap_or_default();
            let named = words.iter().any(|word| word.contains(PORT));
            let mut words = words.iter().map(|word| word.replace(PORT, port));
            let mut command = Command::new(words.next().unwrap_or_default());
            command.args(words);
            if !named {
                command.args(arguments);
            }
            return Ok(command);
        }
        let mut command = Command::new(self.path(name)?);
        command.args(arguments).env("PATH", self.search_path());
        Ok(command)
    }

    /// Where a program that starts another one, as `unshare` does, finds ours.
    fn search_path(&self) -> OsString {
        let ours: BTreeSet<_> =
            self.paths.values().filter_map(|it| it.parent()).collect();
        let others = env::var_os("PATH").unwrap_or_default();
        let all = ours.into_iter().map(PathBuf::from).chain(env::split_paths(&others));
        env::join_paths(all).unwrap_or_default()
    }

    /// What starts the program `name`: one of the workspace, Python, or one that this
    /// machine has.
    ///
    /// # Errors
    /// When it is Python, and this machine has none.
    pub fn path(&self, name: &str) -> Played<PathBuf> {
        let missing = || Failure::new("this machine has no Python");
        match self.paths.get(name) {
            Some(path) => Ok(path.clone()),
            None if name == python::NAME => {
                python::command().map(PathBuf::from).ok_or_else(missing)
            }
            None => Ok(name.into()),
        }
    }
}

/// Where cargo put a program, if a line of its messages says so. They are JSON, of which
/// no more is needed here.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, path) = message.split_once(r#""executable":""#)?;
    let (path, _) = path.split_once(r#"",""#)?;
    Some(path.replace(r#"\""#, r#"""#).replace(r"\\", r"\").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_program_is() {
        let message = r#"{"executable":"C:\\my \"programs\"\\a.exe","fresh":true}"#;
        let path = executable(message).unwrap();
        assert_eq!(path, Path::new(r#"C:\my "programs"\a.exe"#));
        assert_eq!(executable(r#"{"executable":null}"#), None);
    }
}
