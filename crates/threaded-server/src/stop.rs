//! Ctrl-C for a program whose threads all sit in blocking calls.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use std::{process, thread};

use socket2::{Domain, Socket, Type};

use crate::clients::Clients;

/// How long a client that does not read its reply may hold up the end.
const GRACE: Duration = Duration::from_millis(500);

/// How long we try to wake `accept`: a connection to oneself takes microseconds.
const A_MOMENT: Duration = Duration::from_millis(100);

/// The exit code of a program that Ctrl-C ended at once: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

// ANCHOR: on_ctrl_c
/// From now on Ctrl-C stops the server that listens on `address`, and a second one ends
/// the program at once.
///
/// # Errors
/// When the system gives no handler or no socket.
pub fn on_ctrl_c(address: SocketAddr, clients: &Arc<Clients>) -> io::Result<()> {
    // Made now: when the program has run out of descriptors, it is too late to make one.
    // It ends with a reset, which leaves nothing in TIME-WAIT on the server's port.
    let doorbell = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    doorbell.set_linger(Some(Duration::ZERO))?;

    let clients = Arc::clone(clients);
    ctrlc::set_handler(move || {
        if clients.close() {
            process::exit(INTERRUPTED);
        }
        wake(&clients, &doorbell, address);
    })
    .map_err(io::Error::other)
}

/// `close` has woken those who read. Here are the others: those who write to a client
/// that does not read, and the main thread.
fn wake(clients: &Arc<Clients>, doorbell: &Socket, address: SocketAddr) {
    // STEP 9: cut off after a while who does not read, and wake the accept
    let those = Arc::clone(clients);
    let later = thread::Builder::new().spawn(move || {
        thread::sleep(GRACE);
        those.cut();
    });
    // No while, if the system has no thread to wait on.
    if later.is_err() {
        clients.cut();
    }

    // An `accept` that waits for a client gets one: us.
    ring(doorbell, address);
}
// ANCHOR_END: on_ctrl_c

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
