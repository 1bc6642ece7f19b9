//! Peers played by the guide itself, where a scene needs a client that does what a
//! well-made program would not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::failure::{Failure, Played};
use crate::stage::Stage;
use crate::transcript::printable;

/// How long we look whether a connection attempt is still not answered: it would be
/// answered in microseconds.
const A_WHILE: Duration = Duration::from_millis(300);

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

    fn of(stage: &'s Stage<'a>, name: &str, stream: TcpStream) -> Played<Self> {
        stream.set_read_timeout(Some(stage.patience()))?;
        stream.set_write_timeout(Some(stage.patience()))?;
        // Each send leaves at once, so that a scene decides what arrives together.
        stream.set_nodelay(true)?;
        stage.name(&stream.local_addr()?.to_string(), &format!("<{name}>"));
        stage.did(name, "connected");
        Ok(Self { stage, name: name.to_owned(), stream })
    }

    /// Sends `bytes` in one call.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn sends(&mut self, bytes: &[u8]) -> Played {
        self.stream.write_all(bytes)?;
        self.did(&format!("sends {} bytes: {}", bytes.len(), printable(bytes)));
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
            .map_err(|error| self.in_vain(&format!("{count} bytes"), &error))?;
        self.did(&format!("receives {count} bytes: {}", printable(&bytes)));
        Ok(())
    }

    /// Receives the end of the stream and nothing before it.
    ///
    /// # Errors
    /// When something else comes.
    pub fn receives_end(&mut self) -> Played {
        let mut rest = Vec::new();
        self.stream
            .read_to_end(&mut rest)
            .map_err(|error| self.in_vain("the end of the stream", &error))?;
        if !rest.is_empty() {
            self.did(&format!("receives {} bytes: {}", rest.len(), printable(&rest)));
        }
        self.did("receives the end of the stream");
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
    }

    /// Breaks the connection off: with a linger time of zero, close(2) sends a reset
    /// (RST) in place of an end (FIN).
    ///
    /// # Errors
    /// When the option cannot be set.
    pub fn resets(self) -> Played {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
        self.did("resets the connection");
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
