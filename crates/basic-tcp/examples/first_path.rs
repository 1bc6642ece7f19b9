//! The first version, at a path: the same server and client, by a Unix socket.
//!
//! ```console
//! cargo run -p basic-tcp --example first_path -- server      # in one terminal
//! cargo run -p basic-tcp --example first_path -- client      # in another: type a line
//! ```

use std::env;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

// Windows has them, std does not yet: this crate has them by the same names.
#[cfg(windows)]
use uds_windows::{SocketAddr, UnixListener, UnixStream};

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = " 我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("talk.socket".to_string());
    if role == "server" { server(&address) } else { client(&address) }
}

fn server(address: &str) -> io::Result<()> {
    let listener = UnixListener::bind(address)?;
    println!("listening on {:?}", listener.local_addr()?);
    loop {
        let (connection, peer) = listener.accept()?;
        println!("{peer:?} connected");
        converse(connection, &peer)?;
        println!("{peer:?} closed");
    }
}

fn converse(mut connection: UnixStream, peer: &SocketAddr) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let received = &buffer[..length];
        let text = String::from_utf8_lossy(received);
        println!("{peer:?} {length} bytes: {text}");
        connection.write_all(&[received, RECEIPT.as_bytes()].concat())?;
    }
}

fn client(address: &str) -> io::Result<()> {
    let mut server = UnixStream::connect(address)?;
    let mut buffer = [0; 1024];
    for line in io::stdin().lines() {
        server.write_all(line?.as_bytes())?;
        let length = server.read(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..length]);
        println!("{text}");
    }
    Ok(())
}
