//! What a trace tells, put in order: who does what, what travels, and who waits while.
//!
//! Two clocks that tick by themselves cannot say what came first; what can be said is
//! that nothing is received before it was sent. So the story is told from cause to
//! effect: one side goes on until it has to wait, then the other. That order is the same
//! in each run, however the system shared its processors out.

use std::collections::VecDeque;

use super::steps::{Act, Ready, Step};

/// A lifeline: a thread, or a program whose threads share it.
pub struct Lifeline {
    /// What stands above it.
    pub name: String,
    /// The threads, the main one first.
    pub threads: Vec<Thread>,
}

/// A thread of a traced program, and how far its story is told.
pub struct Thread {
    /// Its number.
    pub number: i64,
    /// What it does.
    pub steps: VecDeque<Step>,
    /// Whether it runs yet: another one has to start it.
    pub started: bool,
    /// Whether it was told that it waits.
    waits: bool,
}

impl Thread {
    /// A thread that has done nothing yet.
    pub fn new(number: i64, steps: VecDeque<Step>, started: bool) -> Self {
        Self { number, steps, started, waits: false }
    }
}

/// A line of the picture: what happens on each lifeline, and what travels.
#[derive(Debug, Default)]
pub struct Row {
    /// By lifeline.
    pub cells: Vec<Cell>,
    /// What goes from one side to the other.
    pub wire: Option<Wire>,
}

/// A lifeline in one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What it does, if anything.
    pub text: String,
    /// Whether it is blocked before and after.
    pub waits: bool,
}

/// What travels.
#[derive(Debug)]
pub struct Wire {
    /// Whether it goes to the right, where the clients are.
    pub to_the_right: bool,
    /// What it is, where it is no bytes.
    pub note: &'static str,
    /// The first bytes, and how many there are.
    pub bytes: Vec<u8>,
    pub length: usize,
}

/// One direction of the connection.
#[derive(Clone, Copy, Default)]
struct Direction {
    sent: usize,
    received: usize,
    ended: bool,
}

/// The story of one connection: its lifelines are those of the server, and then that of
/// the client.
pub struct Story {
    lifelines: Vec<Lifeline>,
    /// How many of the lifelines are the server's.
    servers: usize,
    /// Connections that wait to be accepted.
    queue: usize,
    connected: bool,
    /// To the right, and to the left.
    directions: [Direction; 2],
    rows: Vec<Row>,
    late: Option<String>,
}

impl Story {
    pub fn new(lifelines: Vec<Lifeline>, servers: usize) -> Self {
        let directions = [Direction::default(); 2];
        Self {
            lifelines,
            servers,
            queue: 0,
            connected: false,
            directions,
            rows: Vec::new(),
            late: None,
        }
    }

    /// Tells it to its end: the names of the lifelines, the rows, and a step that began
    /// too late in this run to be seen waiting.
    pub fn tell(mut self) -> (Vec<String>, Vec<Row>, Option<String>) {
        let mut left = true;
        loop {
            let moved = [left, !left].into_iter().find(|side| self.goes_on(*side));
            match moved {
                Some(side) => left = side,
                None if self.played_side_speaks() || self.user_types() => {}
                None => break,
            }
        }
        let names = self.lifelines.into_iter().map(|line| line.name).collect();
        (names, self.rows, self.late)
    }

    /// The lifelines of a side.
    fn side(&self, left: bool) -> std::ops::Range<usize> {
        if left { 0..self.servers } else { self.servers..self.lifelines.len() }
    }

    /// Lets the first thread of this side that can go on take its step. Those that
    /// cannot are told to wait.
    fn goes_on(&mut self, left: bool) -> bool {
        for line in self.side(left) {
            // A thread that was just started comes before the one that started it.
            for thread in (0..self.lifelines[line].threads.len()).rev() {
                let this = &self.lifelines[line].threads[thread];
                let Some(step) = this.steps.front().filter(|_| this.started) else {
                    continue;
                };
                if matches!(step.act, Act::Input) {
                    continue;
                }
                if self.can(&step.act, left) {
                    self.take(line, thread);
                    return true;
                }
                self.wait(line, thread);
            }
        }
        false
    }

    fn can(&self, act: &Act, left: bool) -> bool {
        let incoming = self.directions[usize::from(left)];
        let unread = incoming.sent - incoming.received;
        match act {
            Act::Accept => self.queue > 0,
            Act::Receive(0) => incoming.ended && unread == 0,
            Act::Receive(length) => unread >= *length,
            Act::Poll(ready) => ready.iter().all(|ready| match ready {
                Ready::Client => self.queue > 0,
                Ready::Bytes => unread > 0 || incoming.ended,
                Ready::Room => self.connected,
            }),
            Act::Input | Act::Never => false,
            _ => true,
        }
    }

    fn wait(&mut self, line: usize, thread: usize) {
        let thread = &mut self.lifelines[line].threads[thread];
        if !thread.waits {
            thread.waits = true;
            let text = thread.steps[0].waiting();
            self.row(line, text, None);
        }
    }

