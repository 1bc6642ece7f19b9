//! A thread for each datagram: one server tells many clients whether somebody listens on
//! a port of its machine, and to find out may take long.
//!
//! ```console
//! cargo run -p threaded-server --example first_datagram_threads -- server   # in one terminal
//! cargo run -p threaded-server --example first_datagram_threads -- client   # in others: type a port
//! ```

use std::env;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::thread;

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("127.0.0.1:8080".to_string());
    if role == "server" { server(&address) } else { client(&address) }
}

fn server(address: &str) -> io::Result<()> {
    let socket = UdpSocket::bind(address)?;
    println!("listening on {}", socket.local_addr()?);
    let mut buffer = [0; 1024];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        let port = String::from_utf8_lossy(&buffer[..length]).into_owned();
        println!("{peer} asks about port {port:?}");
        // No second socket, but a second number for it: all replies come from one port.
        let socket = socket.try_clone()?;
        thread::spawn(move || answer(&socket, peer, &port).unwrap());
    }
}

/// Calls, and tells whether the call was taken. Has one datagram, and no client: what the
/// same one asked before, another thread knew.
fn answer(socket: &UdpSocket, peer: SocketAddr, port: &str) -> io::Result<()> {
    let reply = match TcpStream::connect(format!("127.0.0.1:{port}")) {
        Ok(_) => "somebody listens",
        Err(_) => "nobody listens",
    };
    socket.send_to(reply.as_bytes(), peer)?;
    println!("{peer} is told: {reply}");
    Ok(())
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
