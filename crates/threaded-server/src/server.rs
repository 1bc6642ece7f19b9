//! The server: listen, then accept client after client, and give each a thread.

use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::{RECEIPT, complain, say, why};

/// The backlog: how many clients the system may keep for us until we accept them
/// (listen(2)).
const BACKLOG: i32 = 1024;

/// How long to wait when the system has nothing left to give.
const PAUSE: Duration = Duration::from_millis(200);

/// How many clients were served. Two threads use it: the loop's, and that of Ctrl-C.
static SERVED: AtomicUsize = AtomicUsize::new(0);

/// Serves each client on a thread of its own, `most` at a time, until Ctrl-C ends the
/// program. What goes wrong with one of them, and `idle` seconds without a word, are told
/// in one line, and end that one alone.
///
/// # Errors
/// When the address cannot be had.
pub fn run(bind: SocketAddr, most: usize, idle: u64) -> io::Result<()> {
    let listener = listen(bind)?;
    let on_ctrl_c = || {
        complain(&format!("clients served: {}", SERVED.load(Relaxed)));
        process::exit(0);
    };
    ctrlc::set_handler(on_ctrl_c).map_err(io::Error::other)?;
    say(&format!("listening on {}", listener.local_addr()?));
    // Each thread has a copy, so that they are counted.
    let places = Arc::new(());
    loop {
        while Arc::strong_count(&places) > most {
            thread::sleep(PAUSE);
        }
        let (connection, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                complain(&format!("accept: {error}; trying again"));
                thread::sleep(PAUSE);
                continue;
            }
        };
        say(&format!("{peer} connected"));
        SERVED.fetch_add(1, Relaxed);
        let place = Arc::clone(&places);
        let talk = move || {
            match converse(connection, peer, idle) {
                Ok(()) => say(&format!("{peer} closed")),
                Err(error) if [WouldBlock, TimedOut].contains(&error.kind()) => {
                    say(&format!("{peer} was idle for too long"));
                }
                Err(error) => complain(&format!("{peer}: {}", why(&error))),
            }
            drop(place);
        };
        if let Err(error) = thread::Builder::new().spawn(talk) {
            complain(&format!("{peer}: no thread for it: {error}"));
            thread::sleep(PAUSE);
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A server that was just stopped may have its port again. (On Windows, which does so
    // by itself, this option would let a second program take it.)
    socket.set_reuse_address(cfg!(unix))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Answers each read, until the client has no more to say, or says nothing for `idle`
/// seconds.
fn converse(mut connection: TcpStream, peer: SocketAddr, idle: u64) -> io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(idle)))?;
    connection.set_write_timeout(Some(Duration::from_secs(idle)))?;
    let mut buffer = [0; 1024];
    loop {
        let length = match connection.read(&mut buffer) {
            // Ctrl-Z and fg end a call that has a time-out: it is made again.
            Err(error) if error.kind() == Interrupted => continue,
            length => length?,
        };
        if length == 0 {
            return Ok(());
        }
        let received = &buffer[..length];
        let text = String::from_utf8_lossy(received);
        say(&format!("{peer} {length} bytes: {text:?}"));
        connection.write_all(&[received, RECEIPT.as_bytes()].concat())?;
    }
}
