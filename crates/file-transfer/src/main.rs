//! Sends files over TCP, so that each arrives whole or not at all.
//!
//! ```console
//! cargo run -p file-transfer -- server              # in one terminal
//! cargo run -p file-transfer -- client README.md    # in another
//! ```
//!
//! `protocol.rs` says what travels, byte by byte; begin there.
//! See also: `rename(2)`, `fsync(2)`, RFC 4506 (lengths before what they measure).

mod client;
mod clients;
mod console;
mod doorbell;
mod endpoint;
mod incoming;
mod name;
mod outgoing;
mod protocol;
mod server;
mod stop;
mod talk;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use endpoint::endpoint;

/// Where the server listens and the client connects, unless told otherwise: on this
/// machine alone.
const HERE: &str = "127.0.0.1:8080";

/// Sends files over TCP, so that each arrives whole or not at all
#[derive(Parser)]
#[command(
    after_help = "Example:\n  file-transfer server              in one terminal\n  file-transfer client README.md    in another"
)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Receives files into a folder, from many clients at once, until Ctrl-C
    Server {
        /// Where to listen; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        bind: String,
        #[command(flatten)]
        rules: Rules,
    },
    /// Sends files, or asks for the path of one
    Client {
        /// The server to send to
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        connect: String,
        /// The name to send it under, in place of its own
        #[arg(long)]
        name: Option<String>,
        /// How long the server may be silent, once connected
        #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
        timeout: Duration,
        /// What to send; `-` is standard input, which needs a --name
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// What a server accepts.
#[derive(clap::Args)]
struct Rules {
    /// The folder for what is received; made if it is missing
    #[arg(long, value_name = "DIR", default_value = "received")]
    dir: PathBuf,
    /// What to do with a file whose name is taken
    #[arg(long, value_enum, default_value = "refuse")]
    on_conflict: OnConflict,
    /// The most that a file may have; without it, what the disk has room for
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,
    /// How long a client may be silent
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnConflict {
    /// Keep the old file and refuse the new one
    Refuse,
    /// Keep both: the new one becomes `name (1).ext`
    Rename,
}

// ANCHOR: main
fn main() -> ExitCode {
    let outcome = match Cli::parse().role {
        Role::Server { bind, rules } => server::main(&bind, rules),
        Role::Client { name: Some(_), files, .. } if files.len() > 1 => {
            let why = "--name is for one file, and there are several";
            Cli::command().error(ErrorKind::ArgumentConflict, why).exit()
        }
        Role::Client { connect, name, timeout, files } => {
            client::main(&connect, name.as_deref(), timeout, files)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            console::complain(&message);
            ExitCode::FAILURE
        }
    }
}
// ANCHOR_END: main

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse().ok();
    number
        .and_then(|number| Duration::try_from_secs_f64(number).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a number of seconds over 0, as in 30 or 0.5".to_owned())
}
