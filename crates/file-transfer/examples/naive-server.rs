//! Two mistakes, on purpose: a server that receives a file as the article's does.
//!
//! ```console
//! cargo run -p file-transfer --example naive-server -- server --dir somewhere
//! ```
//!
//! It takes what one `recv` brings for the size and what the next brings for the name,
//! and it opens whatever name it is given. Never let a stranger talk to it.

use std::fs::File;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

/// A server with two mistakes, to be looked at
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Receives files, one client at a time
    Server {
        /// Where to listen; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
        bind: String,
        /// The folder for what is received
        #[arg(long)]
        dir: PathBuf,
    },
}

fn main() -> io::Result<()> {
    let Role::Server { bind, dir } = Cli::parse().role;
    let listener = TcpListener::bind(bind)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (client, _) = listener.accept()?;
        if let Err(error) = receive(&client, &dir) {
            println!("failed: {error}");
        }
    }
}

// ANCHOR: receive
fn receive(client: &TcpStream, dir: &Path) -> io::Result<()> {
    let size = recv(client)?;
    println!("size: {size:?}");
    let name = recv(client)?;
    println!("name: {name:?}");
    let size: u64 = size.parse().map_err(io::Error::other)?;

    let mut file = File::create(dir.join(name))?;
    io::copy(&mut client.take(size), &mut file)?;
    println!("written");
    Ok(())
}

/// What one `recv` brings.
fn recv(mut client: &TcpStream) -> io::Result<String> {
    let mut buffer = [0; 1024];
    let length = client.read(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}
// ANCHOR_END: receive
