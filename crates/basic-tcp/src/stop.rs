//! Ctrl-C for a program that sits in a blocking call.
//!
//! `ctrlc` calls us on a thread of its own, while the main thread goes on sleeping in
//! `accept` or `recv`: a flag alone would be seen by nobody. So we set the flag, then
//! wake whichever call the main thread is in.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{process, thread};

use socket2::{Domain, Socket, Type};

/// How long a client that does not read its reply may hold up the end.
const GRACE: Duration = Duration::from_millis(500);

/// How long we try to wake `accept`: a connection to oneself takes microseconds.
const A_MOMENT: Duration = Duration::from_millis(100);

/// The exit code of a program that Ctrl-C ended at once: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// The wish to stop, and the connection that it has to reach.
#[derive(Clone, Default)]
pub struct Stop {
    requested: Arc<AtomicBool>,
    current: Arc<Mutex<Option<TcpStream>>>,
}

impl Stop {
    // ANCHOR: on_ctrl_c
    /// From now on Ctrl-C stops the server that listens on `address`, and a second one
    /// ends the program at once.
    ///
    /// # Errors
    /// When the system gives no handler, no thread or no socket.
    pub fn on_ctrl_c(address: SocketAddr) -> io::Result<Self> {
        // Made now: when the program has run out of descriptors, it is too late to make
        // one.
        let doorbell = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // It ends with a reset: an orderly end would leave a connection in TIME-WAIT, on
        // the port that the next server may want.
        doorbell.set_linger(Some(Duration::ZERO))?;
        let stop = Self::default();
        let handle = stop.clone();
        ctrlc::set_handler(move || {
            if handle.requested.swap(true, Ordering::SeqCst) {
                process::exit(INTERRUPTED);
            }
            handle.wake(&doorbell, address);
        })
        .map_err(io::Error::other)?;
        Ok(stop)
    }

    fn wake(&self, doorbell: &Socket, address: SocketAddr) {
        // STEP 9: wake the main thread, whichever call it sleeps in
        // A `recv` that waits for the client returns 0, as if the client had closed.
        self.shut_current(Shutdown::Read);

        // A `send` to a client that does not read is given some time, then fails; none,
        // if the system has no thread to wait on.
        let handle = self.clone();
        let later = thread::Builder::new().spawn(move || {
            thread::sleep(GRACE);
            handle.shut_current(Shutdown::Both);
        });
        if later.is_err() {
            self.shut_current(Shutdown::Both);
        }

        // An `accept` that waits for a client gets one: us.
        ring(doorbell, address);
    }
    // ANCHOR_END: on_ctrl_c

    pub fn requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Puts `connection` within reach of Ctrl-C until the returned guard is dropped.
    ///
    /// # Errors
    /// When no second handle of the socket can be had.
    pub fn watch(&self, connection: &TcpStream) -> io::Result<Watch<'_>> {
        *self.current() = Some(connection.try_clone()?);
        // Ctrl-C may have come after `accept` and before this line.
        if self.requested() {
            self.shut_current(Shutdown::Read);
        }
        Ok(Watch(self))
    }

    fn shut_current(&self, side: Shutdown) {
        if let Some(connection) = &*self.current() {
            // Fails only when the client is gone, and then nothing waits for it.
            let _ = connection.shutdown(side);
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection within reach of Ctrl-C.
pub struct Watch<'a>(&'a Stop);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // The second handle must go too: a connection is closed when its last handle
        // is.
        *self.0.current() = None;
    }
}

// ANCHOR: ring
/// Connects to ourselves. When the queue is full that is refused or takes too long, and
/// then `accept` does not wait. A bell that cannot be rung at all must not keep the
/// program from ending.
fn ring(doorbell: &Socket, address: SocketAddr) {
    let rung = doorbell.connect_timeout(&reachable(address).into(), A_MOMENT);
    if rung.is_err_and(|error| is_out_of_reach(&error)) {
        process::exit(INTERRUPTED);
    }
}

/// What is not the system's own error says that it took too long, or that we were
/// accepted and sent away before we looked (on Windows).
fn is_out_of_reach(error: &io::Error) -> bool {
    error.raw_os_error().is_some() && error.kind() != ErrorKind::ConnectionRefused
}
// ANCHOR_END: ring

/// 0.0.0.0 and :: mean "every address of this machine" to `bind`; `connect` needs one
/// of them.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
