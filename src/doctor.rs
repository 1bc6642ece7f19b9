//! What this machine has, and what each missing thing costs.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::PathBuf;

use crate::stage::python;
use crate::stage::running::version;

/// Prints a line for each thing. Returns whether all is there that no chapter can do
/// without.
///
/// # Errors
/// When `out` cannot be written.
pub fn examine(out: &mut dyn Write) -> io::Result<bool> {
    let cargo = version("cargo").ok_or(NO_CARGO.to_owned());
    let loopback = talk_to_self(Ipv4Addr::LOCALHOST.into())
        .map_err(|error| format!("nothing here can be played ({error})"));
    let complete = cargo.is_ok() && loopback.is_ok();

    let ipv6 = talk_to_self(Ipv6Addr::LOCALHOST.into());
    let findings = [
        ("cargo", cargo),
        ("loopback", loopback),
        ("IPv6", ipv6.map_err(|_| NO_IPV6.to_owned())),
        ("localhost", resolve("localhost").ok_or(NO_LOCALHOST.to_owned())),
        ("services", services()),
        ("python3", python::version().map(str::to_owned).ok_or(NO_PYTHON.to_owned())),
        ("strace", version("strace").ok_or(NO_STRACE.to_owned())),
        ("just", version("just").ok_or(NO_JUST.to_owned())),
        ("mdbook", version("mdbook").ok_or(NO_MDBOOK.to_owned())),
    ];
    for (name, finding) in findings {
        match finding {
            Ok(what) => writeln!(out, "{name:10}  {what}")?,
            Err(cost) => writeln!(out, "{name:10}  missing: {cost}")?,
        }
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
const NO_SERVICES: &str = "`lookup-demo service http` needs `--services FILE`; on Debian, apt install netbase";

/// Connects to a listener of our own, which the system answers without a further
/// thread.
fn talk_to_self(host: IpAddr) -> io::Result<String> {
    let listener = TcpListener::bind((host, 0))?;
    TcpStream::connect(listener.local_addr()?)?;
    Ok(format!("{host} answers"))
}

fn resolve(name: &str) -> Option<String> {
    let addresses =
        (name, 0).to_socket_addrs().ok()?.map(|address| address.ip().to_string());
    Some(addresses.collect::<Vec<_>>().join(" "))
}

fn services() -> Result<String, String> {
    let file = if cfg!(windows) {
        let system =
            std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        PathBuf::from(system).join(r"System32\drivers\etc\services")
    } else {
        PathBuf::from("/etc/services")
    };
    match std::fs::metadata(&file) {
        Ok(metadata) => Ok(format!("{} ({} bytes)", file.display(), metadata.len())),
        Err(error) => {
            Err(format!("{} ({}): {NO_SERVICES}", file.display(), error.kind()))
        }
    }
}
