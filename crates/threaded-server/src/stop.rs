//! Ctrl-C for a program whose threads all sit in blocking calls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{io, process, thread};

use crate::clients::Clients;
use crate::doorbell::Doorbell;

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
    let doorbell = Doorbell::of(address)?;
    let clients = Arc::clone(clients);
    ctrlc::set_handler(move || {
        if clients.close() {
            process::exit(INTERRUPTED);
        }
        wake(&clients, &doorbell);
    })
    .map_err(io::Error::other)
}

/// `close` has woken those who read. Here are the others: those who write to a client
/// that does not read, and the main thread.
fn wake(clients: &Arc<Clients>, doorbell: &Doorbell) {
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

    // An `accept` that waits for a client gets one: us. If that cannot be, it must not keep
    // the program from ending.
    if !doorbell.ring() {
        process::exit(INTERRUPTED);
    }
}
// ANCHOR_END: on_ctrl_c
