//! One fetch: a chain of callbacks, each of which says what to wait for next.
//!
//! Nothing in it waits, but for the look-up of a name: the system has no other kind.

use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::vec;

use polling::Poller;
use socket2::{Domain, Protocol, Socket, Type};

use crate::Cli;
use crate::event_loop::descriptors_are_used_up;
use crate::output::{complain, count, reason};
use crate::registration::Interest::{self, Readable, Writable};
use crate::registration::Watched;
use crate::response::Response;
use crate::url::Url;

/// The most that one call of `read` takes.
const AT_MOST: usize = 16 * 1024;

/// A page on its way.
pub struct Fetch {
    pub url: Url,
    pub response: Response,
    pub start: Instant,
    cli: Rc<Cli>,
    poller: Rc<Poller>,
    key: usize,
    /// Those not tried yet, and what came of the others.
    addresses: vec::IntoIter<SocketAddr>,
    failures: Vec<String>,
    connection: Option<Watched>,
    request: Vec<u8>,
    /// How much of the request the system has taken.
    sent: usize,
    state: State,
    /// When what it waits for now will have taken too long.
    pub until: Instant,
    /// How long others held it up, which does not count.
    held_up: Duration,
    /// What to do once the socket is ready.
    callback: Callback,
}

/// What a fetch is waiting for.
enum State {
    LookingUp,
    /// To this address, for so long at most.
    Connecting(SocketAddr, Duration),
    Sending,
    Receiving,
}

// ANCHOR: step
/// What is called when the socket is ready.
pub type Callback = fn(&mut Fetch) -> Result<Step, String>;

/// What comes next. `When(Writable, callback)` is Python's
/// `register(fileno, EVENT_WRITE, callback)`, as a value.
pub enum Step {
    When(Interest, Callback),
    Done,
}

impl Fetch {
    /// Takes a step and registers for the next. After the last one drops the connection,
    /// and with it the registration, and returns how the fetch went.
    pub fn advance(&mut self, step: Callback) -> Option<Result<(), String>> {
        let outcome = match step(self) {
            Ok(Step::When(interest, callback)) => {
                self.callback = callback;
                let connection = self.connection.as_mut();
                match connection.map_or(Ok(()), |it| it.register(interest)) {
                    Ok(()) => return None,
                    Err(error) => Err(format!("cannot register: {}", reason(&error))),
                }
            }
            Ok(Step::Done) => {
                self.trace("complete: unregister, close");
                Ok(())
            }
            Err(why) => Err(why),
        };
        self.connection = None;
        Some(outcome)
    }
    // ANCHOR_END: step

    pub fn new(url: Url, key: usize, poller: Rc<Poller>, cli: Rc<Cli>) -> Self {
        let start = Instant::now();
        Self {
            request: url.request().into_bytes(),
            url,
            response: Response::default(),
            start,
            cli,
            poller,
            key,
            addresses: Vec::new().into_iter(),
            failures: Vec::new(),
            connection: None,
            sent: 0,
            state: State::LookingUp,
            until: start,
            held_up: Duration::ZERO,
            callback: Self::begin,
        }
    }

    // ANCHOR: connect
    /// Looks the host up, then connects. `getaddrinfo` does wait: until it answers, no
    /// other fetch gets on.
    pub fn begin(&mut self) -> Result<Step, String> {
        let Url { host, port, .. } = &self.url;
        let pretended =
            self.cli.resolve.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        let addresses: io::Result<Vec<_>> = match pretended {
            Some((_, addresses)) => Ok(addresses.clone()),
            None => (host.as_str(), *port).to_socket_addrs().map(Iterator::collect),
        };
        if Instant::now() >= self.deadline() {
            return self.is_overdue();
        }
        let addresses = addresses.map_err(|_| {
            if descriptors_are_used_up() {
                "no descriptor is left to look the host up with"
            } else {
                "unknown host, or no answer from a name server"
            }
        })?;
        self.addresses = addresses.into_iter();
        self.connect()
    }

    /// Begins to connect to the next address.
    fn connect(&mut self) -> Result<Step, String> {
        // The one before is unregistered and closed.
        self.connection = None;
        while let Some(address) = self.addresses.next() {
            self.trace(format_args!("connect to {address}"));
            // An equal share of what is left, so that a dead one does not take it all.
            let left = self.deadline().saturating_duration_since(Instant::now());
            let share =
                left / u32::try_from(1 + self.addresses.len()).unwrap_or(u32::MAX);
            self.until = Instant::now() + share;
            self.state = State::Connecting(address, share);

            match begin_to_connect(address) {
                Ok(stream) => {
                    self.connection =
                        Some(Watched::new(Rc::clone(&self.poller), self.key, stream));
                    return Ok(Step::When(Writable, Fetch::connected));
                }
                Err(error) => {
                    self.failures.push(format!("{address}: {}", reason(&error)));
                }
            }
        }
        let failures = self.failures.join("; nor to ");
        let refused = failures.ends_with("refused");
        let hint = if refused { "; is a server listening there?" } else { "" };
        Err(format!("cannot connect to {failures}{hint}"))
    }

