//! What this machine has, and what each missing thing costs.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, ToSocketAddrs};
use std::process::Command;

use crate::stage::python;

/// Prints a line for each thing. Returns whether all is there that no chapter can do
/// without.
///
/// # Errors
/// When `out` cannot be written.
pub fn examine(out: &mut dyn Write) -> io::Result<bool> {
    let (cargo, loopback) =
        (version("cargo"), talk_to_self(Ipv4Addr::LOCALHOST.into()));
    let complete = cargo.is_some() && loopback.is_some();
    for (name, found, cost) in [
        ("cargo", cargo, NO_CARGO),
        ("loopback", loopback, "nothing here can be played"),
        ("IPv6", talk_to_self(Ipv6Addr::LOCALHOST.into()), NO_IPV6),
        ("localhost", resolve("localhost"), NO_LOCALHOST),
        ("python3", python::command().and_then(version), NO_PYTHON),
        ("strace", version("strace"), NO_STRACE),
        ("just", version("just"), NO_JUST),
        ("mdbook", version("mdbook"), NO_MDBOOK),
    ] {
        let missing = || format!("missing: {cost}");
        writeln!(out, "{name:10}  {}", found.unwrap_or_else(missing))?;
    }
    Ok(complete)
}

const NO_CARGO: &str =
    "the programs cannot be built; install Rust from https://rustup.rs";
const NO_IPV6: &str = "`basic-tcp server --bind [::1]:8888` fails; no scene needs it";
const NO_LOCALHOST: &str = "two scenes of lookup-demo differ; add the line `127.0.0.1 localhost` to the hosts file";
const NO_JUST: &str = "recipes such as `just tour`; each is one command, which you can read in the justfile and type";
const NO_MDBOOK: &str = "the book in a browser (cargo install mdbook); its pages in book/src only name their listings and transcripts";
const NO_PYTHON: &str = "the scenes with `in-python` in their names, which are skipped (Python 3.8 or newer plays them)";
const NO_STRACE: &str = "on Linux `cargo run -- draw`, which draws the pictures of the book anew, and the commands that begin with strace; on Debian, apt install strace";

/// The first line that `PROGRAM --version` says, if there is such a program.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().filter(|_| output.status.success())?;
    Some(line.trim().to_owned())
}

/// Connects to a listener of our own, which the system answers without a further
/// thread.
fn talk_to_self(host: IpAddr) -> Option<String> {
    let listener = TcpListener::bind((host, 0)).ok()?;
    TcpStream::connect(listener.local_addr().ok()?).ok()?;
    Some(format!("{host} answers"))
}

fn resolve(name: &str) -> Option<String> {
    let addresses =
        (name, 0).to_socket_addrs().ok()?.map(|address| address.ip().to_string());
    Some(addresses.collect::<Vec<_>>().join(" "))
}
