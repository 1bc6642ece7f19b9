//! Datagrams, mended: none is cut, and the client hears its server alone.
//!
//! ```console
//! cargo run -p basic-tcp --example first_connected -- server   # in one terminal
//! cargo run -p basic-tcp --example first_connected -- client   # in another: type a line
//! ```

use std::env;
use std::io;
use std::net::UdpSocket;

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = " 我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("127.0.0.1:8888".to_string());
    if role == "server" { server(&address) } else { client(&address) }
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

fn client(address: &str) -> io::Result<()> {
    // Port 0: any that is free. The reply has to find its way back.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    // Sends nothing: from now on the system lets in what comes from there alone.
    socket.connect(address)?;
    let mut buffer = vec![0; 65_536];
    for line in io::stdin().lines() {
        socket.send(line?.as_bytes())?;
        let length = socket.recv(&mut buffer)?;
        println!("{:?}", String::from_utf8_lossy(&buffer[..length]));
    }
    Ok(())
}
