//! A tap on the wire: stands between a client and a server, passes on what they say, and
//! writes it down. It can also hold back the rest of what a client sends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::scene::frame::dump;

/// A side of the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// A tap for one connection.
pub struct Tap(Arc<(Mutex<State>, Condvar)>);

/// How far it is.
struct State {
    /// What was said, in order; an empty piece is the end of a side.
    record: Vec<(Side, Vec<u8>)>,
    /// How many more of the client's bytes are passed on.
    passes: usize,
    /// Whether the bytes after them are thrown away.
    lost: bool,
    /// How many sides have ended.
    ended: usize,
}

impl Tap {
    /// Stands between the next client and `server`, and passes on no more than `passes` of
    /// the client's bytes until it is told what to do with the rest. Returns where it
    /// listens.
    pub fn before(server: SocketAddr, passes: usize) -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let quiet = State { record: Vec::new(), passes, lost: false, ended: 0 };
        let shared = Arc::new((Mutex::new(quiet), Condvar::new()));
        let theirs = Arc::clone(&shared);
        thread::spawn(move || -> io::Result<()> {
            let (client, _) = listener.accept()?;
            let server = TcpStream::connect(server)?;
            for stream in [&client, &server] {
                stream.set_nodelay(true)?;
            }
            let (from, to) = (client.try_clone()?, server.try_clone()?);
            let shared = Arc::clone(&theirs);
            thread::spawn(move || pass_on(Side::Client, &from, &to, &shared));
            pass_on(Side::Server, &server, &client, &theirs);
            Ok(())
        });
        Ok((Self(shared), address))
    }

    /// Does what a deed of this form says, or waits for it.
    ///
    /// # Errors
    /// When that does not come in time.
    pub fn does(&self, form: &str, patience: Duration) -> io::Result<()> {
        match form {
            "passes the rest" => {
                lock(&self.0).passes = usize::MAX;
                self.0.1.notify_all();
                Ok(())
            }
            "loses the rest" => {
                self.loses_the_rest();
                Ok(())
            }
            "tells that it holds back the rest" => {
                self.waits(patience, |tap| tap.passes == 0)
            }
            "tells that one side has ended" => {
                self.waits(patience, |tap| tap.ended > 0)
            }
            _ => self.waits(patience, |tap| tap.ended == 2),
        }
    }

    /// From now on throws away what it held back.
    fn loses_the_rest(&self) {
        lock(&self.0).lost = true;
        self.0.1.notify_all();
    }

    /// Waits until it is so far.
    fn waits(&self, patience: Duration, until: fn(&State) -> bool) -> io::Result<()> {
        let deadline = Instant::now() + patience;
        let mut state = lock(&self.0);
        while !until(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            let woken = self.0.1.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// What both sides have said, frame by frame.
    pub fn tells(&self) -> String {
        let state = lock(&self.0);
        let mut told = String::new();
        for said in state.record.chunk_by(|(one, piece), (other, next)| {
            one == other && !piece.is_empty() && !next.is_empty()
        }) {
            let name = if said[0].0 == Side::Client { "client" } else { "server" };
            let bytes: Vec<u8> =
                said.iter().flat_map(|(_, piece)| piece.clone()).collect();
            told += &if bytes.is_empty() {
                format!("{name} ends its side\n")
            } else {
                dump(name, &bytes)
            };
        }
        told
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.loses_the_rest();
    }
}

/// Passes on what `from` says until it ends, and then ends `to`.
fn pass_on(
    side: Side,
    mut from: &TcpStream,
    mut to: &TcpStream,
    shared: &(Mutex<State>, Condvar),
) {
    let mut buffer = [0; 4096];
    'stream: while let Ok(length @ 1..) = from.read(&mut buffer) {
        let mut bytes = &buffer[..length];
        while !bytes.is_empty() {
            let length = match side {
                Side::Client => may_pass(bytes.len(), shared),
                Side::Server => bytes.len(),
            };
            let (now, later) = bytes.split_at(length);
            if !now.is_empty() {
                // Written down before it is passed on: the answer comes after it.
                lock(shared).record.push((side, now.to_vec()));
            }
            if to.write_all(now).is_err() {
                break 'stream;
            }
            bytes = if length == 0 { &[] } else { later };
        }
    }
    // Fails only when that side is gone already.
    let _ = to.shutdown(Shutdown::Write);
    let mut state = lock(shared);
    state.record.push((side, Vec::new()));
    state.ended += 1;
    shared.1.notify_all();
}

/// How many of `length` bytes of the client's may be passed on now; none if they are to
/// be thrown away.
fn may_pass(length: usize, shared: &(Mutex<State>, Condvar)) -> usize {
    let mut state = lock(shared);
    while state.passes == 0 && !state.lost {
        state = shared.1.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    let passes = length.min(state.passes);
    state.passes -= passes;
    shared.1.notify_all();
    passes
}

fn lock(shared: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}
