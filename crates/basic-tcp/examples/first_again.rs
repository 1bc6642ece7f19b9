//! At the same path again: what a server that was ended left there is removed.
//!
//! ```console
//! cargo run -p basic-tcp --example first_again -- server     # in one terminal
//! cargo run -p basic-tcp --example first_again -- client     # in another: type a line
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
    // Windows leaves it too, but there std can't tell it from a plain file.
    #[cfg(unix)]
    remove_what_is_left(address)?;
    let listener = UnixListener::bind(address)?;
    println!("listening on {:?}", listener.local_addr()?);
    loop {
        let (connection, peer) = listener.accept()?;
        println!("{peer:?} connected");
        converse(connection, &peer)?;
        println!("{peer:?} closed");
    }
}

/// Removes a socket at which nobody answers: its server was ended. It can go wrong: two
/// servers that start at the same moment may remove each other's, and macOS refuses
/// calls while a queue is full, too.
#[cfg(unix)]
fn remove_what_is_left(address: &str) -> io::Result<()> {
    use std::fs;
    use std::os::unix::fs::FileTypeExt;

    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    // Linux refuses a call at any other file too, and that is somebody's.
    if UnixStream::connect(address).is_err_and(refused)
        && fs::symlink_metadata(address)?.file_type().is_socket()
    {
        fs::remove_file(address)?;
    }
    Ok(())
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
