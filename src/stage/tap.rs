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

/// A tap for one connection: how far it is, and a bell that rings when it is further.
pub struct Tap(Arc<(Mutex<State>, Condvar)>);

/// How far it is.
#[derive(Default)]
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
        let quiet = State { passes, ..State::default() };
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
                pass_on("server", &server, &client, &shared);
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
            "passes N bytes more" => self.passes(count),
            "passes the rest" => self.passes(usize::MAX),
            "loses the rest" => self.changes(|tap| tap.lost = true),
            "tells that it holds back the rest" => {
                self.waits(patience, |tap| tap.holds)?;
            }
            _ => self.waits(patience, |tap| tap.ended == 2)?,
        }
        Ok(())
    }

    fn passes(&self, count: usize) {
        // What is on its way goes on together with what is held back.
        thread::sleep(Duration::from_millis(100));
        self.changes(|tap| (tap.passes, tap.holds) = (count, false));
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
    shared: &(Mutex<State>, Condvar),
) {
    let (state, bell) = shared;
    let mut buffer = [0; 4096];
    let room = || if side == CLIENT { may_pass(from, shared) } else { usize::MAX };
    while let Ok(length @ 1..) = from.read(&mut buffer[..room().min(4096)]) {
        let bytes = &buffer[..length];
        // Written down before it is passed on: the answer comes after it.
        let mut tap = lock(state);
        tap.record.push((side, bytes.to_vec()));
        tap.passes -= if side == CLIENT { length } else { 0 };
        drop(tap);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    if lock(state).lost {
        let _ = io::copy(&mut from, &mut io::sink());
    }
    // Fails only when that side is gone already.
    let _ = to.shutdown(Shutdown::Write);
    lock(state).ended += 1;
    bell.notify_all();
}

/// How many bytes of the client's may be passed on now; none if they are to be thrown
/// away. What is held back stays in the system, unread.
fn may_pass(client: &TcpStream, (state, bell): &(Mutex<State>, Condvar)) -> usize {
    let has_come = matches!(client.peek(&mut [0]), Ok(1));
    let mut tap = lock(state);
    tap.holds = has_come && tap.passes == 0;
    bell.notify_all();
    let waits = bell.wait_while(tap, |tap| tap.holds && !tap.lost);
    waits.unwrap_or_else(PoisonError::into_inner).passes
}
