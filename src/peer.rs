//! Peers played by the guide itself, where a scene needs a client that does what a
//! well-made program would not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::failure::{Failure, Played};
use crate::running::while_none_is_started;
use crate::stage::Stage;
use crate::transcript::{counted, printable};

/// How long we look whether a connection attempt is still not answered: it would be
/// answered in microseconds.
const A_WHILE: Duration = Duration::from_millis(300);

/// A peer that expects the end, and gets so many bytes instead, will not get it.
const TOO_MUCH: u64 = 1 << 16;

/// How many of them are shown.
const WIDEST: usize = 2000;

/// What [`Peer::connects_with_little_room`] has room for, in bytes.
const LITTLE: usize = 4096;

/// `0 1 2 3 ...`, `count` bytes of it: nothing is lost or exchanged without being seen.
pub fn numbers(count: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| format!("{n} ").into_bytes()).take(count).collect()
}

/// A connection that the scene uses call by call.
pub struct Peer<'s, 'a> {
    stage: &'s Stage<'a>,
    name: String,
    stream: TcpStream,
}

impl<'s, 'a> Peer<'s, 'a> {
    /// Connects to `server`.
    ///
    /// # Errors
    /// When the connection cannot be had.
    pub fn connects(
        stage: &'s Stage<'a>,
        name: &str,
        server: SocketAddr,
    ) -> Played<Self> {
        Self::of(stage, name, TcpStream::connect_timeout(&server, stage.patience())?)
    }

    /// Connects to `server` with room for a few kilobytes of what it sends: a peer that
    /// does not read soon makes the server wait.
    ///
    /// # Errors
    /// When the connection cannot be had.
    pub fn connects_with_little_room(
        stage: &'s Stage<'a>,
        name: &str,
        server: SocketAddr,
    ) -> Played<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        socket.set_recv_buffer_size(LITTLE)?;
        socket.connect_timeout(&server.into(), stage.patience())?;
        Self::of(stage, name, socket.into())
    }

    fn of(stage: &'s Stage<'a>, name: &str, stream: TcpStream) -> Played<Self> {
        stage.name(&stream.local_addr()?.to_string(), &format!("<{name}>"));
        stage.did(name, "connected");
        Self::on(stage, name, stream)
    }

    /// Uses a connection that is there already.
    pub(crate) fn on(
        stage: &'s Stage<'a>,
        name: &str,
        stream: TcpStream,
    ) -> Played<Self> {
        stream.set_read_timeout(Some(stage.patience()))?;
        stream.set_write_timeout(Some(stage.patience()))?;
        // Each send leaves at once, so that a scene decides what arrives together.
        stream.set_nodelay(true)?;
        Ok(Self { stage, name: name.to_owned(), stream })
    }

    /// Sends `bytes` in one call.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn sends(&mut self, bytes: &[u8]) -> Played {
        self.stream.write_all(bytes)?;
        self.did(&format!("sends {}: {}", counted(bytes.len()), printable(bytes)));
        Ok(())
    }

    /// Sends one byte as urgent data (`MSG_OOB`).
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn sends_urgently(&mut self, byte: u8) -> Played {
        SockRef::from(&self.stream).send_out_of_band(&[byte])?;
        self.did(&format!("sends a byte of urgent data: {}", printable(&[byte])));
        Ok(())
    }

    /// Begins to send `bytes`, and goes on with that while the scene goes on.
    ///
    /// # Errors
    /// When there is no second handle of the socket.
    pub fn begins_to_send(&mut self, bytes: Vec<u8>) -> Played {
        self.did(&format!("begins to send {} bytes, and reads nothing", bytes.len()));
        let mut stream = self.stream.try_clone()?;
        thread::spawn(move || stream.write_all(&bytes));
        Ok(())
    }

    /// Sends `bytes` without a line in the transcript.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn sends_in_silence(&mut self, bytes: &[u8]) -> Played {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Receives all that it has sent, with receipts in between, and makes sure that no
    /// byte is lost or out of its place.
    ///
    /// # Errors
    /// When something is missing or wrong.
    pub fn receives_back(&mut self, sent: &[u8], receipt: &str) -> Played {
        let what = format!("its {} bytes", sent.len());
        let mut received = Vec::new();
        let mut buffer = [0; 4096];
        while String::from_utf8_lossy(&received).replace(receipt, "").as_bytes() != sent
        {
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    return Err(Failure::new(format!("{} lost {what}", self.name)));
                }
                Ok(length) => received.extend_from_slice(&buffer[..length]),
                Err(error) => return Err(self.in_vain(&what, &error)),
            }
        }
        self.did(&format!("receives {what} back, each in its place"));
        Ok(())
    }

    /// Sends `bytes` in a call for each; `heard` is called after every one.
    ///
    /// # Errors
    /// When the connection is gone, and those of `heard`.
    pub fn sends_byte_by_byte(
        &mut self,
        bytes: &[u8],
        heard: impl Fn() -> Played,
    ) -> Played {
        let what = printable(bytes);
        self.did(&format!("sends {} bytes, one at a time: {what}", bytes.len()));
        for byte in bytes {
            self.stream.write_all(&[*byte])?;
            heard()?;
        }
        Ok(())
    }

    /// Receives exactly `count` bytes.
    ///
    /// # Errors
    /// When they do not come.
    pub fn receives(&mut self, count: usize) -> Played {
        let mut bytes = vec![0; count];
        self.stream
            .read_exact(&mut bytes)
            .map_err(|error| self.in_vain(&counted(count), &error))?;
        self.did(&format!("receives {}: {}", counted(count), printable(&bytes)));
        Ok(())
    }

    /// Receives the end of the stream and nothing before it.
    ///
    /// # Errors
    /// When something else comes.
    pub fn receives_end(&mut self) -> Played {
        let mut rest = Vec::new();
        (&self.stream)
            .take(TOO_MUCH)
            .read_to_end(&mut rest)
            .map_err(|error| self.in_vain("the end of the stream", &error))?;
        if !rest.is_empty() {
            let shown = printable(&rest[..rest.len().min(WIDEST)]);
            self.did(&format!("receives {}: {shown}", counted(rest.len())));
        }
        if rest.len() as u64 == TOO_MUCH {
            let what = format!("{} bytes and no end of the stream", rest.len());
            return Err(Failure::new(format!("{} received {what}", self.name)));
        }
        self.did("receives the end of the stream");
        Ok(())
    }

    /// Makes sure that nothing comes for a while.
    ///
    /// # Errors
    /// When something does.
    pub fn hears_nothing(&mut self) -> Played {
        self.stream.set_read_timeout(Some(A_WHILE))?;
        let heard = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(self.stage.patience()))?;
        if heard.is_ok() {
            return Err(Failure::new(format!("{} should hear nothing", self.name)));
        }
        self.did(&format!("hears nothing for {A_WHILE:?}"));
        Ok(())
    }

    /// Says that it sends no more, and goes on listening.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn half_closes(&mut self) -> Played {
        self.stream.shutdown(Shutdown::Write)?;
        self.did("half-closes: sends no more, still listens");
        Ok(())
    }

    /// Closes in order.
    pub fn closes(self) {
        self.did("closes");
        while_none_is_started(|| drop(self));
    }

    /// Closes in order, and returns when the other system has got the end of the stream:
    /// with a linger time close(2) waits for that.
    ///
    /// # Errors
    /// When the option cannot be set.
    pub fn closes_and_is_heard(self) -> Played {
        SockRef::from(&self.stream).set_linger(Some(self.stage.patience()))?;
        self.did("closes");
        while_none_is_started(|| drop(self));
        Ok(())
    }

    /// Stays connected to the end of the scene.
    pub fn stays(self) {
        self.stage.keep(self.stream);
    }

    /// Its address.
    ///
    /// # Errors
    /// None, once connected.
    pub fn address(&self) -> Played<String> {
        Ok(self.stream.local_addr()?.to_string())
    }

    /// Breaks the connection off: with a linger time of zero, close(2) sends a reset
    /// (RST) in place of an end (FIN).
    ///
    /// # Errors
    /// When the option cannot be set.
    pub fn resets(self) -> Played {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
        self.did("resets the connection");
        while_none_is_started(|| drop(self));
        Ok(())
    }

    fn in_vain(&self, what: &str, error: &io::Error) -> Failure {
        // A read that took too long is "would block" on Unix.
        let why = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => String::new(),
            kind => format!(" ({kind})"),
        };
        self.stage.fail(&format!("{} to receive {what}{why}", self.name))
    }

    fn did(&self, what: &str) {
        self.stage.did(&self.name, what);
    }
}

