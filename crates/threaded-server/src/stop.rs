//! Ctrl-C for a program whose threads all sit in blocking calls.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use std::{io, process, thread};

use socket2::{Domain, Socket, Type};

use crate::clients::Clients;

/// How long a client that does not read its reply may hold up the end.
const GRACE: Duration = Duration::from_millis(500);

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

/// `close` has woken those who read. Here are the others: the main thread, and those who
/// write to a client that does not read.
fn wake(clients: &Arc<Clients>, doorbell: &Socket, address: SocketAddr) {
    // STEP 9: wake the accept, and after a while cut off who does not read
    // An `accept` that waits for a client gets one: us. When this fails the queue is
    // full, and `accept` does not wait.
    let _ = doorbell.connect_timeout(&reachable(address).into(), GRACE);

    let clients = Arc::clone(clients);
    thread::spawn(move || {
        thread::sleep(GRACE);
        clients.cut();
    });
}
// ANCHOR_END: on_ctrl_c

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
