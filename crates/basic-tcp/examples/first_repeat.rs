//! Datagrams, mended further: the client asks again when no answer comes.
//!
//! ```console
//! cargo run -p basic-tcp --example first_repeat -- server   # in one terminal
//! cargo run -p basic-tcp --example first_repeat -- client   # in another: type a line
//! ```

use std::env;
use std::io;
use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::net::UdpSocket;
use std::time::Duration;

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = " 我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("127.0.0.1:8888".to_string());
    let time = env::args().nth(3).unwrap_or("500".to_string());
    let time = Duration::from_millis(time.parse().map_err(io::Error::other)?);
    if role == "server" { server(&address) } else { client(&address, time) }
}

fn server(address: &str) -> io::Result<()> {
    let socket = UdpSocket::bind(address)?;
    println!("listening on {}", socket.local_addr()?);
    // More than any datagram holds, so that none is cut.
    let mut buffer = vec![0; 65_536];
    loop {
        // Each datagram says where it comes from: one socket serves all clients.
        let (length, peer) = socket.recv_from(&mut buffer)?;
        let received = &buffer[..length];
        println!("{peer} {length} bytes: {:?}", String::from_utf8_lossy(received));
        let reply = [received, RECEIPT.as_bytes()].concat();
        // One that is too long is its client's trouble, and not that of the others.
        if let Err(error) = socket.send_to(&reply, peer) {
            eprintln!("{peer}: {error}");
        }
    }
}

fn client(address: &str, time: Duration) -> io::Result<()> {
    // Port 0: any that is free. The reply has to find its way back.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    // Sends nothing: from now on the system lets in what comes from there alone.
    socket.connect(address)?;
    for line in io::stdin().lines() {
        println!("{:?}", ask(&socket, &line?, time)?);
    }
    Ok(())
}

/// Asks, and asks again: three times at most, and waits longer each time.
fn ask(socket: &UdpSocket, question: &str, time: Duration) -> io::Result<String> {
    for patience in [time, time * 2, time * 4] {
        socket.set_read_timeout(Some(patience))?;
        socket.send(question.as_bytes())?;
        match answer(socket) {
            // Unix says the one, Windows the other.
            Err(error) if matches!(error.kind(), WouldBlock | TimedOut) => {
                println!("no answer within {patience:?}");
            }
            outcome => return outcome,
        }
    }
    Err(TimedOut.into())
}

fn answer(socket: &UdpSocket) -> io::Result<String> {
    let mut buffer = vec![0; 65_536];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).to_string())
}