/// An attempt to connect that may have to wait.
pub struct Attempt<'s, 'a> {
    stage: &'s Stage<'a>,
    name: String,
    answer: Receiver<io::Result<TcpStream>>,
}

impl<'s, 'a> Attempt<'s, 'a> {
    /// Begins to connect to `server`.
    pub fn begins(stage: &'s Stage<'a>, name: &str, server: SocketAddr) -> Self {
        let (sender, answer) = mpsc::channel();
        thread::spawn(move || sender.send(TcpStream::connect(server)));
        stage.did(name, "begins to connect");
        Self { stage, name: name.to_owned(), answer }
    }

    /// Makes sure that it is neither connected nor refused.
    ///
    /// # Errors
    /// When it was answered.
    pub fn still_waits(&self) -> Played {
        match self.answer.recv_timeout(A_WHILE) {
            Err(_) => {
                self.stage.did(
                    &self.name,
                    &format!(
                        "still waits after {A_WHILE:?}: neither connected nor refused"
                    ),
                );
                Ok(())
            }
            Ok(Ok(_)) => Err(Failure::new(format!(
                "{} was connected, and should wait",
                self.name
            ))),
            Ok(Err(error)) => {
                Err(Failure::new(format!("{} should wait: {error}", self.name)))
            }
        }
    }

    /// Waits for the connection.
    ///
    /// # Errors
    /// When it does not come.
    pub fn connects(self) -> Played<Peer<'s, 'a>> {
        match self.answer.recv_timeout(self.stage.patience()) {
            Ok(stream) => Peer::of(self.stage, &self.name, stream?),
            Err(_) => Err(self.stage.fail(&format!("{} to be connected", self.name))),
        }
    }
}
