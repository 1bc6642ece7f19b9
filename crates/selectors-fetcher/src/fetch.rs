//! One fetch: a chain of callbacks, each of which says what to wait for next. None waits.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use polling::Event;
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use url::Url;

use crate::page::{Page, request};
use crate::response::Response;
use crate::{Cli, complain, why};

/// What to wait for, and whom to call then: `When(socket, Event::writable, send)` is Python's
/// `register(socket, EVENT_WRITE, send)`.
pub struct When(pub TcpStream, pub fn(usize) -> Event, pub Callback);

/// Is called when its socket is ready. It gets the socket, and hands it on to the one that
/// is called next, if there is more to wait for: a socket that nobody keeps is closed.
pub type Callback = fn(&mut Fetch, TcpStream) -> io::Result<Option<When>>;

/// A page on its way.
pub struct Fetch {
    /// What the poller calls its socket.
    pub key: usize,
    pub url: Url,
    /// Of its server: the one that is tried, and those that may be tried after it. None is
    /// left once it is connected.
    pub addresses: VecDeque<SocketAddr>,
    /// What is not sent yet.
    request: Vec<u8>,
    pub response: Response,
    pub start: Instant,
    patience: Duration,
    /// When what it waits for will have taken too long.
    pub until: Instant,
    trace: bool,
}

impl Fetch {
    /// A fetch that begins now, and may keep so many bytes.
    pub fn new(key: usize, (url, addresses): Page, room: usize, cli: &Cli) -> Self {
        let start = Instant::now();
        Self {
            key,
            request: request(&url),
            url,
            addresses,
            response: Response::new(room),
            start,
            patience: Duration::from_secs(cli.timeout.get().into()),
            until: start,
            trace: cli.trace,
        }
    }

    /// What went wrong, and with whom.
    pub fn why(&self, error: &io::Error) -> String {
        let whom = self.addresses.front().map(|it| format!("cannot connect to {it}: "));
        whom.unwrap_or_default() + &why(error)
    }

    /// Tells what it does, to whoever wants to know.
    fn trace(&self, what: &str) {
        if self.trace {
            complain(&format!("{}: {what}", self.url));
        }
    }
}

/// Begins to connect to the first of its addresses: sends the first packet of the
/// handshake, and does not wait for the answer.
pub fn connect(fetch: &mut Fetch) -> io::Result<Option<When>> {
    let address = *fetch.addresses.front().ok_or(ErrorKind::NotFound)?;
    fetch.trace(&format!("connect to {address}"));
    fetch.until = Instant::now() + fetch.patience;

    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // From now on a call that would have to wait fails instead.
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !not_now(&error) => Err(error),
        _ => Ok(Some(When(socket.into(), Event::writable, connected))),
    }
}

/// Writable says that the attempt is over, and not that it went well.
fn connected(fetch: &mut Fetch, socket: TcpStream) -> io::Result<Option<When>> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    fetch.trace("writable: connected, send the request");
    fetch.addresses.clear();
    fetch.until = Instant::now() + fetch.patience;
    send(fetch, socket)
}

/// Sends what the system takes of the request.
fn send(fetch: &mut Fetch, mut socket: TcpStream) -> io::Result<Option<When>> {
    match socket.write(&fetch.request) {
        Ok(length) => drop(fetch.request.drain(..length)),
        Err(error) if not_now(&error) => {}
        // The server takes no more. What it has answered before that, we shall read.
        Err(_) => fetch.request.clear(),
    }
    if fetch.request.is_empty() {
        return Ok(Some(When(socket, Event::readable, receive)));
    }
    // Who has not heard all of it may answer all the same.
    let next = receive(fetch, socket)?;
    Ok(next.map(|When(socket, ..)| When(socket, Event::all, send)))
}

/// Reads once: if there is more, the next wait says so, and others come before.
fn receive(fetch: &mut Fetch, mut socket: TcpStream) -> io::Result<Option<When>> {
    let mut buffer = [0; 16 * 1024];
    match socket.read(&mut buffer) {
        Ok(length) => {
            fetch.trace(&format!("readable: {length} bytes"));
            if fetch.response.push(&buffer[..length])? {
                fetch.trace("complete: close");
                return Ok(None);
            }
        }
        Err(error) if not_now(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(Some(When(socket, Event::readable, receive)))
}

/// It has only begun, or a signal came in between: the next wait will tell.
fn not_now(error: &io::Error) -> bool {
    let code = Errno::from_io_error(error);
    matches!(code, Some(Errno::INPROGRESS | Errno::WOULDBLOCK | Errno::INTR))
}
