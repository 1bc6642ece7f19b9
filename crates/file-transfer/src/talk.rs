//! One side of the conversation, and how it may end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::clients::GRACE;
use crate::console::reason;
use crate::endpoint::is_gone;
use crate::protocol::{Kind, TEXT, header, read_frame};
use crate::text::printable;

// ANCHOR: end
/// Why a conversation ends before its time.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// We do not go on: the other side is told why.
    WeGiveUp(String),
    /// The other side does not go on, and has told why.
    TheyGiveUp(String),
    /// The other side has ended its own, between two messages.
    Left,
    /// The connection is lost, and there is nobody any more who could be told.
    Lost(String),
}
// ANCHOR_END: end

/// What fails with a reason in words makes us give up.
impl From<String> for End {
    fn from(why: String) -> Self {
        Self::WeGiveUp(why)
    }
}

/// One side of the conversation.
pub struct Talk<'a> {
    stream: &'a TcpStream,
    timeout: Duration,
    /// The body that was heard last; the same memory for all of them.
    body: Vec<u8>,
}

// ANCHOR: talk
impl<'a> Talk<'a> {
    /// # Errors
    /// When the system refuses the time limits.
    pub fn new(stream: &'a TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        // A message leaves at once: the other side waits for it.
        stream.set_nodelay(true)?;
        Ok(Self { stream, timeout, body: Vec::new() })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn say(&mut self, kind: Kind, body: &[u8]) -> Result<(), End> {
        self.send(&[&header(kind, body.len()), body].concat())
    }

    /// Sends a whole frame.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn send(&mut self, frame: &[u8]) -> Result<(), End> {
        self.stream.write_all(frame).map_err(|error| match self.end(&error) {
            // It takes nothing, so it would not take our reason either.
            End::WeGiveUp(why) => End::Lost(format!("is {why}")),
            end => end,
        })
    }

    /// Says why we go no further. Whoever is gone does not hear it.
    pub fn give_up(&mut self, why: &str) {
        let mut end = why.len().min(TEXT);
        while !why.is_char_boundary(end) {
            end -= 1;
        }
        let _ = self.say(Kind::GiveUp, &why.as_bytes()[..end]);
    }

    /// The body of the next message, which has to be of this kind.
    ///
    /// # Errors
    /// When something else comes, or nothing.
    pub fn expect(&mut self, kind: Kind) -> Result<&[u8], End> {
        match self.hear()? {
            (heard, body) if heard == kind => Ok(body),
            (heard, _) => Err(format!("{heard} came in place of {kind}").into()),
        }
    }

    /// The next message.
    ///
    /// # Errors
    /// When the other side gives up, breaks a rule, or is silent or gone.
    pub fn hear(&mut self) -> Result<(Kind, &[u8]), End> {
        let heard = read_frame(&mut self.stream, &mut self.body);
        match heard.map_err(|error| self.end(&error))? {
            None => Err(End::Left),
            Some(Err(wrong)) => Err(wrong.into()),
            Some(Ok(Kind::GiveUp)) => Err(End::TheyGiveUp(printable(&self.body))),
            Some(Ok(kind)) => Ok((kind, &self.body)),
        }
    }

    fn end(&self, error: &io::Error) -> End {
        match error.kind() {
            // A call that took too long: the first on Unix, the second on Windows.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                End::WeGiveUp(format!("silent for {:?}", self.timeout))
            }
            ErrorKind::UnexpectedEof => End::Lost("left in mid-message".to_owned()),
            _ if is_gone(error) => End::Lost("broke off".to_owned()),
            _ => End::Lost(format!("is lost: {}", reason(error))),
        }
    }
}
// ANCHOR_END: talk

// ANCHOR: part
/// Ends our side, then drops what still comes until the other side ends its own: closing at
/// once would send a reset (RFC 2525, 2.17), and that can overtake our last words.
pub fn part(mut connection: &TcpStream) {
    // Each of these fails only when the other side is gone already, which is where they
    // lead.
    let _ = connection.shutdown(Shutdown::Write);
    let deadline = Instant::now() + GRACE;
    let mut buffer = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || connection.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match connection.read(&mut buffer) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}
// ANCHOR_END: part
