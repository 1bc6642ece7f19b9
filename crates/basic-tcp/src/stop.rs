//! Ctrl-C for a program that sits in a blocking call.
//!
//! `ctrlc` calls us on a thread of its own, while the main thread goes on sleeping in
//! `accept` or `recv`: a flag alone would be seen by nobody. So we set the flag, then
//! wake whichever call the main thread is in.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, process, thread};

use crate::doorbell::Doorbell;

/// How long a client that does not read its reply may hold up the end.
const GRACE: Duration = Duration::from_millis(500);

/// The exit code of a program that Ctrl-C ended at once: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// The wish to stop, and the connection that it has to reach.
#[derive(Clone, Default)]
pub struct Stop {
    requested: Arc<AtomicBool>,
    current: Arc<Mutex<Option<TcpStream>>>,
}

impl Stop {
    // ANCHOR: on_ctrl_c
    /// From now on Ctrl-C stops the server that listens on `address`, and a second one
    /// ends the program at once.
    ///
    /// # Errors
    /// When the system gives no handler, no thread or no socket.
    pub fn on_ctrl_c(address: SocketAddr) -> io::Result<Self> {
        let doorbell = Doorbell::of(address)?;
        let stop = Self::default();
        let handle = stop.clone();
        ctrlc::set_handler(move || {
            if handle.requested.swap(true, Ordering::SeqCst) {
                process::exit(INTERRUPTED);
            }
            handle.wake(&doorbell);
        })
        .map_err(io::Error::other)?;
        Ok(stop)
    }

    fn wake(&self, doorbell: &Doorbell) {
        // STEP 9: wake the main thread, whichever call it sleeps in
        // A `recv` that waits for the client returns 0, as if the client had closed.
        self.shut_current(Shutdown::Read);

        // A `send` to a client that does not read is given some time, then fails; none,
        // if the system has no thread to wait on.
        let handle = self.clone();
        let later = thread::Builder::new().spawn(move || {
            thread::sleep(GRACE);
            handle.shut_current(Shutdown::Both);
        });
        if later.is_err() {
            self.shut_current(Shutdown::Both);
        }

        // An `accept` that waits for a client gets one: us. If that cannot be, it must not
        // keep the program from ending.
        if !doorbell.ring() {
            process::exit(INTERRUPTED);
        }
    }
    // ANCHOR_END: on_ctrl_c

    pub fn requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Puts `connection` within reach of Ctrl-C until the returned guard is dropped.
    ///
    /// # Errors
    /// When no second handle of the socket can be had.
    pub fn watch(&self, connection: &TcpStream) -> io::Result<Watch<'_>> {
        *self.current() = Some(connection.try_clone()?);
        // Ctrl-C may have come after `accept` and before this line.
        if self.requested() {
            self.shut_current(Shutdown::Read);
        }
        Ok(Watch(self))
    }

    fn shut_current(&self, side: Shutdown) {
        if let Some(connection) = &*self.current() {
            // Fails only when the client is gone, and then nothing waits for it.
            let _ = connection.shutdown(side);
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection within reach of Ctrl-C.
pub struct Watch<'a>(&'a Stop);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // The second handle must go too: a connection is closed when its last handle
        // is.
        *self.0.current() = None;
    }
}
