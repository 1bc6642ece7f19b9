//! Web servers that the scene plays itself: it takes the requests one by one, whichever
//! came first. And addresses on which nobody answers.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// No request of a scene is longer.
const LONGEST_REQUEST: usize = 1 << 17;

/// What a server with little room has room for, in bytes.
const LITTLE: usize = 2048;

/// How often we look whether a request can still come.
const LOOK: Duration = Duration::from_millis(50);

/// How long we try to wake our own listener, which answers in microseconds.
const A_WHILE: Duration = Duration::from_secs(1);

/// A request that came, with its connection.
pub struct Request {
    /// All of it.
    pub bytes: Vec<u8>,
    /// The connection.
    pub stream: TcpStream,
}

impl Request {
    /// Its first line.
    pub fn line(&self) -> &[u8] {
        self.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default()
    }

    fn path(&self) -> &[u8] {
        self.line().split(|byte| *byte == b' ').nth(1).unwrap_or_default()
    }
}

/// The servers.
pub struct Web {
    sender: Sender<Request>,
    requests: Receiver<Request>,
    /// Those that came while the scene waited for another.
    early: Vec<Request>,
    open: Vec<SocketAddr>,
    closing: Arc<AtomicBool>,
}

impl Web {
    /// None yet.
    pub fn new() -> Self {
        let (sender, requests) = mpsc::channel();
        let (early, open, closing) = (Vec::new(), Vec::new(), Arc::default());
        Self { sender, requests, early, open, closing }
    }

    /// Listens on a free port. With little room a long request is not sent in one call.
    pub fn opens(
        &mut self,
        with_little_room: bool,
        patience: Duration,
    ) -> io::Result<SocketAddr> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if with_little_room {
            socket.set_recv_buffer_size(LITTLE)?;
            // Whoever connects keeps room for a few packets of the size that we ask for.
            #[cfg(target_os = "linux")]
            socket.set_tcp_mss(536)?;
        }
        let address = bind(&socket)?;
        socket.listen(128)?;
        self.open.push(address);
        let listener = TcpListener::from(socket);
        let (sender, closing) = (self.sender.clone(), Arc::clone(&self.closing));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closing.load(Ordering::SeqCst) {
                    break;
                }
                let sender = sender.clone();
                thread::spawn(move || receive(stream, patience, &sender));
            }
        });
        Ok(address)
    }

    /// The next request for `path`, if it comes before `in_vain` says so.
    pub fn next(&mut self, path: &[u8], in_vain: impl Fn() -> bool) -> Option<Request> {
        if let Some(at) = self.early.iter().position(|one| one.path() == path) {
            return Some(self.early.remove(at));
        }
        loop {
            // Asked first: what was sent before its end is there soon after it.
            let in_vain = in_vain();
            match self.requests.recv_timeout(LOOK) {
                Ok(request) if request.path() == path => return Some(request),
                Ok(request) => self.early.push(request),
                Err(_) if in_vain => return None,
                Err(_) => {}
            }
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        // The listeners sit in `accept`: the surest way to wake one is to be its client.
        self.closing.store(true, Ordering::SeqCst);
        for address in &self.open {
            let _ = TcpStream::connect_timeout(address, A_WHILE);
        }
    }
}

/// Reads one request and passes it on with its connection. Without one there is nothing
/// to tell: the scene waits for it in vain and says so.
fn receive(mut stream: TcpStream, patience: Duration, sender: &Sender<Request>) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
    if stream.set_read_timeout(Some(patience)).is_err() {
        return;
    }
    while !bytes.ends_with(b"\r\n\r\n") && bytes.len() < LONGEST_REQUEST {
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => bytes.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    // Fails when the scene is over, and needs it no more.
    let _ = sender.send(Request { bytes, stream });
}

fn bind(socket: &Socket) -> io::Result<SocketAddr> {
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.local_addr()?.as_socket().ok_or_else(|| ErrorKind::Unsupported.into())
}

/// An address on which nobody listens: bound, so that nobody else can come to listen
/// there while we play. Or, `silent`, one that neither accepts nor refuses: its queue is
/// full, and Linux then says nothing. It is there as long as these sockets are.
pub fn nobody(silent: bool) -> io::Result<(SocketAddr, Vec<Socket>)> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let address = bind(&listener)?;
    let mut sockets = Vec::new();
    if silent {
        listener.listen(0)?;
        // More than fit: the queue holds one.
        for _ in 0..3 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            // It says that it is in progress, and for some it will never be more.
            let _ = socket.connect(&address.into());
            sockets.push(socket);
        }
    }
    sockets.push(listener);
    Ok((address, sockets))
}
