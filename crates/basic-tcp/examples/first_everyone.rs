//! One question to a group of IPv4, or to everyone in a network: a datagram for all.
//!
//! ```console
//! cargo run -p basic-tcp --example first_everyone -- member 239.255.1.14:8888 ann
//! cargo run -p basic-tcp --example first_everyone -- member 239.255.1.14:8888 bob
//! cargo run -p basic-tcp --example first_everyone -- ask       # in a third terminal
//! ```
//!
//! A network's last address means everyone in it. That of 127.0.0.0/8, which is this
//! machine, is known to Linux: `member 127.255.255.255:8888 ann`, and then
//! `ask 127.255.255.255:8888 everyone`.

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// The interface, by its address: the one that ends at this machine.
const INTERFACE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// How long to wait for one more answer: nobody knows how many members there are.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("239.255.1.14:8888".to_string());
    let word = env::args().nth(3).unwrap_or_default();
    let address: SocketAddrV4 = address.parse().map_err(io::Error::other)?;
    if role == "member" { member(address, &word) } else { ask(address, &word) }
}

fn member(address: SocketAddrV4, name: &str) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // The members on one machine share the port, and each gets its copy.
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "macos")]
    socket.set_reuse_port(true)?;
    // Linux would hand over what is for any group that anybody here has joined.
    #[cfg(target_os = "linux")]
    socket.set_multicast_all_v4(false)?;
    // Not the group: Windows binds none. What is for this machine alone comes here too.
    let here = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, address.port());
    socket.bind(&here.into())?;
    let socket = UdpSocket::from(socket);
    // Everyone is asked who is in the network: there is nothing to join.
    if address.ip().is_multicast() {
        socket.join_multicast_v4(address.ip(), &INTERFACE)?;
    }
    println!("listening on {}:{}", address.ip(), socket.local_addr()?.port());
    let mut buffer = [0; 1024];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        println!("{peer} asks {:?}", String::from_utf8_lossy(&buffer[..length]));
        socket.send_to(name.as_bytes(), peer)?;
    }
}

fn ask(address: SocketAddrV4, whom: &str) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    SockRef::from(&socket).set_multicast_if_v4(&INTERFACE)?;
    // Has to be said: it costs every machine in the network a look.
    socket.set_broadcast(whom == "everyone")?;
    socket.send_to(b"who is there?", address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; 1024];
    let mut answers = 0;
    // The error that ends this is the time-out, and no failure.
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        println!("{:?} from {peer}", String::from_utf8_lossy(&buffer[..length]));
        answers += 1;
    }
    println!("{answers} answered");
    Ok(())
}
