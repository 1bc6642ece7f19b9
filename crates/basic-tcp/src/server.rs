//! The server: listen, then accept one client after the other and talk with it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::{RECEIPT, complain, say, why};

/// The backlog: how many clients the system may keep for us until we accept them
/// (listen(2)).
const BACKLOG: i32 = 5;

/// How long to wait when the system has nothing left to give.
const PAUSE: Duration = Duration::from_millis(200);

/// How many clients were served. Two threads use it: the loop's, and that of Ctrl-C.
static SERVED: AtomicUsize = AtomicUsize::new(0);

/// Serves one client after the other, until Ctrl-C ends the program. What goes wrong with
/// one of them is told in one line, and ends that one alone.
///
/// # Errors
/// When the address cannot be had.
pub fn run(bind: SocketAddr) -> io::Result<()> {
    let listener = listen(bind)?;
    let on_ctrl_c = || {
        complain(&format!("clients served: {}", SERVED.load(Relaxed)));
        process::exit(0);
    };
    ctrlc::set_handler(on_ctrl_c).map_err(io::Error::other)?;
    say(&format!("listening on {}", listener.local_addr()?));
    loop {
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
        match converse(connection, peer) {
            Ok(()) => say(&format!("{peer} closed")),
            Err(error) => complain(&format!("{peer}: {}", why(&error))),
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

/// Answers each read, until the client has no more to say.
fn converse(mut connection: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let received = &buffer[..length];
        let text = String::from_utf8_lossy(received);
        say(&format!("{peer} {length} bytes: {text:?}"));
        connection.write_all(&[received, RECEIPT.as_bytes()].concat())?;
    }
}
