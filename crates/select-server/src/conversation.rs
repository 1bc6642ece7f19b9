//! The conversation with one client: what `select` says is possible, and no more.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};

use socket2::SockRef;

use crate::RECEIPT;
use crate::console::count;
use crate::queue::Queue;
use crate::text::Decoder;

/// The most that one `recv` takes.
const AT_MOST: usize = 1024;

// ANCHOR: conversation
/// A client, and what is on its way to it.
///
/// What there is to tell goes to `lines`, a `String`: writing to it cannot fail.
pub struct Conversation {
    pub socket: TcpStream,
    /// Its address, as we print it.
    pub peer: String,
    /// Whether the client may still say something: not after its end of the stream.
    pub open: bool,
    queue: Queue,
    urgent: bool,
    heard: Decoder,
    told: Decoder,
}

impl Conversation {
    /// # Errors
    /// When an option of the socket cannot be set, since the client is gone.
    pub fn new(
        socket: TcpStream,
        peer: SocketAddr,
        send_buffer: Option<usize>,
    ) -> io::Result<Self> {
        // STEP 6: set the socket up, so that no call on it waits
        // "Ready" is a hint, and may be wrong by the time we come to it: no call may
        // wait. Some systems hand this down from the listener, Linux does not.
        socket.set_nonblocking(true)?;
        if let Some(bytes) = send_buffer {
            SockRef::from(&socket).set_send_buffer_size(bytes)?;
        }
        Ok(Self {
            socket,
            peer: peer.to_string(),
            open: true,
            queue: Queue::default(),
            urgent: true,
            heard: Decoder::default(),
            told: Decoder::default(),
        })
    }

    /// Whether to ask if there is something to read.
    pub fn listens(&self) -> bool {
        self.open && !self.queue.is_full()
    }

    /// Whether to ask if `send` would take something. Only then: an idle socket is
    /// always writable, and `select` would never sleep again.
    pub fn has_to_tell(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether to ask for urgent data. Not right after some has come: some systems
    /// (BSD's kin) report it until ordinary data is read.
    pub fn expects_urgent(&self) -> bool {
        self.urgent
    }

    /// Whether all is said on both sides.
    pub fn is_done(&self) -> bool {
        !self.open && self.queue.is_empty()
    }

    /// Reads once, queues the reply, and tries to send it.
    pub fn hear(&mut self, lines: &mut String) -> io::Result<()> {
        // STEP 7: read once, queue the reply, and try to send it
        let mut buffer = [0; AT_MOST];
        let received = match self.socket.read(&mut buffer) {
            Ok(0) => {
                self.hear_end(lines);
                return Ok(());
            }
            Ok(length) => &buffer[..length],
            Err(error) if not_now(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Self { peer, queue, .. } = self;
        let bytes = count(received.len(), "byte");
        let _ = writeln!(lines, "{peer} {bytes}: {}", self.heard.push(received));

        self.urgent = true;
        queue.push(received);
        queue.push(RECEIPT);
        if queue.is_full() {
            let _ = writeln!(lines, "{peer} has a full queue: we hear it no more");
        }
        // Nearly always the system takes all of it at once. What it does not take waits
        // for a round in which `select` finds the client writable.
        self.tell(lines)
    }

    /// A half-close: nothing more to read, but what is queued still has to go out.
    pub fn hear_end(&mut self, lines: &mut String) {
        self.open = false;
        let cut = self.heard.finish();
        if !cut.is_empty() {
            let _ = writeln!(lines, "{} stopped inside a character: {cut}", self.peer);
        }
    }

    /// Sends what the system takes of the queue; the rest stays for another round.
    pub fn tell(&mut self, lines: &mut String) -> io::Result<()> {
        // STEP 8: send what the system takes, and note how much
        let Self { peer, queue, .. } = self;
        if queue.is_empty() {
            return Ok(());
        }
        let taken = match self.socket.write(queue.rest()) {
            Ok(taken) => taken,
            Err(error) if not_now(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let bytes = count(taken, "byte");
        let text = self.told.push(&queue.rest()[..taken]);
        let _ = writeln!(lines, "{peer} is sent {bytes}: {text}");

        queue.took(taken);
        if queue.is_empty() {
            let _ = writeln!(lines, "{peer} has an empty queue");
        }
        Ok(())
    }

    /// Reads the one byte of urgent data that TCP can mark (RFC 6093 advises against
    /// its use). It is told, and not answered.
    pub fn hear_urgent(&mut self, lines: &mut String) {
        self.urgent = false;
        // An error says that there is none, or none yet. Those of the connection `recv`
        // will tell.
        let mut buffer = [MaybeUninit::uninit()];
        if let Ok(1) = SockRef::from(&self.socket).recv_out_of_band(&mut buffer) {
            let _ = writeln!(lines, "{} sent a byte of urgent data", self.peer);
        }
    }
}
// ANCHOR_END: conversation

/// Another round, then.
pub fn not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
