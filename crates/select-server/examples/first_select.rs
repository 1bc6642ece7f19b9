//! The first version: a server for many clients on one thread, as everybody writes it
//! first.
//!
//! ```console
//! cargo run -p select-server --example first_select -- server    # in one terminal
//! cargo run -p select-server --example first_select -- client    # in others
//! ```

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::event::{self, FdSetElement, FdSetIter};
use rustix::fd::{AsRawFd, RawFd};

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = "我收到了";

fn main() -> io::Result<()> {
    let role = env::args().nth(1).unwrap_or_default();
    let address = env::args().nth(2).unwrap_or("127.0.0.1:8888".to_string());
    if role == "server" { server(&address) } else { client(&address) }
}

/// A client, and what is to be sent to it.
struct Client {
    socket: TcpStream,
    peer: SocketAddr,
    queue: Vec<u8>,
}

fn server(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    // By the number of the socket, which is what `select` answers.
    let mut clients: BTreeMap<RawFd, Client> = BTreeMap::new();
    loop {
        let mut inputs = vec![listener.as_raw_fd()];
        let mut outputs = vec![];
        for (number, client) in &clients {
            inputs.push(*number);
            if !client.queue.is_empty() {
                outputs.push(*number);
            }
        }
        let [readable, writable, exceptional] = select([&inputs, &outputs, &inputs])?;
        for number in readable {
            if number == listener.as_raw_fd() {
                let (socket, peer) = listener.accept()?;
                println!("{peer} connected");
                let client = Client { socket, peer, queue: vec![] };
                clients.insert(client.socket.as_raw_fd(), client);
            } else if !hear(clients.get_mut(&number).unwrap())? {
                clients.remove(&number);
            }
        }
        for number in writable {
            tell(clients.get_mut(&number).unwrap())?;
        }
        clients.retain(|number, _| !exceptional.contains(number));
    }
}

/// Reads once, and queues the reply. Returns whether the client stays.
fn hear(client: &mut Client) -> io::Result<bool> {
    let mut buffer = [0; 1024];
    let length = client.socket.read(&mut buffer)?;
    if length == 0 {
        println!("{} closed", client.peer);
        return Ok(false);
    }
    let received = &buffer[..length];
    println!("{} {length} bytes: {:?}", client.peer, String::from_utf8_lossy(received));
    client.queue.extend(received);
    client.queue.extend(RECEIPT.as_bytes());
    Ok(true)
}

/// Sends what is queued.
fn tell(client: &mut Client) -> io::Result<()> {
    client.socket.write_all(&client.queue)?;
    println!("{} is sent {} bytes", client.peer, client.queue.len());
    client.queue.clear();
    Ok(())
}

/// Sleeps until a socket in one of the lists is ready, and returns those that are.
#[allow(unsafe_code)]
fn select(lists: [&[RawFd]; 3]) -> io::Result<[Vec<RawFd>; 3]> {
    let size = event::fd_set_num_elements(1024, 1024);
    let mut sets = lists.map(|_| vec![FdSetElement::default(); size]);
    for (set, list) in sets.iter_mut().zip(lists) {
        for number in list {
            event::fd_set_insert(set, *number);
        }
    }
    let [read, write, except] = &mut sets;
    // SAFETY: each number in the lists is that of an open socket.
    unsafe { event::select(1024, Some(read), Some(write), Some(except), None)? };
    Ok(sets.map(|set| FdSetIter::new(&set).collect()))
}

fn client(address: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    let mut buffer = [0; 1024];
    for turn in 1..=3 {
        println!("turn {turn}");
        server.write_all(format!("number {turn}").as_bytes())?;
        let length = server.read(&mut buffer)?;
        println!("{:?}", String::from_utf8_lossy(&buffer[..length]));
    }
    Ok(())
}
