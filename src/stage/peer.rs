//! Peers played by the guide itself, where a scene needs a client that does what a
//! well-made program would not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::scene::frame::{HEADER, body_length};

/// A peer that expects the end, and gets so many bytes instead, will not get it.
pub const TOO_MUCH: usize = 1 << 16;

/// What a peer with little room has room for, in bytes.
const LITTLE: usize = 4096;

/// A connection that the scene uses call by call.
pub struct Peer {
    /// The connection.
    pub stream: TcpStream,
    /// Whether what comes is left unread on purpose.
    pub deaf: bool,
    sent: Vec<u8>,
}

impl Peer {
    /// Uses a connection, on which a wait lasts at most `patience`.
    pub fn on(stream: TcpStream, patience: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        // Each send leaves at once, so that a scene decides what arrives together.
        stream.set_nodelay(true)?;
        Ok(Self { stream, deaf: false, sent: Vec::new() })
    }

    /// Connects. One that is deaf has room for a few bytes alone, and soon makes the server
    /// wait.
    pub fn connects(
        to: SocketAddr,
        deaf: bool,
        patience: Duration,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        if deaf {
            socket.set_recv_buffer_size(LITTLE)?;
            // Who sends small segments has little room for them, too (tcp(7)).
            #[cfg(unix)]
            socket.set_tcp_mss(536)?;
        }
        socket.connect_timeout(&to.into(), patience)?;
        Ok(Self { deaf, ..Self::on(socket.into(), patience)? })
    }

    /// Sends `bytes` in one call.
    pub fn sends(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sent.extend_from_slice(bytes);
        self.stream.write_all(bytes)
    }

    /// Sends as many of `bytes` as find room within `time`, and goes on with the rest
    /// while the scene goes on.
    pub fn begins_to_send(&mut self, bytes: Vec<u8>, time: Duration) -> io::Result<()> {
        self.deaf = true;
        self.sent.extend_from_slice(&bytes);
        let mut stream = self.stream.try_clone()?;
        let patience = stream.write_timeout()?;
        stream.set_write_timeout(Some(time))?;
        let mut taken = 0;
        while taken < bytes.len()
            && let Ok(more) = stream.write(&bytes[taken..])
        {
            taken += more;
        }
        stream.set_write_timeout(patience)?;
        thread::spawn(move || stream.write_all(&bytes[taken..]));
        Ok(())
    }

    /// Receives `count` bytes; what came of them, if no more come.
    pub fn receives(&mut self, count: usize) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        let outcome = (&self.stream).take(count as u64).read_to_end(&mut bytes);
        let outcome = outcome.and_then(|length| match length {
            length if length < count => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        });
        (bytes, outcome)
    }

    /// Receives a frame, of which this is the body.
    pub fn receives_frame(&mut self) -> io::Result<Vec<u8>> {
        let (header, outcome) = self.receives(HEADER);
        outcome?;
        let (body, outcome) = self.receives(body_length(&header));
        outcome.map(|()| body)
    }

    /// Receives what comes until the end of the stream.
    pub fn receives_the_rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let (bytes, outcome) = self.receives(TOO_MUCH);
        match outcome {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => (bytes, Ok(())),
            Ok(()) => (bytes, Err(ErrorKind::FileTooLarge.into())),
            Err(error) => (bytes, Err(error)),
        }
    }

    /// What has come and was not received, and how the stream has ended: as long as it has
    /// not, it "would block".
    pub fn left(&mut self) -> io::Result<(Vec<u8>, io::Result<()>)> {
        self.stream.set_nonblocking(true)?;
        let left = self.receives_the_rest();
        self.stream.set_nonblocking(false)?;
        Ok(left)
    }

    /// Receives all that it has sent, with receipts in between: no byte is lost or out of
    /// its place.
    pub fn receives_back(&mut self, receipt: &str) -> io::Result<()> {
        let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&received).replace(receipt, "");
            if text.as_bytes() == self.sent {
                return Ok(());
            }
            match self.stream.read(&mut buffer)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                length => received.extend_from_slice(&buffer[..length]),
            }
        }
    }

    /// Whether something comes within `time`.
    pub fn hears(&mut self, time: Duration) -> io::Result<bool> {
        let patience = self.stream.read_timeout()?;
        self.stream.set_read_timeout(Some(time))?;
        let heard = self.stream.peek(&mut [0]).is_ok();
        self.stream.set_read_timeout(patience)?;
        Ok(heard)
    }
}
