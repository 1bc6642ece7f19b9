//! A tap on the wire: stands between a client and a server, passes on what they say, and
//! writes it down. It can also hold back the rest of what a client sends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::lock;
use crate::scene::frame::dump;

/// The side of the conversation whose bytes can be held back.
const CLIENT: &str = "client";

const SERVER: &str = "server";

/// A tap for one connection: how far it is, and a bell that rings when it is further.
pub struct Tap(Arc<(Mutex<State>, Condvar)>);

/// How far it is.
struct State {
    /// What was said, in order.
    record: Vec<(&'static str, Vec<u8>)>,
    /// How many more of the client's bytes are passed on.
    passes: usize,
    /// Whether some were held back.
    holds: bool,
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
        let quiet =
            State { record: Vec::new(), passes, holds: false, lost: false, ended: 0 };
        let shared = Arc::new((Mutex::new(quiet), Condvar::new()));
        let tap = Self(Arc::clone(&shared));
        thread::spawn(move || -> io::Result<()> {
            let (client, _) = listener.accept()?;
            let server = TcpStream::connect(server)?;
            for stream in [&client, &server] {
                stream.set_nodelay(true)?;
            }
            thread::scope(|scope| {
                scope.spawn(|| pass_on(CLIENT, &client, &server, &shared));
                pass_on(SERVER, &server, &client, &shared);
            });
            Ok(())
        });
        Ok((tap, address))
    }

    /// Does what a deed of this form says, or waits for it.
    ///
    /// # Errors
    /// When that does not come in time.
    pub fn does(&self, form: &str, count: usize, patience: Duration) -> io::Result<()> {
        match form {
            "passes N bytes more" => {
                self.changes(|tap| (tap.passes, tap.holds) = (count, false));
            }
            "passes the rest" => self.changes(|tap| tap.passes = usize::MAX),
            "loses the rest" => self.changes(|tap| tap.lost = true),
            "tells that it holds back the rest" => {
                self.waits(patience, |tap| tap.holds)?;
            }
            _ => self.waits(patience, |tap| tap.ended == 2)?,
        }
        Ok(())
    }

    fn changes(&self, how: impl FnOnce(&mut State)) {
        how(&mut lock(&self.0.0));
        self.0.1.notify_all();
    }

    /// Waits until it is so far.
    fn waits(&self, patience: Duration, until: fn(&State) -> bool) -> io::Result<()> {
        let (state, bell) = &*self.0;
        let not_yet = |state: &mut State| !until(state);
        let waits = bell.wait_timeout_while(lock(state), patience, not_yet);
        let (_tap, waited) = waits.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() { Err(ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// What both sides have said, frame by frame.
    pub fn tells(&self) -> String {
        let state = lock(&self.0.0);
        let mut told = String::new();
        for said in state.record.chunk_by(|one, other| one.0 == other.0) {
            let pieces: Vec<_> = said.iter().map(|(_, piece)| &piece[..]).collect();
            told += &dump(said[0].0, &pieces.concat());
        }
        told
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // Its threads end with their streams, and not before they may throw away the rest.
        self.changes(|tap| tap.lost = true);
    }
}

/// Passes on what `from` says until it ends, and then ends `to`.
fn pass_on(
    side: &'static str,
    mut from: &TcpStream,
    mut to: &TcpStream,
    (state, bell): &(Mutex<State>, Condvar),
) {
    let mut buffer = [0; 4096];
    'stream: while let Ok(length @ 1..) = from.read(&mut buffer) {
        let mut length = length;
        if side == CLIENT && lock(state).passes == 0 {
            may_pass(0, state, bell);
            length += more(from, &mut buffer[length..]);
        }
        let mut bytes = &buffer[..length];
        while !bytes.is_empty() {
            let length = match side {
                CLIENT => may_pass(bytes.len(), state, bell),
                _ => bytes.len(),
            };
            let (now, later) = bytes.split_at(length);
            if !now.is_empty() {
                // Written down before it is passed on: the answer comes after it.
                lock(state).record.push((side, now.to_vec()));
            }
            if to.write_all(now).is_err() {
                break 'stream;
            }
            bytes = if length == 0 { &[] } else { later };
        }
    }
    // Fails only when that side is gone already.
    let _ = to.shutdown(Shutdown::Write);
    lock(state).ended += 1;
    bell.notify_all();
}

/// What comes within a moment, to go on together with what was held back.
fn more(mut from: &TcpStream, buffer: &mut [u8]) -> usize {
    let soon = from.set_read_timeout(Some(Duration::from_millis(100)));
    let length = soon.and_then(|()| from.read(buffer)).unwrap_or(0);
    // Fails only when that side is gone already.
    let _ = from.set_read_timeout(None);
    length
}

/// How many of `length` bytes of the client's may be passed on now; none if they are to
/// be thrown away.
fn may_pass(length: usize, state: &Mutex<State>, bell: &Condvar) -> usize {
    let mut tap = lock(state);
    tap.holds |= tap.passes == 0;
    bell.notify_all();
    let waits = bell.wait_while(tap, |tap| tap.passes == 0 && !tap.lost);
    let mut state = waits.unwrap_or_else(PoisonError::into_inner);
    let passes = length.min(state.passes);
    state.passes -= passes;
    passes
}
