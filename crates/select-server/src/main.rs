//! A server for many clients on one thread: `select` tells which of them are ready.
//!
//! ```console
//! cargo run -p select-server -- server      # in one terminal, until Ctrl-C
//! cargo run -p select-server -- client      # in others, as many as you like
//! ```
//!
//! See also: `select(2)`, `select_tut(2)`. Next: selectors-fetcher, where the loop calls us
//! back.

mod client;
mod conversation;
mod select;
mod server;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{self, ExitCode};
use std::sync::Mutex;

use clap::Parser;

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = "我收到了";

/// Many clients on one thread, a queue for each
#[derive(Parser)]
#[command(
    after_help = "Example: select-server server, and in other terminals: select-server client"
)]
enum Cli {
    /// Answers all its clients, until Ctrl-C
    Server {
        /// Where to listen, ADDRESS:PORT; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:8888", value_parser = address)]
        bind: SocketAddr,
        /// Tells each round: the three lists, and [in brackets] who is ready
        #[arg(long)]
        rounds: bool,
    },
    /// Sends `number 1`, `number 2` and `number 3`, and prints each reply
    Client {
        /// The server to talk to, HOST:PORT
        #[arg(long, default_value = "127.0.0.1:8888", value_parser = host_and_port)]
        connect: String,
        /// The pause between two numbers, in seconds
        #[arg(long, default_value = "1")]
        interval: u64,
    },
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "as in 127.0.0.1:8888 or [::1]:8888")
}

/// A name is looked up later, by `connect`, which takes `::1` for the host `:` and port 1.
fn host_and_port(text: &str) -> Result<String, &'static str> {
    let named = |(host, port): (&str, &str)| {
        !host.is_empty() && !port.starts_with('+') && port.parse::<u16>().is_ok()
    };
    let known = address(text).is_ok() || text.split_once(':').is_some_and(named);
    known.then(|| text.to_owned()).ok_or("as in localhost:8888 or [::1]:8888")
}

fn main() -> ExitCode {
    let (address, outcome) = match Cli::parse() {
        Cli::Server { bind, rounds } => (bind.to_string(), server::run(bind, rounds)),
        Cli::Client { connect, interval } => {
            (connect.clone(), client::run(&connect, interval))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{address:?}: {}", why(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Why: in words that are the same on each system, if there are any.
fn why(error: &io::Error) -> String {
    let kind = error.kind().to_string();
    let tells = !["other error", "uncategorized error"].contains(&kind.as_str());
    if tells { kind } else { error.to_string() }
}

/// Lines of the conversation: printed by one call when the round is over.
static SAID: Mutex<Vec<u8>> = Mutex::new(vec![]);

/// Notes a line of the conversation.
fn say(line: &str) {
    let _ = writeln!(SAID.lock().unwrap(), "{line}");
}

/// Prints what was said. With nobody to read it, there is nothing to go on for.
fn print() {
    let mut said = SAID.lock().unwrap();
    if io::stdout().write_all(&said).is_err() {
        process::exit(1);
    }
    said.clear();
}

/// Prints a line about the conversation. If nobody reads these, we go on without.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "select-server: {line}");
}
