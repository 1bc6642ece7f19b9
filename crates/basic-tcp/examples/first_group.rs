//! One question to a group: a datagram that every member gets.
//!
//! ```console
//! cargo run -p basic-tcp --example first_group -- member '[ff01::114]:8888' ann
//! cargo run -p basic-tcp --example first_group -- member '[ff01::114]:8888' bob
//! cargo run -p basic-tcp --example first_group -- ask      # in a third terminal
//! ```
//!
//! The group is `ff01::114`: 1 says how far it reaches, not past an interface, and 114 is
//! for anybody's experiments. `ask '[ff01::114]:8888' elsewhere` asks the members on other
//! machines only, and this group can have none there.

use std::env;
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// The interface, if the address names none, as `[ff01::114%2]:8888` does. On macOS and
/// Windows 1 is the loopback interface; Linux has no route to groups there, and chooses
/// another for 0.
const INTERFACE: u32 = if cfg!(target_os = "linux") { 0 } else { 1 };

/// How long to wait for one more answer: nobody knows how many members there are.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("[ff01::114]:8888".to_string());
    let word = env::args().nth(3).unwrap_or_default();
    let mut address: SocketAddrV6 = address.parse().map_err(io::Error::other)?;
    if address.scope_id() == 0 {
        address.set_scope_id(INTERFACE);
    }
    if role == "member" { member(address, &word) } else { ask(address, &word) }
}

fn member(address: SocketAddrV6, name: &str) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, None)?;
    // The members on one machine share the port, and each gets its copy.
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "macos")]
    socket.set_reuse_port(true)?;
    // Linux would hand over what is for any group that anybody here has joined.
    #[cfg(target_os = "linux")]
    socket.set_multicast_all_v6(false)?;
    // Not the group: Windows binds none. What is for this machine alone comes here too.
    let here = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, address.port(), 0, 0);
    socket.bind(&here.into())?;
    let socket = UdpSocket::from(socket);
    socket.join_multicast_v6(address.ip(), address.scope_id())?;
    println!("listening on [{}]:{}", address.ip(), socket.local_addr()?.port());
    let mut buffer = [0; 1024];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        println!("{peer} asks {:?}", String::from_utf8_lossy(&buffer[..length]));
        socket.send_to(name.as_bytes(), peer)?;
    }
}

fn ask(address: SocketAddrV6, whom: &str) -> io::Result<()> {
    let socket = UdpSocket::bind("[::]:0")?;
    socket.set_multicast_loop_v6(whom != "elsewhere")?;
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
