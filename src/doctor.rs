//! What this machine has, and what each missing thing costs.

use std::env;
use std::io::{self, Write};
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::process::Command;

use crate::stage::needs::{self, Need};
use crate::stage::python;

/// What there is to look for, and the cost without it. No chapter can do without the
/// first two.
const THINGS: [(&str, &str); 11] = [
    ("cargo", "nothing can be built; install Rust from https://rustup.rs"),
    ("127.0.0.1", "nothing here can be played"),
    ("::1", "`basic-tcp server --bind [::1]:8888` fails; chapter 8 skips scenes"),
    ("multicast", "scenes about groups are skipped; no interface leads to one"),
    ("namespaces", "on Linux scenes are skipped; needs unshare, ip, and leave"),
    ("localhost", "two scenes differ; add `127.0.0.1 localhost` to the hosts file"),
    ("services", "`lookup-demo service` needs `--services FILE`; Debian: netbase"),
    (python::NAME, "scenes with `in-python` in their names are skipped; 3.8 will do"),
    ("strace", "on Linux `draw`, and commands that begin so; apt install strace"),
    ("just", "recipes such as `just tour`; each is a command that you can type"),
    ("mdbook", "the book in a browser, all in one; cargo install mdbook"),
];

/// Prints a line for each thing. Returns whether all is there that no chapter can do
/// without.
///
/// # Errors
/// When `out` cannot be written.
pub fn examine(out: &mut dyn Write) -> io::Result<bool> {
    for (name, cost) in THINGS {
        let found = look_for(name).unwrap_or_else(|| format!("missing: {cost}"));
        writeln!(out, "{name:10}  {found}")?;
    }
    Ok(THINGS[..2].iter().all(|(name, _)| look_for(name).is_some()))
}

/// What there is of this name, in a few words.
fn look_for(name: &str) -> Option<String> {
    match name {
        "127.0.0.1" | "::1" => needs::answers(name).then(|| "answers".to_owned()),
        "multicast" => Need::Multicast.is_met().then(|| "is heard".to_owned()),
        "namespaces" => Need::Namespace.is_met().then(|| "are granted".to_owned()),
        "localhost" => {
            let addresses = (name, 0).to_socket_addrs().ok()?;
            let addresses = addresses.map(|address| address.ip().to_string());
            Some(addresses.collect::<Vec<_>>().join(" "))
        }
        "services" => {
            let root = env::var_os("SystemRoot").map(PathBuf::from);
            let folder =
                root.map_or("/etc".into(), |it| it.join(r"System32\drivers\etc"));
            let file = folder.join(name);
            file.exists().then(|| file.display().to_string())
        }
        python::NAME => version(python::command()?),
        program => version(program),
    }
}

/// The first line that `PROGRAM --version` says, if there is such a program.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().filter(|_| output.status.success()).map(str::to_owned)
}
