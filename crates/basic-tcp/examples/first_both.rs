//! One server for both families: IPv4 clients come to its IPv6 socket.
//!
//! ```console
//! cargo run -p basic-tcp --example first_both -- server                 # terminal 1
//! cargo run -p basic-tcp --example first_both -- client 127.0.0.1:8888  # terminal 2
//! cargo run -p basic-tcp --example first_both -- client "[::1]:8888"    # terminal 3
//! ```

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Socket, Type};

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = " 我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("[::]:8888".to_string());
    let only_ipv6 = env::args().nth(3).is_some_and(|word| word == "only-ipv6");
    if role == "server" { server(&address, only_ipv6) } else { client(&address) }
}

fn server(address: &str, only_ipv6: bool) -> io::Result<()> {
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
    // Windows lets IPv4 in only if told to, Linux and macOS unless told not to.
    socket.set_only_v6(only_ipv6)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // `[::]` is each address that this machine has, so the network can call as well.
    socket.bind(&address.into())?;
    socket.listen(128)?;
    let listener = TcpListener::from(socket);
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (connection, peer) = listener.accept()?;
        println!("{peer} connected");
        converse(connection, peer)?;
        println!("{peer} closed");
    }
}

fn converse(mut connection: TcpStream, peer: SocketAddr) -> io::Result<()> {
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
    let mut server = TcpStream::connect(address)?;
    let mut buffer = [0; 1024];
    for line in io::stdin().lines() {
        server.write_all(line?.as_bytes())?;
        let length = server.read(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..length]);
        println!("{text}");
    }
    Ok(())
}
