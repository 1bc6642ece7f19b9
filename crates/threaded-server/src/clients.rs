//! Who is being served: how many at most, and how all of them are reached at the end.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

// ANCHOR: clients
/// The clients that have a place.
#[derive(Default)]
pub struct Clients {
    hall: Mutex<Hall>,
    /// Somebody left, or all have to.
    changed: Condvar,
}

#[derive(Default)]
struct Hall {
    /// By a number, and not by their address: who comes back at once may have the same.
    connections: HashMap<u64, Arc<TcpStream>>,
    admitted: u64,
    closing: bool,
}

/// A place, free again when this is dropped, also by a panic.
pub struct Place<'a> {
    clients: &'a Clients,
    number: u64,
}

impl Clients {
    /// Waits until fewer than `most` have a place, and takes one; `full` is called
    /// before a wait. Nobody gets a place once the server is closing.
    pub fn admit(
        &self,
        connection: &Arc<TcpStream>,
        most: usize,
        full: impl FnOnce(),
    ) -> Option<Place<'_>> {
        // STEP 3: wait for a place and take it, unless the server is closing
        let mut hall = self.hall();
        if hall.connections.len() >= most {
            full();
        }
        while hall.connections.len() >= most && !hall.closing {
            hall = self.changed.wait(hall).unwrap_or_else(PoisonError::into_inner);
        }
        if hall.closing {
            return None;
        }
        hall.admitted += 1;
        let number = hall.admitted;
        hall.connections.insert(number, Arc::clone(connection));
        Some(Place { clients: self, number })
    }

    /// From now on nobody is admitted, and a `recv` that waits for a client returns 0,
    /// as if the client had closed. What is under way still gets its reply. Returns
    /// whether the server was closing already.
    pub fn close(&self) -> bool {
        // STEP 8: let nobody in any more, and end the reads of all clients
        let mut hall = self.hall();
        let already = hall.closing;
        hall.closing = true;
        self.changed.notify_all();
        shut(&hall, Shutdown::Read);
        already
    }

    /// A `send` that waits for a client who does not read fails.
    pub fn cut(&self) {
        shut(&self.hall(), Shutdown::Both);
    }

    pub fn are_closing(&self) -> bool {
        self.hall().closing
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        // Nothing in here can be left half done: a handler that panicked harms nobody.
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shut(hall: &Hall, side: Shutdown) {
    for connection in hall.connections.values() {
        // Fails only when the client is gone, and then nothing waits for it.
        let _ = connection.shutdown(side);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // STEP 7: free the place, and wake the one who waits for it
        self.clients.hall().connections.remove(&self.number);
        self.clients.changed.notify_all();
    }
}
// ANCHOR_END: clients