    /// Writable means that the attempt is over, not that it went well.
    fn connected(&mut self) -> Result<Step, String> {
        // STEP 5: if we are connected send the request, else try the next address
        let connected = self.stream().and_then(|stream| match stream.take_error()? {
            Some(error) => Err(error),
            // One that failed without a word has no peer.
            None => stream.peer_addr(),
        });
        if let (Err(error), State::Connecting(address, _)) = (connected, &self.state) {
            self.failures.push(format!("{address}: {}", reason(&error)));
            return self.connect();
        }
        self.trace("writable: connected, send the request");
        self.until = self.deadline();
        self.state = State::Sending;
        self.send()
    }
    // ANCHOR_END: connect

    // ANCHOR: send
    /// Sends what the system has not taken yet of the request.
    fn send(&mut self) -> Result<Step, String> {
        // STEP 6: write what is not sent yet, and say what to wait for then
        let written =
            self.stream().and_then(|mut to| to.write(&self.request[self.sent..]));
        match written {
            Ok(length) => self.sent += length,
            Err(error) if not_now(&error) => {}
            Err(error) => return Err(self.broken(&reason(&error))),
        }
        if self.sent < self.request.len() {
            return Ok(Step::When(Writable, Fetch::send));
        }
        self.state = State::Receiving;
        Ok(Step::When(Readable, Fetch::receive))
    }
    // ANCHOR_END: send

    // ANCHOR: receive
    /// Takes what has come. If there is more, the next wait says so at once, and in
    /// between the others have their turn.
    fn receive(&mut self) -> Result<Step, String> {
        // STEP 7: read once, and tell whether the response is complete
        let mut buffer = [0; AT_MOST];
        let complete = match self.stream().and_then(|mut from| from.read(&mut buffer)) {
            Ok(0) => {
                self.trace("readable: the end");
                if !self.response.may_end_here() {
                    return Err(self.broken("the server closed the connection"));
                }
                true
            }
            Ok(length) => {
                self.trace(format_args!("readable: {}", count(length, "byte")));
                self.response.push(&buffer[..length])?
            }
            Err(error) if not_now(&error) => false,
            Err(error) => return Err(self.broken(&reason(&error))),
        };
        Ok(if complete { Step::Done } else { Step::When(Readable, Fetch::receive) })
    }
    // ANCHOR_END: receive

    /// The socket is ready.
    pub fn call_back(&mut self) -> Result<Step, String> {
        (self.callback)(self)
    }

    /// What it waits for has taken too long: another address, if there is one.
    pub fn is_overdue(&mut self) -> Result<Step, String> {
        if let State::Connecting(address, share) = self.state {
            self.failures
                .push(format!("{address}: timed out after {}", seconds(share)));
            return self.connect();
        }
        Err(self.broken(&format!("timed out after {}", seconds(self.cli.timeout))))
    }

    fn deadline(&self) -> Instant {
        self.start + self.cli.timeout + self.held_up
    }

    /// It was held up for so long, by no fault of its server.
    pub fn gets_more_time(&mut self, held_up: Duration) {
        self.held_up += held_up;
        self.until += held_up;
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        let connection = self.connection.as_ref().map(Watched::stream);
        connection.ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// What happened, and where it did.
    fn broken(&self, what: &str) -> String {
        match self.state {
            State::Receiving => format!("{what} {}", self.response.progress()),
            State::LookingUp => format!("{what} while the host was looked up"),
            _ => format!("{what} while the request was sent"),
        }
    }

    fn trace(&self, what: impl Display) {
        if self.cli.trace {
            complain(format_args!("{}: {what}", self.url.text));
        }
    }
}

// ANCHOR: begin_to_connect
/// Sends the first packet of the handshake and does not wait for the answer.
fn begin_to_connect(address: SocketAddr) -> io::Result<TcpStream> {
    // STEP 2: make a socket whose calls do not wait, and begin to connect
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;

    // From now on a call that would have to wait fails instead.
    socket.set_nonblocking(true)?;

    match socket.connect(&address.into()) {
        Err(error) if !in_progress(&error) => Err(error),
        _ => Ok(socket.into()),
    }
}

// ANCHOR: in_progress
/// `connect` has begun, which std has no word for yet.
fn in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(libc::EINPROGRESS);
    // Windows says it this way.
    #[cfg(not(unix))]
    return error.kind() == ErrorKind::WouldBlock;
}
// ANCHOR_END: in_progress
// ANCHOR_END: begin_to_connect

/// Ready it was not, or a signal came in between: the next wait will tell.
fn not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// `10 s`, `0.5 s`.
fn seconds(duration: Duration) -> String {
    match (duration.as_secs_f64() * 1000.0).round() {
        0.0 => "less than a millisecond".to_owned(),
        milliseconds => format!("{} s", milliseconds / 1000.0),
    }
}
