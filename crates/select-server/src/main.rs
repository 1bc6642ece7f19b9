//! A server for many clients on one thread: `select` tells which of them are ready.
//!
//! ```console
//! cargo run -p select-server -- server    # in one terminal
//! cargo run -p select-server -- client    # in others, as many as you like
//! ```
//!
//! Like basic-tcp, but nobody waits for somebody else.
//! See also: `select(2)`, `select_tut(2)`.

mod client;
mod console;
mod conversation;
mod endpoint;
mod queue;
mod reception;
mod rounds;
mod select;
mod server;
mod stop;
mod text;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use endpoint::endpoint;

/// What the server adds to the bytes that it sends back: "I got it", 12 bytes.
const RECEIPT: &[u8] = "我收到了".as_bytes();

/// Where the server listens and the client connects, unless told otherwise: on this
/// machine alone.
const HERE: &str = "127.0.0.1:8888";

/// Many clients on one thread, a queue for each
#[derive(Parser)]
#[command(
    after_help = "Example:\n  select-server server    in one terminal\n  select-server client    in others"
)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answers all its clients, until Ctrl-C
    Server {
        /// Where to listen; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        bind: String,
        /// Tells each round on stderr: the sockets in the three sets, those that were
        /// ready in brackets
        #[arg(long)]
        rounds: bool,
        /// How much the system may buffer of what we send to a client; the rest waits
        /// in our own queue
        #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=1 << 30))]
        send_buffer: Option<u32>,
    },
    /// Sends `number 1`, `number 2` and so on, and prints each reply
    Client {
        /// The server to talk to
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        connect: String,
        /// How many numbers
        #[arg(long, value_name = "N", default_value_t = 3)]
        count: u64,
        /// The pause between two numbers
        #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
        interval: Duration,
    },
}

// ANCHOR: main
fn main() -> ExitCode {
    let outcome = match Cli::parse().role {
        Role::Server { bind, rounds, send_buffer } => {
            server::main(&bind, rounds, send_buffer.map(|bytes| bytes as usize))
        }
        Role::Client { connect, count, interval } => {
            client::main(&connect, count, interval)
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
        .ok_or_else(|| "a number of seconds, as in 1 or 0.5".to_owned())
}