    /// Takes the next step of a thread, and wakes who waited for it.
    fn take(&mut self, line: usize, thread: usize) {
        let left = line < self.servers;
        let this = &mut self.lifelines[line].threads[thread];
        this.waits = false;
        let Some(step) = this.steps.pop_front() else { return };
        // Once both sides have ended, each may look once more, or be told that there is
        // nothing to look at: which, is a matter of luck.
        if step.act == Act::Receive(0) && self.directions.iter().all(|way| way.ended) {
            return;
        }
        let wire = self.change(&step, left);
        if let Act::Spawn(number) = step.act {
            self.start(number);
            if !self.is_shown(number) {
                return;
            }
        }
        let travels = wire.is_some();
        self.row(line, step.text.clone(), wire);
        if travels && self.other_side_is_played() {
            self.is_received(&step.act);
        } else if travels {
            self.wake(!left, step.start);
        }
    }

    /// Whether the last lifeline is not that of a traced program.
    fn other_side_is_played(&self) -> bool {
        self.lifelines.last().is_some_and(|line| line.threads.is_empty())
    }

    /// What the guide's own side does, as its scene has seen it.
    fn is_received(&mut self, act: &Act) {
        let text = match act {
            Act::Send(length) => format!("receives {length} bytes"),
            Act::End => "receives the end".to_owned(),
            _ => return,
        };
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            cell.text = text;
        }
    }

    /// What a step does to the connection, and what travels by it.
    fn change(&mut self, step: &Step, left: bool) -> Option<Wire> {
        let note = |note| {
            let bytes = Vec::new();
            Some(Wire { to_the_right: left, note, bytes, length: 0 })
        };
        match step.act {
            Act::Connect => {
                self.queue += 1;
                self.connected = true;
                note("SYN, SYN+ACK back, ACK")
            }
            Act::Accept => {
                self.queue -= 1;
                None
            }
            Act::Send(length) => {
                self.directions[usize::from(!left)].sent += length;
                let bytes = step.bytes.clone();
                Some(Wire { to_the_right: left, note: "", bytes, length })
            }
            Act::Receive(length) => {
                self.directions[usize::from(left)].received += length;
                None
            }
            Act::End => {
                self.directions[usize::from(!left)].ended = true;
                note("FIN")
            }
            // Out of a file that has a lifeline of its own.
            Act::Load if self.other_side_is_played() => Some(Wire {
                to_the_right: false,
                note: "its lines",
                bytes: Vec::new(),
                length: 0,
            }),
            _ => None,
        }
    }

    /// Those of a side that waited for what has just come go on in the same row.
    fn wake(&mut self, left: bool, sent: f64) {
        for line in self.side(left) {
            for thread in 0..self.lifelines[line].threads.len() {
                let this = &self.lifelines[line].threads[thread];
                let Some(step) = this.steps.front().filter(|_| this.waits) else {
                    continue;
                };
                if !self.can(&step.act, left) {
                    continue;
                }
                let text = step.returning();
                if step.start > sent {
                    self.late = Some(text.clone());
                }
                let this = &mut self.lifelines[line].threads[thread];
                this.waits = false;
                if let Some(step) = this.steps.pop_front() {
                    self.change(&step, left);
                }
                if let Some(row) = self.rows.last_mut() {
                    row.cells[line] = Cell { text, waits: false };
                }
                return;
            }
        }
    }

    /// When all wait and one side is the guide, it is that side's turn: it says what the
    /// other one was then heard to receive.
    fn played_side_speaks(&mut self) -> bool {
        if !self.other_side_is_played() {
            return false;
        }
        let played = self.lifelines.len() - 1;
        let steps = self.lifelines[0].threads.iter().flat_map(|thread| &thread.steps);
        let next = steps.clone().find(|step| matches!(step.act, Act::Receive(1..)));
        let (Some(step), true) = (next, self.connected) else { return false };
        let Act::Receive(length) = step.act else { return false };
        let step = Step {
            act: Act::Send(length),
            text: format!("sends {length} bytes"),
            bytes: step.bytes.clone(),
            start: step.start,
        };
        let wire = self.change(&step, false);
        self.row(played, step.text, wire);
        // The guide waits for the line that tells of each step before it goes on.
        self.wake(true, f64::INFINITY);
        true
    }

    /// Nobody has anything left to do but to wait for the user.
    fn user_types(&mut self) -> bool {
        for line in 0..self.lifelines.len() {
            let threads = &self.lifelines[line].threads;
            let typed = |thread: &Thread| {
                thread.steps.front().is_some_and(|step| matches!(step.act, Act::Input))
            };
            if let Some(thread) = threads.iter().position(typed) {
                if self.lifelines[line].threads[thread].waits {
                    self.take(line, thread);
                } else {
                    self.wait(line, thread);
                }
                return true;
            }
        }
        false
    }

    fn start(&mut self, number: i64) {
        let threads = self.lifelines.iter_mut().flat_map(|line| &mut line.threads);
        for thread in threads.filter(|thread| thread.number == number) {
            thread.started = true;
        }
    }

    /// Whether a thread has a lifeline of its own.
    fn is_shown(&self, number: i64) -> bool {
        let first = |line: &Lifeline| line.threads.first().map(|thread| thread.number);
        self.lifelines.iter().any(|line| first(line) == Some(number))
    }

    fn row(&mut self, line: usize, text: String, wire: Option<Wire>) {
        let cells = self.lifelines.iter().map(|line| Cell {
            text: String::new(),
            waits: line.threads.iter().any(|thread| thread.waits),
        });
        let mut cells: Vec<_> = cells.collect();
        cells[line].text = text;
        self.rows.push(Row { cells, wire });
    }
}
