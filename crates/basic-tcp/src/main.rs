//! A server and a client over TCP, one client at a time.
//!
//! ```console
//! cargo run -p basic-tcp -- server      # in one terminal
//! cargo run -p basic-tcp -- client      # in another: type a line, read the reply
//! ```
//!
//! The server answers each read with the bytes it got and ` 我收到了` ("I got it").
//! See also: `socket(2)`, `tcp(7)`, RFC 9293.

mod client;
mod console;
mod doorbell;
mod endpoint;
mod server;
mod stop;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use endpoint::endpoint;

/// What the server adds to the bytes that it sends back: "I got it", 13 bytes with its
/// space.
const RECEIPT: &[u8] = " 我收到了".as_bytes();

/// Where the server listens and the client connects, unless told otherwise: on this
/// machine alone.
const HERE: &str = "127.0.0.1:8888";

/// A server and a client over TCP, one client at a time.
#[derive(Parser)]
#[command(
    after_help = "Example:\n  basic-tcp server    in one terminal\n  basic-tcp client    in another"
)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answers one client at a time, until Ctrl-C
    Server {
        /// Where to listen; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        bind: String,
    },
    /// Sends each line that is typed and prints its reply, until the end of input
    /// (Ctrl-D; on Windows Ctrl-Z, Enter)
    Client {
        /// The server to talk to
        #[arg(long, value_name = "HOST:PORT", default_value = HERE, value_parser = endpoint)]
        connect: String,
    },
}

// ANCHOR: main
fn main() -> ExitCode {
    let outcome = match Cli::parse().role {
        Role::Server { bind } => server::main(&bind),
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
