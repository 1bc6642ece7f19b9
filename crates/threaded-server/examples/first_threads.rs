//! The first version: a server with a thread for each client, as everybody writes it first.
//!
//! ```console
//! cargo run -p threaded-server --example first_threads -- server      # in one terminal
//! cargo run -p threaded-server --example first_threads -- client      # in others
//! ```

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = " 我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("127.0.0.1:8080".to_string());
    if role == "server" { server(&address) } else { client(&address) }
}

fn server(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (connection, peer) = listener.accept()?;
        println!("{peer} connected");
        thread::spawn(move || converse(connection, peer).unwrap());
    }
}

fn converse(mut connection: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            println!("{peer} closed");
            return Ok(());
        }
        let received = &buffer[..length];
        let text = String::from_utf8_lossy(received);
        println!("{peer} {length} bytes: {text:?}");
        connection.write_all(&[received, RECEIPT.as_bytes()].concat())?;
    }
}

fn client(address: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    let mut buffer = [0; 1024];
    for line in io::stdin().lines() {
        server.write_all(line?.as_bytes())?;
        let length = server.read(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..length]);
        println!("{text:?}");
    }
    Ok(())
}
