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
mod server;
mod stop;
mod text;

use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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

/// Checks the form `HOST:PORT`; whether the host has an address is found out when it is
/// used.
fn endpoint(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err("a host and a port from 0 to 65535, as in 127.0.0.1:8888".to_owned()),
    }
}

/// The addresses of an endpoint; the chapter on look-ups tells how they are found.
fn resolve(endpoint: &str) -> Result<Vec<SocketAddr>, String> {
    let addresses = endpoint.to_socket_addrs().map(Iterator::collect);
    addresses.map_err(|_| {
        format!("{endpoint}: unknown host, or no answer from a name server")
    })
}
