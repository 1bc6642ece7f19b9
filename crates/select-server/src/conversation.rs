//! A client from its first moment to its last: what we do with its socket, never waiting.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, SockRef, Socket, Type};

use crate::{RECEIPT, complain, say};

/// The backlog: how many clients the system may keep for us until we accept them
/// (listen(2)).
const BACKLOG: i32 = 1024;

/// So much may wait for a client, in bytes. Then it has to read before we hear it again.
const FULL: usize = 64 * 1024;

/// A client, and what is to be sent to it.
pub struct Client {
    pub socket: TcpStream,
    pub peer: SocketAddr,
    pub queue: Vec<u8>,
    /// Whether it may still say something.
    pub open: bool,
    /// Whether its queue was full, and is not empty yet.
    pub full: bool,
}

pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A server that was just stopped may have its port again. (On Windows, which does so
    // by itself, this option would let a second program take it.)
    socket.set_reuse_address(cfg!(unix))?;
    // Who was ready may have gone before we accept it.
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Takes in the next client, in such a way that no call on its socket waits.
pub fn accept(listener: &TcpListener) -> io::Result<Client> {
    let (socket, peer) = listener.accept()?;
    socket.set_nonblocking(true)?;
    // The urgent byte stays in its place among the others.
    SockRef::from(&socket).set_out_of_band_inline(true)?;
    Ok(Client { socket, peer, queue: vec![], open: true, full: false })
}

/// Reads once, queues the reply, and tries to send it: nearly always there is room.
pub fn hear(client: &mut Client) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let length = client.socket.read(&mut buffer)?;
    if length == 0 {
        client.open = false;
        return Ok(());
    }
    let text = String::from_utf8_lossy(&buffer[..length]);
    say(&format!("{} {length} bytes: {text:?}", client.peer));
    client.queue.extend(&buffer[..length]);
    client.queue.extend(RECEIPT.as_bytes());
    if client.queue.len() >= FULL {
        client.full = true;
        complain(&format!("{} does not read: we hear it no more", client.peer));
    }
    tell(client)
}

/// Sends what the system takes of the queue. The rest stays for another round.
pub fn tell(client: &mut Client) -> io::Result<()> {
    let taken = client.socket.write(&client.queue)?;
    say(&format!("{} is sent {taken} bytes", client.peer));
    client.queue.drain(..taken);
    client.full = client.full && !client.queue.is_empty();
    Ok(())
}

/// Reads once, and drops what was read.
pub fn ignore(client: &mut Client) -> io::Result<()> {
    client.open = client.socket.read(&mut [0; 4096])? > 0;
    Ok(())
}
