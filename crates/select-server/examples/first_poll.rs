//! The same server with `poll`: one list for all that is waited for, of any length.
//!
//! ```console
//! cargo run -p select-server --example first_poll -- server    # in one terminal
//! cargo run -p select-server --example first_poll -- client    # in others
//! ```

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::event::{self, PollFd, PollFlags};
use rustix::fd::{AsFd, AsRawFd, RawFd};

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
    // By the number of the socket, which stands in the list that `poll` takes.
    let mut clients: BTreeMap<RawFd, Client> = BTreeMap::new();
    loop {
        let mut list = vec![PollFd::new(&listener, PollFlags::IN)];
        for client in clients.values() {
            let mut wanted = PollFlags::IN;
            if !client.queue.is_empty() {
                wanted |= PollFlags::OUT;
            }
            list.push(PollFd::new(&client.socket, wanted));
        }
        for (number, found) in poll(list)? {
            if number == listener.as_raw_fd() {
                let (socket, peer) = listener.accept()?;
                println!("{peer} connected");
                let client = Client { socket, peer, queue: vec![] };
                clients.insert(client.socket.as_raw_fd(), client);
                continue;
            }
            if found.intersects(PollFlags::OUT) {
                tell(clients.get_mut(&number).unwrap())?;
            }
            // Of errors and hang-ups it tells unasked. The read finds out what it is.
            if found != PollFlags::OUT && !hear(clients.get_mut(&number).unwrap())? {
                clients.remove(&number);
            }
        }
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

/// Sleeps until something in the list is ready, and returns what was found of whom.
fn poll(mut list: Vec<PollFd>) -> io::Result<Vec<(RawFd, PollFlags)>> {
    event::poll(&mut list, None)?;
    let answers = list.iter().map(|one| (one.as_fd().as_raw_fd(), one.revents()));
    Ok(answers.filter(|(_, found)| !found.is_empty()).collect())
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
