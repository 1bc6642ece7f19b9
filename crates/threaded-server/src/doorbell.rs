//! What wakes an `accept` is a client, and the surest one is ourselves.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// How long we try: a connection to oneself takes microseconds.
const A_MOMENT: Duration = Duration::from_millis(100);

// ANCHOR: doorbell
/// A socket to connect to ourselves with. Made before it is needed: when the program has
/// run out of descriptors it is too late to make one.
pub struct Doorbell {
    socket: Socket,
    server: SocketAddr,
}

impl Doorbell {
    /// For the server that listens on `server`.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn of(server: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        // It ends with a reset: an orderly end would leave a connection in TIME-WAIT, on
        // the port that the next server may want.
        socket.set_linger(Some(Duration::ZERO))?;
        Ok(Self { socket, server: reachable(server) })
    }

    /// Sees to it that no `accept` sleeps. When the queue is full it does not, and we are
    /// refused or wait too long. Returns false if the server is out of reach.
    pub fn ring(&self) -> bool {
        match self.socket.connect_timeout(&self.server.into(), A_MOMENT) {
            Ok(()) => true,
            // What is not the system's own error says that it took too long, or that we
            // were accepted and sent away before we looked (on Windows).
            Err(error) => {
                error.raw_os_error().is_none()
                    || error.kind() == ErrorKind::ConnectionRefused
            }
        }
    }
}
// ANCHOR_END: doorbell

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
