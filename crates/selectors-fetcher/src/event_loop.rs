//! The loop: waits until sockets are ready, and calls back whom it concerns.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::Instant;

use polling::{Event, Events, Poller};

use crate::complain;
use crate::fetch::{Callback, Fetch, When, connect};

/// Carries out all `fetches`, no more than `most` at the same time, and calls `finished`
/// with each that is over. Returns how often it waited.
pub fn run(
    mut fetches: impl Iterator<Item = Fetch>,
    most: usize,
    mut finished: impl FnMut(&Fetch, io::Result<()>) -> io::Result<()>,
) -> io::Result<usize> {
    // What is declared last is dropped first: no socket is closed while the poller knows it.
    let mut waiting: BTreeMap<usize, (Fetch, TcpStream, Callback)> = BTreeMap::new();
    let poller = Poller::new()?;
    let mut events = Events::new();
    let mut waits = 0;
    loop {
        // Whose turn it is, and what came of it: of those that are new, a connect.
        let mut turns = Vec::new();
        for mut fetch in fetches.by_ref().take(most - waiting.len()) {
            let next = connect(&mut fetch);
            turns.push((fetch, next));
        }
        if turns.is_empty() {
            // Nothing takes longer than until the soonest of these.
            let until = waiting.values().map(|(fetch, ..)| fetch.until).min();
            let Some(until) = until else { return Ok(waits) };
            events.clear();
            poller.wait_deadline(&mut events, until)?;
            waits += 1;
            for event in events.iter() {
                if let Some((mut fetch, socket, callback)) = waiting.remove(&event.key)
                {
                    poller.delete(&socket)?;
                    let next = callback(&mut fetch, socket);
                    turns.push((fetch, next));
                }
            }
            let now = Instant::now();
            // These come last: what is there in time counts, even if we are late for it.
            let late = waiting.iter().filter(|(_, (fetch, ..))| fetch.until <= now);
            for key in late.map(|(key, _)| *key).collect::<Vec<_>>() {
                if let Some((fetch, socket, _)) = waiting.remove(&key) {
                    poller.delete(&socket)?;
                    turns.push((fetch, Err(ErrorKind::TimedOut.into())));
                }
            }
        }
        for (mut fetch, mut next) in turns {
            // As long as it is not connected, another address may do.
            while let Err(error) = &next
                && fetch.addresses.len() > 1
            {
                complain(&format!("{}: {}", fetch.url, fetch.why(error)));
                fetch.addresses.pop_front();
                next = connect(&mut fetch);
            }
            match next {
                Ok(Some(_)) if fetch.until <= Instant::now() => {
                    finished(&fetch, Err(ErrorKind::TimedOut.into()))?;
                }
                Ok(Some(When(socket, event, callback))) => {
                    register(&poller, &socket, event(fetch.key))?;
                    waiting.insert(fetch.key, (fetch, socket, callback));
                }
                Ok(None) => finished(&fetch, Ok(()))?,
                Err(error) => finished(&fetch, Err(error))?,
            }
        }
    }
}

/// Tells once when the socket is ready.
#[allow(unsafe_code)]
fn register(poller: &Poller, socket: &TcpStream, event: Event) -> io::Result<()> {
    // SAFETY: it is kept in `waiting`, from which none is taken without `delete`.
    unsafe { poller.add(socket, event) }
}
