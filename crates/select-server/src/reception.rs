//! Where new clients come in: the listening socket, and what to do when it fails.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::console::{complain, reason};
use crate::conversation::not_now;

/// The backlog: how many clients the system may hold for us until their round comes
/// (listen(2)). Room for a thousand who come at once: past it Linux lets them wait a
/// second or more, or loses them.
const BACKLOG: i32 = 1024;

/// How long new clients wait after an `accept` that failed: out of descriptors now does
/// not mean out of them a moment later.
const PAUSE: Duration = Duration::from_millis(200);

// ANCHOR: listen
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    // STEP 1: make a listening socket, and let no accept on it wait
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;

    // A client that `select` has seen may be gone when we come to `accept` it, which
    // would then wait for the next one, and everybody with it.
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
// ANCHOR_END: listen

// ANCHOR: reception
pub struct Reception {
    pub listener: TcpListener,
    /// Out of descriptors: closed until then.
    closed_until: Option<Instant>,
}

impl Reception {
    pub fn open(listener: TcpListener) -> Self {
        Self { listener, closed_until: None }
    }

    /// What is left of a pause: meanwhile `select` is not asked about the listener.
    pub fn rest(&self) -> Option<Duration> {
        let left = self.closed_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The next client, if there is one. `first`: whether `select` has said so.
    pub fn next(&mut self, first: bool) -> Option<(TcpStream, SocketAddr)> {
        // STEP 5: accept a client, or tell why there is none
        match self.listener.accept() {
            Ok(client) => {
                self.closed_until = None;
                Some(client)
            }
            Err(error) if not_now(&error) => None,
            // It was gone before we came to it (Linux lets `recv` tell us).
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => None,
            // Linux wants a free descriptor before it looks whether a client waits. If
            // one does, the next round tells.
            Err(_) if !first => None,
            // Most likely all descriptors are in use. The listener stays readable: to
            // ask about it at once would make a busy loop.
            Err(error) => {
                if self.closed_until.is_none() {
                    complain(format_args!(
                        "new clients have to wait: {}",
                        reason(&error)
                    ));
                }
                self.closed_until = Some(Instant::now() + PAUSE);
                None
            }
        }
    }
}
// ANCHOR_END: reception
