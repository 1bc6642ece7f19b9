//! The same server with a poller (epoll, kqueue, IOCP): the system keeps the list, and is
//! told only what changes in it.
//!
//! ```console
//! cargo run -p selectors-fetcher --example first_selector -- server    # in one terminal
//! cargo run -p selectors-fetcher --example first_selector -- client    # in others
//! ```

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use polling::{AsRawSource, Event, Events, PollMode, Poller};

/// What the server adds to the bytes that it sends back: "I got it".
const RECEIPT: &str = "我收到了";

/// What the poller calls the listener.
const LISTENER: usize = 0;

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
    // By what the poller calls the socket.
    let mut clients: BTreeMap<usize, Client> = BTreeMap::new();
    let mut last = LISTENER;
    // What is declared last is dropped first: no socket is closed while it knows it.
    let poller = Poller::new()?;
    register(&poller, &listener, LISTENER)?;
    let mut events = Events::new();
    loop {
        events.clear();
        poller.wait(&mut events, None)?;
        for event in events.iter() {
            if event.key == LISTENER {
                let (socket, peer) = listener.accept()?;
                println!("{peer} connected");
                last += 1;
                register(&poller, &socket, last)?;
                clients.insert(last, Client { socket, peer, queue: vec![] });
                continue;
            }
            // kqueue tells in two events that one socket can be read and written.
            let Some(client) = clients.get_mut(&event.key) else { continue };
            // Who hung up can be "written", says the poller, though nobody asked.
            if event.writable && !client.queue.is_empty() {
                tell(client)?;
            }
            if event.readable && !hear(client)? {
                poller.delete(&client.socket)?;
                clients.remove(&event.key);
                continue;
            }
            let wanted = Event::new(event.key, true, !client.queue.is_empty());
            poller.modify_with_mode(&client.socket, wanted, PollMode::Level)?;
        }
    }
}

/// From now on the poller knows the socket, and tells as long as it can be read.
#[allow(unsafe_code)]
fn register(poller: &Poller, socket: impl AsRawSource, key: usize) -> io::Result<()> {
    // SAFETY: a client is deleted before it is closed, and the poller ends before the rest.
    unsafe { poller.add_with_mode(socket, Event::readable(key), PollMode::Level) }
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
