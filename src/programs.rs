//! Builds the programs of the chapters and knows where cargo put them.

use std::collections::BTreeMap;
use std::env::consts::EXE_EXTENSION;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::running::Running;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether cargo shows what it does while it builds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// On stderr, as cargo does.
    Shown,
    /// Only what goes wrong.
    Hidden,
}

/// The programs, by name.
pub struct Programs(BTreeMap<String, PathBuf>);

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
    pub fn build(progress: Progress) -> Result<Self, Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        // The whole workspace, as `cargo run` and `cargo test` see it: another
        // selection would need other features of the same dependencies, and build them
        // once more.
        command.args(["build", "--workspace", "--bins"]);
        command.args([
            "--message-format",
            "json-render-diagnostics",
            "--manifest-path",
        ]);
        command
            .arg(workspace().join("Cargo.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if progress == Progress::Hidden {
            command.arg("--quiet");
        }
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }

        let (running, stdout) =
            Running::start(&mut command, |child| child.stdout.take()).map_err(
                |error| {
                    Failure::new(format!("cannot run {}: {error}", cargo.display()))
                },
            )?;
        let mut programs = BTreeMap::new();
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines())
        {
            let message: serde_json::Value =
                serde_json::from_str(&line?).unwrap_or_default();
            if let (Some(name), Some(path)) =
                (message["target"]["name"].as_str(), message["executable"].as_str())
            {
                programs.insert(name.to_owned(), PathBuf::from(path));
            }
        }
        match running.wait(None)?.map(|status| status.code()) {
            Some(Some(0)) => Ok(Self(programs)),
            // A signal ended it: most likely Ctrl-C, which reaches cargo as it reaches us.
            Some(None) => Err(Failure::new("cargo was interrupted")),
            _ => Err(Failure::new("the programs do not build; cargo says why above")),
        }
    }

    /// Whether one of these was never built, so that building takes a while.
    pub fn are_missing<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
        let ours = std::env::current_exe().unwrap_or_default();
        let theirs =
            |name: &str| ours.with_file_name(name).with_extension(EXE_EXTENSION);
        names.any(|name| !theirs(name).exists())
    }

    /// Where the program `name` is.
    ///
    /// # Errors
    /// When the workspace has no such program.
    pub fn path(&self, name: &str) -> Result<&Path, Failure> {
        self.0
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| Failure::new(format!("no program named {name} was built")))
    }
}
