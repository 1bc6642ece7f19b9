//! A socket and its registration, as one value: neither outlives the other.
//!
//! The one place of this program that is `unsafe`: a poller keeps the number of a
//! socket, and would watch whatever is given that number next.

use std::io;
use std::net::TcpStream;
use std::rc::Rc;

use polling::{Event, PollMode, Poller};

/// What we wish to be told of a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Writable,
    Readable,
}

/// A socket that a poller may watch.
pub struct Watched {
    poller: Rc<Poller>,
    /// What the poller calls the socket.
    key: usize,
    stream: TcpStream,
    /// What is registered now.
    interest: Option<Interest>,
}

impl Watched {
    /// Takes `stream` over; nothing is registered yet.
    pub fn new(poller: Rc<Poller>, key: usize, stream: TcpStream) -> Self {
        Self { poller, key, stream, interest: None }
    }

    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    // ANCHOR: register
    /// Registers `interest`, in place of what was registered before.
    ///
    /// Level-triggered: every wait tells of the socket as long as it is ready.
    pub fn register(&mut self, interest: Interest) -> io::Result<()> {
        // STEP 3: add the socket to the poller, or change what is registered
        let event = match interest {
            Interest::Writable => Event::writable(self.key),
            Interest::Readable => Event::readable(self.key),
        };
        match self.interest {
            // It is registered for this already.
            Some(current) if current == interest => {}
            Some(_) => {
                self.poller.modify_with_mode(&self.stream, event, PollMode::Level)?;
            }
            // SAFETY: this guard owns the socket, gives it to nobody, and when it is
            // dropped deletes it from the poller before it closes it.
            #[allow(unsafe_code)]
            None => unsafe {
                self.poller.add_with_mode(&self.stream, event, PollMode::Level)?;
            },
        }
        self.interest = Some(interest);
        Ok(())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.interest.is_some() {
            // Fails only when the poller does not know the socket, which is what we
            // want. The socket is closed right after this.
            let _ = self.poller.delete(&self.stream);
        }
    }
}
// ANCHOR_END: register
