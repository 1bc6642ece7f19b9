//! A server with a thread for each client.
//!
//! ```console
//! cargo run -p threaded-server -- server    # in one terminal
//! cargo run -p threaded-server -- client    # in others, as many as you like
//! ```
//!
//! Like basic-tcp, but the next client does not wait.
//! See also: `pthreads(7)`, `accept(2)`.

mod client;
mod clients;
mod console;
mod doorbell;
mod endpoint;
mod server;
mod stop;
mod text;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use endpoint::endpoint;

/// What the server adds to the bytes that it sends back: "I got it", 13 bytes with its
/// space.
const RECEIPT: &[u8] = " 我收到了".as_bytes();

/// Where the server listens and the client connects, unless told otherwise: on this
/// machine alone.
const HERE: &str = "127.0.0.1:8080";

/// With more threads than this, systems run out of what a thread needs to start, and end
/// the program.
const MOST: usize = 10_000;

/// A thread for each client
#[derive(Parser)]
#[command(
    after_help = "Example:\n  threaded-server server    in one terminal\n  threaded-server client    in others"
)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answers its clients, each on a thread of its own, until Ctrl-C
    Server {
        /// Where to listen; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        bind: String,
        #[command(flatten)]
        limits: Limits,
    },
    /// Sends each line that is typed and prints its reply, until the end of input
    /// (Ctrl-D; on Windows Ctrl-Z, Enter)
    Client {
        /// The server to talk to
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        connect: String,
    },
}

/// What a client may cost.
#[derive(clap::Args)]
struct Limits {
    /// How many clients are served at a time; the next one waits
    #[arg(long, value_name = "N", default_value = "256", value_parser = places)]
    max_clients: usize,
    /// Ends a client that says nothing, or reads (nearly) nothing, for so long [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    idle_timeout: Option<Duration>,
    /// Panics when a client says this: to see what a bug does
    #[arg(long, value_name = "TEXT")]
    panic_on: Option<String>,
}

// ANCHOR: main
fn main() -> ExitCode {
    let outcome = match Cli::parse().role {
        Role::Server { bind, limits } => server::main(&bind, &limits),
        Role::Client { connect } => client::main(&connect),
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

fn places(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=MOST) => Ok(number),
        _ => Err(format!("a number from 1 to {MOST}")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let duration =
        text.parse().ok().and_then(|number| Duration::try_from_secs_f64(number).ok());
    duration
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a number of seconds above 0, as in 30 or 0.5".to_owned())
}
