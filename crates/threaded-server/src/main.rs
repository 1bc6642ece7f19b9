//! A server with a thread for each client.
//!
//! ```console
//! cargo run -p threaded-server -- server      # in one terminal, until Ctrl-C
//! cargo run -p threaded-server -- client      # in others, as many as you like
//! ```
//!
//! It is basic-tcp, but the next client does not wait. See also: `pthreads(7)`. Next:
//! file-transfer, which sends more than lines.

mod client;
mod server;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU64};
use std::process::{self, ExitCode};

use clap::Parser;

/// What the server adds to the bytes that it sends back: "I got it", 13 bytes with its
/// space.
const RECEIPT: &str = " 我收到了";

/// A server with a thread for each client
#[derive(Parser)]
#[command(
    after_help = "Example: threaded-server server, and in other terminals: threaded-server client"
)]
enum Cli {
    /// Answers its clients, each on a thread of its own, until Ctrl-C
    Server {
        /// Where to listen, ADDRESS:PORT; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:8080", value_parser = address)]
        bind: SocketAddr,
        /// How many clients are served at a time; the next one waits
        #[arg(long = "max-clients", value_name = "N", default_value = "256")]
        most: NonZeroU16,
        /// Ends a client that says nothing for so long
        #[arg(long = "idle-timeout", value_name = "SECONDS", default_value = "60")]
        idle: NonZeroU64,
    },
    /// Sends each line that is typed and prints its reply, until the end of input
    /// (Ctrl-D; on Windows Ctrl-Z, Enter)
    Client {
        /// The server to talk to, HOST:PORT
        #[arg(long, default_value = "127.0.0.1:8080", value_parser = host_and_port)]
        connect: String,
    },
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "as in 127.0.0.1:8080 or [::1]:8888")
}

/// A name is looked up later, by `connect`, which takes `::1` for the host `:` and port 1.
fn host_and_port(text: &str) -> Result<String, &'static str> {
    let named = |(host, port): (&str, &str)| {
        !host.is_empty() && !port.starts_with('+') && port.parse::<u16>().is_ok()
    };
    let known = address(text).is_ok() || text.split_once(':').is_some_and(named);
    known.then(|| text.to_owned()).ok_or("as in localhost:8080 or [::1]:8888")
}

fn main() -> ExitCode {
    let (address, outcome) = match Cli::parse() {
        Cli::Server { bind, most, idle } => {
            (bind.to_string(), server::run(bind, most.get().into(), idle.get()))
        }
        Cli::Client { connect } => (connect.clone(), client::run(&connect)),
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

/// Prints a line of the conversation. With nobody to read it, there is nothing to go on
/// for.
fn say(line: &str) {
    if writeln!(io::stdout(), "{line}").is_err() {
        process::exit(1);
    }
}

/// Prints a line about the conversation. If nobody reads these, we go on without.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "threaded-server: {line}");
}
