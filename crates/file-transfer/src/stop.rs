//! Ctrl-C for a server whose main thread sleeps in `accept`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, process};

use crate::doorbell::Doorbell;

/// The exit code of a program that Ctrl-C ended at once: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// The wish to stop.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on Ctrl-C stops the server that listens on `address`, and a second one
    /// ends the program at once.
    ///
    /// # Errors
    /// When the system gives no handler or no socket.
    pub fn on_ctrl_c(address: SocketAddr) -> io::Result<Self> {
        let requested = Arc::new(AtomicBool::new(false));
        let doorbell = Doorbell::of(address)?;
        let stop = Self(Arc::clone(&requested));
        ctrlc::set_handler(move || {
            if requested.swap(true, Ordering::SeqCst) {
                process::exit(INTERRUPTED);
            }
            // An `accept` that waits for a client gets one: us. If that cannot be, it must
            // not keep the program from ending.
            if !doorbell.ring() {
                process::exit(INTERRUPTED);
            }
        })
        .map_err(io::Error::other)?;
        Ok(stop)
    }

    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
