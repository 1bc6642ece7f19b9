//! The server: socket, bind, listen, then accept, recv and send in a loop.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::RECEIPT;
use crate::console::{complain, count, reason, say};
use crate::endpoint::{end_in_order, listen_on, turn_away_the_queue};
use crate::stop::Stop;
use crate::text::Decoder;

// ANCHOR: limits
/// The backlog: how many clients the system may hold for us until we `accept` them
/// (listen(2)).
///
/// Not a limit on clients served, and not one past which clients are refused: see the
/// chapter.
const BACKLOG: i32 = 5;

/// The most that one `recv` takes. A message may be shorter, or longer, or one of
/// several in it.
const AT_MOST: usize = 1024;
// ANCHOR_END: limits

/// The pause after a failed `accept`: out of descriptors now does not mean out of them a
/// moment later.
const PAUSE: Duration = Duration::from_millis(200);

// ANCHOR: main
/// Parse, bind, announce, run.
pub fn main(bind: &str) -> Result<(), String> {
    let (listener, address) = listen_on(bind, listen)?;
    let stop = Stop::on_ctrl_c(address)
        .map_err(|error| format!("cannot watch for Ctrl-C: {}", reason(&error)))?;

    say(format_args!("listening on {address}"));
    let served = run(&listener, &stop);
    say(format_args!("served {served}"));
    Ok(())
}
// ANCHOR_END: main

// ANCHOR: listen
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    // STEP 1: make a socket, bind it to the address, and listen
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;

    // Lets a restarted server have its port back while the system still remembers its
    // old connections. Not on Windows: there it would let two servers share a port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;

    socket.bind(&address.into())?;

    socket.listen(BACKLOG)?;

    Ok(socket.into())
}
// ANCHOR_END: listen

// ANCHOR: run
/// Serves one client after the other until `stop`; returns how many.
///
/// Prints `PEER connected` and `PEER closed`. What goes wrong with one client is told in
/// one line, `PEER: REASON` on stderr, and ends that client alone.
fn run(listener: &TcpListener, stop: &Stop) -> String {
    // STEP 3: accept one client after the other, until told to stop
    let mut clients = 0;
    while !stop.requested() {
        let (connection, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                complain(format_args!("accept: {}; trying again", reason(&error)));
                thread::sleep(PAUSE);
                continue;
            }
        };
        if stop.requested() {
            end_in_order(&connection);
            break;
        }

        say(format_args!("{peer} connected"));
        clients += 1;
        match stop.watch(&connection).and_then(|_watch| converse(&connection, peer)) {
            Ok(()) => say(format_args!("{peer} closed")),
            Err(error) => complain(format_args!("{peer}: {}", reason(&error))),
        }
        end_in_order(&connection);
    }
    turn_away_the_queue(listener);
    count(clients, "client")
}
// ANCHOR_END: run

// ANCHOR: converse
/// Answers each read until the client has no more to say. A character whose rest never
/// came is told at the end: `PEER stopped inside a character: \xe4\xbd`.
fn converse(mut connection: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    // STEP 5: answer each read until the client has no more to say
    let mut buffer = [0; AT_MOST];
    let mut decoder = Decoder::default();
    loop {
        let received = match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        say(format_args!(
            "{peer} {}: {}",
            count(received.len(), "byte"),
            decoder.push(received)
        ));

        connection.write_all(&[received, RECEIPT].concat())?;
    }

    let cut = decoder.finish();
    if !cut.is_empty() {
        say(format_args!("{peer} stopped inside a character: {cut}"));
    }
    Ok(())
}
// ANCHOR_END: converse
