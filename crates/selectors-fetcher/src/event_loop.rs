//! The loop: waits until sockets are ready and calls their fetches back.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;
use std::time::Instant;

use polling::{Events, Poller};
use socket2::{Domain, Socket, Type};

use crate::Cli;
use crate::fetch::Fetch;
use crate::url::Url;

// ANCHOR: run
/// Fetches `urls` and calls `finished` with each fetch that is over, in the order in
/// which they finish. Returns how often it waited.
pub fn run(
    poller: &Rc<Poller>,
    urls: Vec<Url>,
    cli: &Rc<Cli>,
    mut finished: impl FnMut(&Fetch, Result<(), String>),
) -> io::Result<usize> {
    let mut to_do: VecDeque<_> = urls.into_iter().enumerate().collect();
    let mut running = BTreeMap::new();
    let mut room = cli.concurrency as usize;
    let mut events = Events::new();
    let mut waits = 0;

    loop {
        while running.len() < room
            && let Some((key, url)) = to_do.pop_front()
        {
            let mut fetch = Fetch::new(url, key, Rc::clone(poller), Rc::clone(cli));
            match fetch.advance(Fetch::begin) {
                None => _ = running.insert(key, fetch),
                // Its turn comes when one of the others has finished.
                Some(Err(_)) if !running.is_empty() && descriptors_are_used_up() => {
                    to_do.push_front((key, fetch.url));
                    room = running.len();
                }
                Some(outcome) => finished(&fetch, outcome),
            }
        }
        // Nothing takes longer than until the soonest of these.
        let Some(soonest) = running.values().map(|fetch| fetch.until).min() else {
            return Ok(waits);
        };

        // Waits until a socket is ready. What the last wait told is not kept.
        events.clear();
        poller.wait_deadline(&mut events, soonest)?;
        waits += 1;

        let mut advance = |running: &mut BTreeMap<usize, Fetch>, key, step| {
            if let Some(fetch) = running.get_mut(&key)
                && let Some(outcome) = fetch.advance(step)
            {
                finished(fetch, outcome);
                running.remove(&key);
            }
        };
        for event in events.iter() {
            advance(&mut running, event.key, Fetch::call_back);
        }
        // After the events: what has come in time counts, even if we come late for it.
        let now = Instant::now();
        let overdue = running.iter().filter(|(_, fetch)| fetch.until <= now);
        for key in overdue.map(|(key, _)| *key).collect::<Vec<_>>() {
            advance(&mut running, key, Fetch::is_overdue);
        }
    }
}
// ANCHOR_END: run

/// A look-up and a connect can each fail for lack of one, and the look-up does not say.
fn descriptors_are_used_up() -> bool {
    let code = Socket::new(Domain::IPV4, Type::STREAM, None)
        .err()
        .and_then(|error| error.raw_os_error());
    code.is_some_and(|code| USED_UP.contains(&code))
}

/// By this program, and by the whole system.
#[cfg(unix)]
const USED_UP: [i32; 2] = [libc::EMFILE, libc::ENFILE];
/// `WSAEMFILE` and `WSAENOBUFS`.
#[cfg(not(unix))]
const USED_UP: [i32; 2] = [10024, 10055];

/// What this system waits with.
pub const MECHANISM: &str = if cfg!(any(target_os = "linux", target_os = "android")) {
    "epoll"
} else if cfg!(windows) {
    "IOCP"
} else if cfg!(any(target_os = "illumos", target_os = "solaris")) {
    "event ports"
} else {
    "kqueue"
};
