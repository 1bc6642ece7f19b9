//! Who is served: a bound on their number, and a way to reach them after Ctrl-C.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many are served at once. Each costs a thread, two descriptors and 256 KiB; the
/// next waits in the system's queue until one leaves.
pub const AT_ONCE: usize = 64;

/// How long after Ctrl-C a client may take to send what it is sending just now.
const A_MOMENT: Duration = Duration::from_millis(100);

/// How long it may take to hear why it is not served any more.
pub const GRACE: Duration = Duration::from_millis(500);

/// The clients that are served.
#[derive(Default)]
pub struct Clients {
    state: Mutex<State>,
    /// One of them has left.
    left: Condvar,
}

#[derive(Default)]
struct State {
    number: usize,
    /// The connections of those who are talking, within reach of Ctrl-C.
    talking: Vec<Arc<TcpStream>>,
}

impl Clients {
    /// Whether there is a place, waited for until `patience` is over.
    pub fn have_a_place(&self, patience: Duration) -> bool {
        self.wait(patience, |state| state.number < AT_ONCE)
    }

    /// Gives `connection` a place.
    pub fn take_in(&self, connection: TcpStream) -> Place<'_> {
        let connection = Arc::new(connection);
        let mut state = self.state();
        state.number += 1;
        state.talking.push(Arc::clone(&connection));
        Place { clients: self, connection }
    }

    // ANCHOR: end
    /// After Ctrl-C: a transfer under way notices it at its next message. One that waits
    /// for a message is woken: its `recv` returns 0.
    pub fn end(&self) {
        for (patience, side) in [(A_MOMENT, Shutdown::Read), (GRACE, Shutdown::Both)] {
            if self.wait(patience, |state| state.talking.is_empty()) {
                return;
            }
            for connection in &self.state().talking {
                // Fails only when the client is gone, and then nothing waits for it.
                let _ = connection.shutdown(side);
            }
        }
    }
    // ANCHOR_END: end

    /// Waits until `done`, but not longer than `patience`. Returns whether it is.
    fn wait(&self, patience: Duration, done: fn(&State) -> bool) -> bool {
        let waited =
            self.left.wait_timeout_while(self.state(), patience, |state| !done(state));
        done(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client's place among those that are served, until it is dropped.
pub struct Place<'a> {
    clients: &'a Clients,
    pub connection: Arc<TcpStream>,
}

impl Place<'_> {
    /// From now on Ctrl-C does not cut the connection: our last words are on their way,
    /// and Linux would tell a client that still sends neither to go on nor to stop (with
    /// its reading side shut, a socket announces no more room).
    pub fn stops_talking(&self) {
        let mut state = self.clients.state();
        state.talking.retain(|other| !Arc::ptr_eq(other, &self.connection));
        self.clients.left.notify_all();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.stops_talking();
        self.clients.state().number -= 1;
        self.clients.left.notify_all();
    }
}
