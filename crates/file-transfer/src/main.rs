//! Sends a file over TCP, so that it arrives whole or not at all.
//!
//! ```console
//! cargo run -p file-transfer -- server              # in one terminal, until Ctrl-C
//! cargo run -p file-transfer -- client README.md    # in another
//! ```
//!
//! `frames.rs` says what travels: begin there. Then `server.rs` and `client.rs`, side by
//! side: they are the two halves of one conversation. See also: `open(2)`, `linkat(2)`,
//! `fsync(2)`. This is the last of the seven programs.

mod client;
mod frames;
mod incoming;
mod server;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU16, ParseIntError};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use incoming::end;

/// Sends a file over TCP, so that it arrives whole or not at all
#[derive(Parser)]
#[command(after_help = "Example: file-transfer client README.md")]
enum Cli {
    /// Receives files into a folder, from many clients at once, until Ctrl-C
    Server {
        /// Where to listen, ADDRESS:PORT; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:8080")]
        bind: SocketAddr,
        /// The folder for what is received; made if it is missing
        #[arg(long, default_value = "received")]
        dir: PathBuf,
        /// How long 128 KiB may take
        #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
        timeout: Duration,
    },
    /// Sends a file
    Client {
        /// The server to send to, HOST:PORT
        #[arg(long, default_value = "127.0.0.1:8080")]
        connect: String,
        /// How long 128 KiB may take, and an answer
        #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
        timeout: Duration,
        /// The file; without it, the client asks for one
        file: Option<PathBuf>,
    },
}

fn seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(|seconds: NonZeroU16| Duration::from_secs(seconds.get().into()))
}

fn main() -> ExitCode {
    let outcome = match Cli::parse() {
        Cli::Server { bind, dir, timeout } => server::run(bind, &dir, timeout),
        Cli::Client { connect, timeout, file } => client::run(&connect, file, timeout),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&why(&error));
            ExitCode::FAILURE
        }
    }
}

/// Why: in words that are the same on each system, if there are any.
fn why(error: &io::Error) -> String {
    // On Unix, what took too long is said to have been about to block.
    let kind = error.kind().to_string().replace("operation would block", "timed out");
    let tells = !["other error", "uncategorized error"].contains(&kind.as_str());
    if tells { kind } else { error.to_string() }
}

/// Goes no further unless something holds.
fn ensure(holds: bool, why: &str) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::Error::other(why)) }
}

/// What could not be done, in front of why.
fn telling(what: &str) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::other(format!("{what}: {}", why(&error)))
}

/// Prints a line of the conversation. With nobody to read it, there is nothing to go on
/// for.
fn say(line: &str) {
    if writeln!(io::stdout(), "{line}").is_err() {
        complain("nobody reads this any more: what is under way ends");
        end(1);
    }
}

/// Prints a line about the conversation. If nobody reads these, we go on without.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "file-transfer: {line}");
}
