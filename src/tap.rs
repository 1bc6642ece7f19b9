//! A tap on the wire: stands between a client and a server, passes on what they say, and
//! writes it down. It can also hold back the rest of what a client sends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::failure::Played;
use crate::stage::Stage;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The program that connected to the tap.
    Client,
    /// The program that the tap connects to.
    Server,
}

/// What the two sides have said, the pieces in their order; an empty one is the end of a
/// side.
pub type Record = Vec<(Speaker, Vec<u8>)>;

/// A tap for one connection.
pub struct Tap<'s, 'a> {
    stage: &'s Stage<'a>,
    /// Where the client has to connect to.
    pub address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    record: Record,
    /// How many more of the client's bytes are passed on.
    passes: usize,
    /// Whether the bytes after them are thrown away.
    lost: bool,
    /// How many sides have ended.
    ended: usize,
}

impl<'s, 'a> Tap<'s, 'a> {
    /// Stands between the next client and `server`.
    ///
    /// # Errors
    /// When there is no port for it.
    pub fn on(stage: &'s Stage<'a>, server: SocketAddr) -> Played<Self> {
        Self::holding_after(stage, server, usize::MAX)
    }

    /// The same, and passes on no more than `passes` of the client's bytes until it is
    /// told what to do with the rest.
    ///
    /// # Errors
    /// When there is no port for it.
    pub fn holding_after(
        stage: &'s Stage<'a>,
        server: SocketAddr,
        passes: usize,
    ) -> Played<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        stage.name(&address.to_string(), "127.0.0.1:<tap>");
        let quiet = State { record: Vec::new(), passes, lost: false, ended: 0 };
        let shared = Arc::new((Mutex::new(quiet), Condvar::new()));
        let theirs = Arc::clone(&shared);
        thread::spawn(move || -> std::io::Result<()> {
            let (client, _) = listener.accept()?;
            let server = TcpStream::connect(server)?;
            for stream in [&client, &server] {
                stream.set_nodelay(true)?;
            }
            let (from, to) = (client.try_clone()?, server.try_clone()?);
            let shared = Arc::clone(&theirs);
            thread::spawn(move || pass_on(Speaker::Client, &from, &to, &shared));
            pass_on(Speaker::Server, &server, &client, &theirs);
            Ok(())
        });
        Ok(Self { stage, address, shared })
    }

    /// Waits until all that it may pass on has been passed on.
    ///
    /// # Errors
    /// When the client does not send that much.
    pub fn holds(&self) -> Played {
        self.wait("the tap to hold", |state| state.passes == 0)
    }

    /// Waits until one side has ended, and the other has been told.
    ///
    /// # Errors
    /// When none ends.
    pub fn sees_an_end(&self) -> Played {
        self.wait("one side to end", |state| state.ended > 0)
    }

    /// From now on passes on what it held back.
    pub fn passes_the_rest(&self) {
        lock(&self.shared).passes = usize::MAX;
        self.shared.1.notify_all();
    }

    /// From now on throws away what it held back.
    pub fn loses_the_rest(&self) {
        lock(&self.shared).lost = true;
        self.shared.1.notify_all();
    }

    /// What both sides said, once both have ended.
    ///
    /// # Errors
    /// When they do not end.
    pub fn record(&self) -> Played<Record> {
        self.wait("both sides to end", |state| state.ended == 2)?;
        Ok(lock(&self.shared).record.clone())
    }

    fn wait(&self, what: &str, until: fn(&State) -> bool) -> Played {
        let deadline = Instant::now() + self.stage.patience();
        let mut state = lock(&self.shared);
        while !until(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.stage.fail(what));
            }
            let woken = self.shared.1.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

impl Drop for Tap<'_, '_> {
    fn drop(&mut self) {
        self.loses_the_rest();
    }
}

/// Passes on what `from` says until it ends, and then ends `to`.
fn pass_on(
    speaker: Speaker,
    mut from: &TcpStream,
    mut to: &TcpStream,
    shared: &(Mutex<State>, Condvar),
) {
    let mut buffer = [0; 4096];
    'stream: while let Ok(length @ 1..) = from.read(&mut buffer) {
        let mut bytes = &buffer[..length];
        while !bytes.is_empty() {
            let length = match speaker {
                Speaker::Client => may_pass(bytes.len(), shared),
                Speaker::Server => bytes.len(),
            };
            let (now, later) = bytes.split_at(length);
            // Written down before it is passed on: the answer comes after it.
            lock(shared).record.push((speaker, now.to_vec()));
            if to.write_all(now).is_err() {
                break 'stream;
            }
            bytes = if length == 0 { &[] } else { later };
        }
    }
    // Fails only when that side is gone already.
    let _ = to.shutdown(Shutdown::Write);
    lock(shared).record.push((speaker, Vec::new()));
    lock(shared).ended += 1;
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
