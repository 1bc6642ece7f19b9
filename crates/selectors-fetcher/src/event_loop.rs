//! The loop: waits until sockets are ready and calls their fetches back.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use polling::{Events, Poller};
use socket2::{Domain, Socket, Type};

use crate::Cli;
use crate::fetch::{Callback, Fetch};
use crate::url::Url;

/// What holds us up for less is not made good.
const A_MOMENT: Duration = Duration::from_millis(1);

// ANCHOR: run
/// Fetches `urls` and calls `finished` with each fetch that is over, in the order in
/// which they finish. Returns how often it waited.
pub fn run(
    poller: &Rc<Poller>,
    urls: Vec<Url>,
    cli: &Rc<Cli>,
    finished: impl FnMut(&Fetch, Result<(), String>),
) -> io::Result<usize> {
    let mut fetches = Fetches {
        to_do: urls.into_iter().enumerate().collect(),
        running: BTreeMap::new(),
        room: cli.concurrency as usize,
        poller: Rc::clone(poller),
        cli: Rc::clone(cli),
        finished,
    };
    let mut events = Events::new();
    let mut waits = 0;
    loop {
        fetches.begin();
        if fetches.running.is_empty() {
            return Ok(waits);
        }
        fetches.wait(&mut events)?;
        waits += 1;
    }
}
// ANCHOR_END: run

/// All fetches that are not over.
struct Fetches<F> {
    to_do: VecDeque<(usize, Url)>,
    /// By the key under which they are registered.
    running: BTreeMap<usize, Fetch>,
    /// How many may run.
    room: usize,
    poller: Rc<Poller>,
    cli: Rc<Cli>,
    finished: F,
}

impl<F: FnMut(&Fetch, Result<(), String>)> Fetches<F> {
    /// Begins as many as there is room for.
    fn begin(&mut self) {
        while self.running.len() < self.room
            && let Some((key, url)) = self.to_do.pop_front()
        {
            let (poller, cli) = (Rc::clone(&self.poller), Rc::clone(&self.cli));
            let mut fetch = Fetch::new(url, key, poller, cli);
            let before = Instant::now();
            let outcome = fetch.advance(Fetch::begin);
            self.make_good(before.elapsed());
            match outcome {
                None => _ = self.running.insert(key, fetch),
                // Its turn comes when one of the others has finished.
                Some(Err(_))
                    if !self.running.is_empty() && descriptors_are_used_up() =>
                {
                    self.to_do.push_front((key, fetch.url));
                    self.room = self.running.len();
                }
                Some(outcome) => (self.finished)(&fetch, outcome),
            }
        }
    }

    // ANCHOR: wait
    /// Waits until sockets are ready or somebody has waited too long, and calls those
    /// whom it concerns.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        // STEP 4: wait until something is ready or overdue, and call whom it concerns
        let until = self.running.values().map(|fetch| fetch.until);
        // Nothing takes longer than until the soonest of these.
        let soonest = until.min().unwrap_or_else(Instant::now);

        // What the last wait told is not kept.
        events.clear();
        self.poller.wait_deadline(events, soonest)?;

        let awake = Instant::now();
        for event in events.iter() {
            self.advance(event.key, Fetch::call_back);
        }
        self.make_good(awake.elapsed());
        // After the events: what has come in time counts, even if we come late for it.
        let now = Instant::now();
        let overdue = self.running.iter().filter(|(_, fetch)| fetch.until <= now);
        for key in overdue.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.advance(key, Fetch::is_overdue);
        }
        self.make_good(now.elapsed());
        Ok(())
    }

    /// Lets the fetch of this key take a step, and forgets it if that was its last.
    fn advance(&mut self, key: usize, step: Callback) {
        if let Some(fetch) = self.running.get_mut(&key)
            && let Some(outcome) = fetch.advance(step)
        {
            (self.finished)(fetch, outcome);
            self.running.remove(&key);
        }
    }
    // ANCHOR_END: wait

    /// While a name was looked up, or nobody read what we print, no other fetch could get
    /// on. Their servers are not to blame.
    fn make_good(&mut self, held_up: Duration) {
        if held_up > A_MOMENT {
            for fetch in self.running.values_mut() {
                fetch.gets_more_time(held_up);
            }
        }
    }
}

/// A look-up and a connect can each fail for lack of one, and the look-up does not say.
pub fn descriptors_are_used_up() -> bool {
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
