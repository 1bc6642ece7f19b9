//! What travels.
//!
//! All that either side says goes in a frame, which tells how long it is before it begins:
//!
//! ```text
//! 4 bytes   the length of the body, highest byte first
//! length    the body
//! ```
//!
//! The conversation, in which nobody speaks out of turn:
//!
//! ```text
//! client   greeting    any text, at most 1024 bytes, like each of the server's
//! server   ready       + and any text
//! client   size        how many bytes the file has, in digits: 0 to 1099511627776
//! client   name        the file's name, in UTF-8, at most 255 bytes
//! server   accepted    + and any text
//! client   bytes       the file, 131,072 bytes a frame, and in the last one what is left;
//!                      none for an empty file
//! client   digest      32 bytes: BLAKE3 of the file
//! server   confirmed   + and any text
//! ```
//!
//! In place of a `+`, the server says `-` and why it goes no further. It may say that also
//! while the file's bytes are on their way, and nothing else. Then it ends its side, and for
//! half a second still takes what comes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::ensure;

/// The longest text: what either side has to say.
pub const TEXT: usize = 1024;

/// How many bytes of a file go in a frame.
pub const PIECE: usize = 131_072;

/// How long the other side may take to hear our last words.
const GRACE: Duration = Duration::from_millis(500);

/// A connection on which frames travel. Each may take so long, as a whole.
pub struct Frames {
    pub stream: TcpStream,
    pub patience: Duration,
}

impl Frames {
    /// Sends `body` in a frame.
    pub fn send(&self, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        self.within(self.patience).write_all(&[&length.to_be_bytes(), body].concat())
    }

    /// Receives a frame into `room`, and returns its body.
    pub fn receive<'a>(&self, room: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let mut stream = self.within(self.patience);
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        // Looked at before anything of that length is done.
        ensure(length <= room.len(), &format!("a frame of {length} bytes"))?;
        let body = &mut room[..length];
        stream.read_exact(body)?;
        Ok(body)
    }

    /// Whether the other side has spoken, or left, while it was our turn.
    pub fn has_spoken(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let word = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        Ok(word.is_ok())
    }

    /// Ends our side, then drops what still comes until the other ends its own: to close at
    /// once would send a reset, which can overtake our last words (RFC 2525, 2.17).
    pub fn part(&self) {
        // Each of these fails only when the other is gone, which is where they lead.
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = io::copy(&mut self.within(GRACE), &mut io::sink());
    }

    fn within(&self, time: Duration) -> Limited<'_> {
        Limited { stream: &self.stream, end: Instant::now() + time }
    }
}

/// A stream that neither reads nor writes after a moment.
struct Limited<'a> {
    stream: &'a TcpStream,
    end: Instant,
}

impl Limited<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
