//! The first version for many at once: fetches web pages on one thread, by callbacks.
//!
//! ```console
//! cargo run -p selectors-fetcher --example first_fetcher -- localhost:8000/ localhost:8000/src/
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

use polling::{Event, Events, Poller};
use socket2::{Domain, Socket, Type};

/// What to wait for, and whom to call then: `When(socket, Event::writable, send)` is Python's
/// `register(socket, EVENT_WRITE, send)`.
struct When(TcpStream, fn(usize) -> Event, Callback);

/// Is called when its socket is ready. It gets the socket, and hands it on to the one that
/// is called next, if there is more to wait for: a socket that nobody keeps is closed.
type Callback = fn(&mut Fetch, TcpStream) -> io::Result<Option<When>>;

/// A page on its way.
struct Fetch {
    /// What the poller calls its socket.
    key: usize,
    url: String,
    /// Of its server.
    addresses: VecDeque<SocketAddr>,
    response: Vec<u8>,
}

fn main() -> io::Result<()> {
    let mut fetches = Vec::new();
    // A word without a slash is no URL, and is not looked at.
    let urls = env::args().skip(1).filter(|word| word.contains('/'));
    for (key, url) in urls.enumerate() {
        let mut addresses = VecDeque::new();
        // A name may have several addresses, and so may a list of names with commas.
        for host in url.split('/').next().unwrap_or_default().split(',') {
            addresses.extend(host.to_socket_addrs()?);
        }
        fetches.push(Fetch { key, url, addresses, response: Vec::new() });
    }
    run(fetches)
}

/// Begins all fetches, then waits until sockets are ready, and calls back whom it concerns.
fn run(fetches: Vec<Fetch>) -> io::Result<()> {
    // What is declared last is dropped first: no socket is closed while the poller knows it.
    let mut waiting: BTreeMap<usize, (Fetch, TcpStream, Callback)> = BTreeMap::new();
    let poller = Poller::new()?;
    let mut events = Events::new();
    // Those that have had their turn, and what came of it.
    let mut turns = Vec::new();
    for mut fetch in fetches {
        let next = connect(&mut fetch)?;
        turns.push((fetch, next));
    }
    loop {
        for (fetch, next) in turns.drain(..) {
            match next {
                Some(When(socket, event, callback)) => {
                    register(&poller, &socket, event(fetch.key))?;
                    waiting.insert(fetch.key, (fetch, socket, callback));
                }
                None => print(&fetch),
            }
        }
        events.clear();
        poller.wait(&mut events, None)?;
        for event in events.iter() {
            if let Some((mut fetch, socket, callback)) = waiting.remove(&event.key) {
                poller.delete(&socket)?;
                let next = callback(&mut fetch, socket)?;
                turns.push((fetch, next));
            }
        }
    }
}

/// Tells once when the socket is ready.
#[allow(unsafe_code)]
fn register(poller: &Poller, socket: &TcpStream, event: Event) -> io::Result<()> {
    // SAFETY: it is kept in `waiting`, from which none is taken without `delete`.
    unsafe { poller.add(socket, event) }
}

/// Prints what has come of a page.
fn print(fetch: &Fetch) {
    println!("{}: {} bytes", fetch.url, fetch.response.len());
    println!("{}", String::from_utf8_lossy(&fetch.response));
}

/// Begins to connect to the first of its addresses: sends the first packet of the
/// handshake, and does not wait for the answer.
fn connect(fetch: &mut Fetch) -> io::Result<Option<When>> {
    let address = *fetch.addresses.front().ok_or(io::ErrorKind::NotFound)?;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // From now on a call that would have to wait fails instead.
    socket.set_nonblocking(true)?;
    // So this one fails: "operation in progress".
    let _ = socket.connect(&address.into());
    Ok(Some(When(socket.into(), Event::writable, send)))
}

/// Sends the request.
fn send(fetch: &mut Fetch, mut socket: TcpStream) -> io::Result<Option<When>> {
    let (host, path) = fetch.url.split_once('/').unwrap_or((&fetch.url, ""));
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n")?;
    write!(socket, "Connection: close\r\n\r\n")?;
    Ok(Some(When(socket, Event::readable, receive)))
}

/// Reads once: if there is more, the next wait says so, and others come before.
fn receive(fetch: &mut Fetch, mut socket: TcpStream) -> io::Result<Option<When>> {
    let mut buffer = [0; 16 * 1024];
    let length = socket.read(&mut buffer)?;
    if length == 0 {
        return Ok(None);
    }
    fetch.response.extend_from_slice(&buffer[..length]);
    Ok(Some(When(socket, Event::readable, receive)))
}
