//! Who is at the other end: the system knows, and nobody can tell it otherwise.
//!
//! ```console
//! cargo run -p basic-tcp --example first_owner -- server     # in one terminal
//! cargo run -p basic-tcp --example first_owner -- client     # in another: type a line
//! ```

use std::env;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};

// Windows has them, std does not yet: this crate has them by the same names.
#[cfg(windows)]
use uds_windows::{UnixListener, UnixStream};

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
        let (connection, _) = listener.accept()?;
        let peer = who(&connection)?;
        println!("{peer} connected");
        converse(connection, &peer)?;
        println!("{peer} closed");
    }
}

/// Who called. The system noted it then, and did not ask the client.
#[cfg(target_os = "linux")]
fn who(connection: &UnixStream) -> io::Result<String> {
    let who = rustix::net::sockopt::socket_peercred(connection)?;
    Ok(format!("process {} of user {}", who.pid, who.uid))
}

/// macOS and the BSDs know it as well, but std has no stable call that asks them.
#[cfg(not(target_os = "linux"))]
fn who(connection: &UnixStream) -> io::Result<String> {
    Ok(format!("{:?}", connection.peer_addr()?))
}

fn converse(mut connection: UnixStream, peer: &str) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let received = &buffer[..length];
        let text = String::from_utf8_lossy(received);
        println!("{peer} {length} bytes: {text}");
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
