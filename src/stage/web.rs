//! Web servers that the scene plays itself: it takes the requests one by one, whichever
//! came first. And addresses on which nobody answers.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// What a server with little room has room for, in bytes.
const LITTLE: usize = 2048;

/// How often we look what has come.
const LOOK: Duration = Duration::from_millis(1);

/// A request, with its connection.
pub struct Request {
    /// What has come of it.
    pub bytes: Vec<u8>,
    /// The connection.
    pub stream: TcpStream,
}

impl Request {
    /// Its first line.
    pub fn line(&self) -> &[u8] {
        self.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default()
    }

    /// Whether it is whole, and for `path`.
    fn is_for(&self, path: &[u8]) -> bool {
        let asked = self.line().split(|byte| *byte == b' ').nth(1);
        self.bytes.ends_with(b"\r\n\r\n") && asked == Some(path)
    }
}

/// The servers. What comes waits in the system, until the scene asks for a request.
#[derive(Default)]
pub struct Web {
    listeners: Vec<TcpListener>,
    /// Those that no scene has taken yet.
    requests: Vec<Request>,
}

impl Web {
    /// Listens on a free port. With little room a long request is not sent in one call.
    pub fn opens(&mut self, with_little_room: bool) -> io::Result<SocketAddr> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if with_little_room {
            socket.set_recv_buffer_size(LITTLE)?;
            // Whoever connects keeps room for a few packets of the size that we ask for.
            #[cfg(target_os = "linux")]
            socket.set_tcp_mss(536)?;
        }
        let address = bind(&socket)?;
        socket.listen(128)?;
        socket.set_nonblocking(true)?;
        self.listeners.push(socket.into());
        Ok(address)
    }

    /// The next request for `path`, if it comes before it is `over`.
    pub fn next(
        &mut self,
        path: &[u8],
        over: impl Fn() -> bool,
    ) -> io::Result<Request> {
        loop {
            // Asked first: what was sent before that is there.
            let over = over();
            for listener in &self.listeners {
                while let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(true)?;
                    self.requests.push(Request { bytes: Vec::new(), stream });
                }
            }
            for request in &mut self.requests {
                // An error, as a rule: more may come. What has come is there.
                let _ = request.stream.read_to_end(&mut request.bytes);
            }
            if let Some(at) = self.requests.iter().position(|one| one.is_for(path)) {
                let request = self.requests.remove(at);
                request.stream.set_nonblocking(false)?;
                return Ok(request);
            }
            if over {
                return Err(ErrorKind::TimedOut.into());
            }
            thread::sleep(LOOK);
        }
    }
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
