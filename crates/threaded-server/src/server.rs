//! The server: accept in a loop, and hand each client to a thread of its own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread::{self, Scope};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::clients::{Clients, Place};
use crate::console::{complain, count, reason, say};
use crate::endpoint::{end_in_order, listen_on, turn_away_the_queue};
use crate::text::Decoder;
use crate::{Limits, RECEIPT, stop};

/// The backlog: how many clients the system may hold for us until we `accept` them
/// (listen(2)). Room for a thousand who come at once.
const BACKLOG: i32 = 1024;

/// The most that one `recv` takes.
const AT_MOST: usize = 1024;

/// The pause after a failed `accept` or a thread that could not be started: none left
/// now does not mean none a moment later.
const PAUSE: Duration = Duration::from_millis(200);

// ANCHOR: main
/// Parse, bind, announce, run.
pub fn main(bind: &str, limits: &Limits) -> Result<(), String> {
    let (listener, address) = listen_on(bind, listen)?;
    let clients = Arc::new(Clients::default());
    stop::on_ctrl_c(address, &clients)
        .map_err(|error| format!("cannot watch for Ctrl-C: {}", reason(&error)))?;
    tell_panics_in_one_line();

    say(format_args!("listening on {address}"));
    let served = run(&listener, &clients, limits);
    say(format_args!("served {}", count(served, "client")));
    Ok(())
}
// ANCHOR_END: main

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

// ANCHOR: run
/// Serves clients until Ctrl-C, then waits until each thread has ended. Returns how many
/// clients there were.
fn run(listener: &TcpListener, clients: &Clients, limits: &Limits) -> usize {
    // STEP 1: take in client after client, and wait for all threads at the end
    let mut served = 0;
    thread::scope(|scope| {
        while let Some((connection, peer)) = next_client(listener, clients) {
            say(format_args!("{peer} connected"));
            served += 1;

            let connection = Arc::new(connection);
            let most = limits.max_clients;
            let full = || {
                say(format_args!("{peer} waits: {} at a time", count(most, "client")));
            };
            let Some(place) = clients.admit(&connection, most, full) else {
                end_in_order(&connection);
                say(format_args!("{peer} closed"));
                break;
            };
            hand_over(scope, &connection, peer, place, limits);
        }
        turn_away_the_queue(listener);
    });
    // Those who came while the last threads ended.
    turn_away_the_queue(listener);
    served
}

/// Waits for a client. There is none any more after Ctrl-C.
fn next_client(
    listener: &TcpListener,
    clients: &Clients,
) -> Option<(TcpStream, SocketAddr)> {
    // STEP 2: accept a client, whatever goes wrong, until Ctrl-C
    let mut in_trouble = false;
    loop {
        match listener.accept() {
            Ok((connection, _)) if clients.are_closing() => {
                end_in_order(&connection);
                return None;
            }
            Ok(client) => return Some(client),
            Err(_) if clients.are_closing() => return None,
            // Most likely all descriptors are in use. Told once, until it is over.
            Err(error) => {
                if !in_trouble {
                    let why = reason(&error);
                    complain(format_args!("new clients have to wait: {why}"));
                }
                in_trouble = true;
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Starts a thread for a client, named after it. The place goes with it.
fn hand_over<'scope>(
    scope: &'scope Scope<'scope, '_>,
    connection: &Arc<TcpStream>,
    peer: SocketAddr,
    place: Place<'scope>,
    limits: &'scope Limits,
) {
    // STEP 4: start a thread that serves the client and then gives its place back
    let handler = {
        let connection = Arc::clone(connection);
        move || {
            serve(&connection, peer, limits);
            drop(place);
        }
    };
    // Named after its client, so that a panic tells whose it was.
    let thread = thread::Builder::new().name(peer.to_string());
    if let Err(error) = thread.spawn_scoped(scope, handler) {
        complain(format_args!("{peer}: no thread for it: {}", reason(&error)));
        end_in_order(connection);
        thread::sleep(PAUSE);
    }
}

/// What a thread does: talks to one client, whatever comes of it.
fn serve(connection: &TcpStream, peer: SocketAddr, limits: &Limits) {
    // STEP 5: talk to the client, tell what came of it, and end in order
    let talk = AssertUnwindSafe(|| converse(connection, peer, limits));
    match panic::catch_unwind(talk) {
        Ok(Ok(())) => say(format_args!("{peer} closed")),
        Ok(Err(error)) if is_timeout(&error) => {
            say(format_args!("{peer} was idle for too long"));
        }
        Ok(Err(error)) => complain(format_args!("{peer}: {}", reason(&error))),
        // The line is out already. The connection ends here, and nothing else does.
        Err(_) => {}
    }
    end_in_order(connection);
}
// ANCHOR_END: run

/// What a time-out is called depends on the system.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

// ANCHOR: converse
/// Answers each read until the client has no more to say.
fn converse(
    mut connection: &TcpStream,
    peer: SocketAddr,
    limits: &Limits,
) -> io::Result<()> {
    // STEP 6: answer each read, and let no read and no write take too long
    connection.set_read_timeout(limits.idle_timeout)?;
    connection.set_write_timeout(limits.idle_timeout)?;
    let mut buffer = [0; AT_MOST];
    let mut decoder = Decoder::default();
    loop {
        let received = match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let text = decoder.push(received);
        say(format_args!("{peer} {}: {text}", count(received.len(), "byte")));
        assert!(limits.panic_on.as_ref() != Some(&text), "a client said {text:?}");

        connection.write_all(&[received, RECEIPT].concat())?;
    }

    let cut = decoder.finish();
    if !cut.is_empty() {
        say(format_args!("{peer} stopped inside a character: {cut}"));
    }
    Ok(())
}
// ANCHOR_END: converse

// ANCHOR: panics
/// Rust's own report of a panic takes several lines, and does not know our clients.
fn tell_panics_in_one_line() {
    panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or_default();
        let thread = thread::current();
        let name = thread.name().unwrap_or_default();
        complain(format_args!("{name}: its handler panicked: {text}"));
    }));
}
// ANCHOR_END: panics
