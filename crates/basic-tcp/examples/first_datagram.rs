//! The first version over UDP: a server and a client that exchange datagrams.
//!
//! ```console
//! cargo run -p basic-tcp --example first_datagram -- server     # in one terminal
//! cargo run -p basic-tcp --example first_datagram -- client     # in another: type a line
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
    let mut buffer = [0; 1024];
    loop {
        // Each datagram says where it comes from: one socket serves all clients.
        let (length, peer) = socket.recv_from(&mut buffer)?;
        let received = &buffer[..length];
        println!("{peer} {length} bytes: {:?}", String::from_utf8_lossy(received));
        socket.send_to(&[received, RECEIPT.as_bytes()].concat(), peer)?;
    }
}

fn client(address: &str) -> io::Result<()> {
    // Port 0: any that is free. The reply has to find its way back.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut buffer = [0; 1024];
    for line in io::stdin().lines() {
        socket.send_to(line?.as_bytes(), address)?;
        let (length, _) = socket.recv_from(&mut buffer)?;
        println!("{:?}", String::from_utf8_lossy(&buffer[..length]));
    }
    Ok(())
}
