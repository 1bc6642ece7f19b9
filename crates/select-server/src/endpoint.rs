//! Both ends of a connection: where a server listens, how a client comes and goes.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};

use crate::console::reason;

/// Checks the form `HOST:PORT`; whether the host has an address is found out when it is
/// used.
pub fn endpoint(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err("a host and a port from 0 to 65535, as in 127.0.0.1:8888".to_owned()),
    }
}

/// The addresses of an endpoint; the chapter on look-ups tells how they are found.
fn resolve(endpoint: &str) -> Result<Vec<SocketAddr>, String> {
    let addresses = endpoint.to_socket_addrs().map(Iterator::collect);
    addresses.map_err(|_| {
        format!("{endpoint}: unknown host, or no answer from a name server")
    })
}

/// Calls `listen` with each address of `bind` until one can be had; returns the address
/// really bound.
pub fn listen_on(
    bind: &str,
    listen: fn(SocketAddr) -> io::Result<TcpListener>,
) -> Result<(TcpListener, SocketAddr), String> {
    let mut outcome =
        Err(io::Error::new(ErrorKind::NotFound, "the name has no address"));
    for address in resolve(bind)? {
        outcome = listen(address);
        if outcome.is_ok() {
            break;
        }
    }
    let bound = outcome.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                "; another server may run there (--bind chooses another)"
            }
            _ => "",
        };
        format!("cannot listen on {bind}: {}{hint}", reason(&error))
    })
}

// ANCHOR: connect
/// Connects to the first address of `server` that answers.
pub fn connect_to(server: &str) -> Result<TcpStream, String> {
    TcpStream::connect(&resolve(server)?[..]).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::ConnectionRefused => "; is a server listening there?",
            _ => "",
        };
        format!("cannot connect to {server}: {}{hint}", reason(&error))
    })
}
// ANCHOR_END: connect

// ANCHOR: is_gone
/// A peer that died resets the connection or ends it; which of the two we see depends
/// on the system and on the moment.
pub fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
    )
}
// ANCHOR_END: is_gone

// ANCHOR: end
/// Clients that wait in the queue when the server stops see an end of the stream, where
/// closing the listener alone would reset them.
pub fn turn_away_the_queue(listener: &TcpListener) {
    if listener.set_nonblocking(true).is_ok() {
        while let Ok((connection, _)) = listener.accept() {
            end_in_order(&connection);
        }
    }
}

/// Ends our side first, then drops what has arrived unread: closing a socket with
/// unread bytes would send a reset instead (RFC 2525, 2.17).
pub fn end_in_order(mut connection: &TcpStream) {
    // Each of these fails only when the client is gone already, which is where they
    // lead.
    let _ = connection.shutdown(Shutdown::Write);
    let _ = connection.set_nonblocking(true);
    let mut buffer = [0; 1024];
    // Not without end: who goes on sending would keep us for ever.
    for _ in 0..1024 {
        if !matches!(connection.read(&mut buffer), Ok(1..)) {
            return;
        }
    }
}
// ANCHOR_END: end
