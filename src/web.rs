//! A web server that the scene plays itself: it takes the requests one by one, whichever
//! came first, and answers piece by piece.

use std::cell::RefCell;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::failure::{Failure, Played};
use crate::peer::Peer;
use crate::stage::Stage;
use crate::transcript::{fold_runs, printable};

/// No request of a scene is longer.
const LONGEST_REQUEST: usize = 1 << 17;

/// What [`Web::opens_with_little_room`] has room for, in bytes.
const LITTLE: usize = 2048;

/// The longest name of a speaker.
const LONGEST_NAME: usize = 20;

/// How often we look whether a request can still come.
const LOOK: Duration = Duration::from_millis(50);

/// How long we try to wake our own listener, which answers in microseconds.
const A_WHILE: Duration = Duration::from_secs(1);

/// The server. Its speaker is `web`, or `web /3` where the connection is the one on which
/// `/3` was asked for.
pub struct Web<'s, 'a> {
    stage: &'s Stage<'a>,
    address: SocketAddr,
    requests: Receiver<Request>,
    /// Those that came while the scene waited for another.
    early: RefCell<Vec<Request>>,
    closing: Arc<AtomicBool>,
}

struct Request {
    bytes: Vec<u8>,
    stream: TcpStream,
}

impl Request {
    fn line(&self) -> &[u8] {
        self.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default()
    }

    fn asks_for(&self, path: &str) -> bool {
        self.line().split(|byte| *byte == b' ').nth(1) == Some(path.as_bytes())
    }
}

impl<'s, 'a> Web<'s, 'a> {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub fn opens(stage: &'s Stage<'a>) -> Played<Self> {
        Self::on(stage, TcpListener::bind("127.0.0.1:0")?)
    }

    /// The same with so little room that a long request is not sent in one call.
    ///
    /// # Errors
    /// As [`Web::opens`].
    pub fn opens_with_little_room(stage: &'s Stage<'a>) -> Played<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_recv_buffer_size(LITTLE)?;
        // Whoever connects keeps room for a few packets of the size that we ask for.
        #[cfg(target_os = "linux")]
        socket.set_tcp_mss(536)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        socket.listen(1)?;
        Self::on(stage, socket.into())
    }

    fn on(stage: &'s Stage<'a>, listener: TcpListener) -> Played<Self> {
        let address = listener.local_addr()?;
        stage.name(&address.to_string(), "127.0.0.1:<port>");

        let (sender, requests) = mpsc::channel();
        let closing = Arc::new(AtomicBool::new(false));
        let closes = Arc::clone(&closing);
        let patience = stage.patience();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if closes.load(Ordering::SeqCst) {
                    break;
                }
                let sender = sender.clone();
                thread::spawn(move || {
                    // Without a request there is nothing to tell: the scene waits for it
                    // in vain and says so.
                    stream.map(|stream| receive(stream, patience, &sender))
                });
            }
        });
        Ok(Self { stage, address, requests, early: RefCell::default(), closing })
    }

    /// The URL of `path` here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes the request for `path`, and writes down its first line.
    ///
    /// # Errors
    /// When it does not come.
    pub fn gets(&self, path: &str) -> Played<Peer<'s, 'a>> {
        let request = self.next(path)?;
        self.answers(path, &printable(request.line()), request.stream)
    }

    /// Takes the request for `path`, and writes down all of it.
    ///
    /// # Errors
    /// When it does not come.
    pub fn gets_whole(&self, path: &str) -> Played<Peer<'s, 'a>> {
        let request = self.next(path)?;
        self.answers(path, &printable(&request.bytes), request.stream)
    }

    fn answers(
        &self,
        path: &str,
        request: &str,
        stream: TcpStream,
    ) -> Played<Peer<'s, 'a>> {
        let named = path != "/" && path.len() <= LONGEST_NAME;
        let name = if named { format!("web {path}") } else { "web".to_owned() };
        self.stage.did(&name, &format!("receives {request}"));
        Peer::on(self.stage, &name, stream)
    }

    fn next(&self, path: &str) -> Played<Request> {
        let mut early = self.early.borrow_mut();
        if let Some(at) = early.iter().position(|request| request.asks_for(path)) {
            return Ok(early.swap_remove(at));
        }
        let deadline = Instant::now() + self.stage.patience();
        loop {
            // Asked first: what was sent before its end is there soon after it.
            let in_vain = self.stage.all_have_ended() || Instant::now() > deadline;
            match self.requests.recv_timeout(LOOK) {
                Ok(request) if request.asks_for(path) => return Ok(request),
                Ok(request) => early.push(request),
                Err(_) if in_vain => {
                    let path = fold_runs(path);
                    return Err(self
                        .stage
                        .fail(&format!("web to get a request for {path}")));
                }
                Err(_) => {}
            }
        }
    }
}

impl Drop for Web<'_, '_> {
    fn drop(&mut self) {
        // The listener sits in `accept`: the surest way to wake it is to be its client.
        self.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect_timeout(&self.address, A_WHILE);
    }
}

/// Reads one request and passes it on with its connection.
fn receive(mut stream: TcpStream, patience: Duration, sender: &Sender<Request>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    while !bytes.ends_with(b"\r\n\r\n") && bytes.len() < LONGEST_REQUEST {
        let read = stream
            .set_read_timeout(Some(patience))
            .and_then(|()| stream.read(&mut buffer));
        match read {
            Ok(length @ 1..) => bytes.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    // Fails when the scene is over, and needs it no more.
    let _ = sender.send(Request { bytes, stream });
}

/// An address of ours on which nobody listens: bound, so that nobody else can come to
/// listen there while we play.
pub struct DeadAddress {
    /// The address.
    pub address: SocketAddr,
    _socket: Socket,
}

impl DeadAddress {
    /// Takes a free port, shown as `<dead>`.
    ///
    /// # Errors
    /// When there is none.
    pub fn takes(stage: &Stage<'_>) -> Played<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        let address =
            address.ok_or_else(|| Failure::new("an address of another family"))?;
        stage.name(&address.to_string(), "127.0.0.1:<dead>");
        Ok(Self { address, _socket: socket })
    }
}

/// An address of ours that neither accepts nor refuses: its queue is full, and Linux
/// then says nothing.
pub struct SilentAddress {
    /// The address.
    pub address: SocketAddr,
    _sockets: Vec<Socket>,
}

impl SilentAddress {
    /// Takes a free port, shown as `<silent>`.
    ///
    /// # Errors
    /// When there is none.
    pub fn takes(stage: &Stage<'_>) -> Played<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        listener.listen(0)?;
        let bound = listener.local_addr()?;
        let mut sockets = vec![listener];
        // More than fit: the queue holds one.
        for _ in 0..3 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            // It says that it is in progress, and for some it will never be more.
            let _ = socket.connect(&bound);
            sockets.push(socket);
        }
        let address = bound.as_socket();
        let address =
            address.ok_or_else(|| Failure::new("an address of another family"))?;
        stage.name(&address.to_string(), "127.0.0.1:<silent>");
        Ok(Self { address, _sockets: sockets })
    }
}
