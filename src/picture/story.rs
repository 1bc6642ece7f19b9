//! What a trace tells, put in order: who does what, what travels, and who waits while.
//!
//! Two clocks that tick by themselves cannot say what came first; what can be said is
//! that nothing is received before it was sent. So the story is told from cause to
//! effect: one side goes on until it has to wait, then the other. That order is the same
//! in each run, however the system shared its processors out.

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use super::steps::{Act, Step, of_guide};

/// A line of the picture: what happens on each lifeline, and what travels.
pub struct Row {
    /// By lifeline.
    pub cells: Vec<Cell>,
    /// What goes from one side to the other.
    pub wire: Option<Wire>,
}

/// A lifeline in one row.
pub struct Cell {
    /// What it does, if anything.
    pub text: String,
    /// Whether it is blocked before and after.
    pub waits: bool,
}

/// What travels.
pub struct Wire {
    /// Whether it goes to the right, where the client is.
    pub to_the_right: bool,
    /// What it is, where it is no bytes.
    pub note: &'static str,
    /// The first bytes.
    pub bytes: Vec<u8>,
}

/// A thread, or a client whose threads share it.
#[derive(Default)]
struct Lifeline {
    /// What it is still to do.
    steps: VecDeque<Step>,
    /// Whether it was told that it waits.
    waits: bool,
}

/// The story of one connection.
#[derive(Default)]
pub struct Story {
    /// What is told.
    pub rows: Vec<Row>,
    /// Whether a step came too late in this run to be seen waiting.
    pub late: bool,
    /// The server's main thread, then its thread for the client if there is one, and
    /// last the client.
    lifelines: Vec<Lifeline>,
    /// Whether the guide is the client. What it does is known from its peer: nobody has
    /// seen when it waits.
    guide: bool,
    /// How many connections wait to be accepted.
    queue: usize,
    /// How many bytes were sent to the right, and to the left, but not yet received.
    unread: [usize; 2],
    /// Whether nothing more is sent there.
    ended: [bool; 2],
}

impl Story {
    /// Tells what a server and its client do, on so many lifelines. A client without
    /// steps is the guide.
    pub fn new(server: Vec<Step>, client: Vec<Step>, lifelines: usize) -> Self {
        let guide = client.is_empty();
        let client = if guide { of_guide(&server) } else { client };
        let accepts = server.iter().any(|step| step.act == Act::Accept);
        let mut story = Self { guide, ..Self::default() };
        story.lifelines.resize_with(lifelines, Lifeline::default);
        story.lifelines[0].steps = server.into();
        // The threads of a client never wait, so they share its lifeline.
        let shared = client.into_iter().flat_map(|step| match step.act {
            Act::Spawn(steps) => steps,
            _ => vec![step],
        });
        story.lifelines[lifelines - 1].steps = shared.collect();
        story.tell();
        // A server waits for the next client when the scene ends.
        story.late |= accepts && !story.lifelines[0].waits;
        story
    }

    fn tell(&mut self) {
        let mut left = true;
        loop {
            let mut lines = self.side(left).chain(self.side(!left));
            let is_typed = |line: &usize| self.act(*line) == Some(&Act::Input);
            let typed = lines.clone().find(is_typed);
            if let Some(line) = lines.find(|line| self.goes_on(*line)) {
                // The guide waits for the line that tells of each step before it goes on.
                left = self.is_left(line) || self.guide;
            } else if let Some(line) = typed {
                // Nobody has anything left to do but to wait for the user.
                self.wait(line);
                self.take(line);
            } else {
                return;
            }
        }
    }

    /// Whether a lifeline stands on the left.
    fn is_left(&self, line: usize) -> bool {
        line + 1 < self.lifelines.len()
    }

    /// The lifelines of a side.
    fn side(&self, left: bool) -> Range<usize> {
        let client = self.lifelines.len() - 1;
        if left { 0..client } else { client..client + 1 }
    }

    /// What a lifeline is to do next.
    fn act(&self, line: usize) -> Option<&Act> {
        self.lifelines[line].steps.front().map(|step| &step.act)
    }

    /// Whether it can be done now.
    fn can(&self, line: usize) -> bool {
        let incoming = usize::from(self.is_left(line));
        let (unread, ended) = (self.unread[incoming], self.ended[incoming]);
        match self.act(line) {
            Some(Act::AwaitClient | Act::Accept) => self.queue > 0,
            Some(Act::AwaitBytes) => unread > 0 || ended,
            Some(Act::Receive(0)) => unread == 0 && ended,
            Some(Act::Receive(length)) => unread >= *length,
            None | Some(Act::Input | Act::Never) => false,
            _ => true,
        }
    }

    /// Lets a lifeline take its next step, if it can. If it cannot, it is told to wait.
    fn goes_on(&mut self, line: usize) -> bool {
        let can = self.can(line);
        if can {
            self.take(line);
        } else if self.act(line).is_some_and(|act| *act != Act::Input) {
            self.wait(line);
        }
        can
    }

    fn wait(&mut self, line: usize) {
        let is_guide = self.guide && !self.is_left(line);
        let this = &mut self.lifelines[line];
        if !this.waits && !is_guide {
            this.waits = true;
            let text = this.steps[0].waiting();
            self.row(vec![(line, text)], None);
        }
    }

    /// Takes the next step of a lifeline. Who waited for it goes on in the same row.
    fn take(&mut self, line: usize) {
        let left = self.is_left(line);
        let Some(step) = self.next(line) else { return };
        // Once both sides have ended, each may look once more, or be told that there is
        // nothing to look at: which, is a matter of luck.
        if step.act == Act::Receive(0) && self.ended == [true; 2] {
            return;
        }
        let wire = note(&step.act).map(|note| {
            let to_the_right = left && step.act != Act::Load;
            Wire { to_the_right, note, bytes: step.bytes }
        });
        let woken = self.side(!left).find(|other| {
            self.can(*other) && (self.lifelines[*other].waits || self.guide)
        });
        let mut texts = vec![(line, step.text)];
        if wire.is_some()
            && let Some(other) = woken
            && let Some(answer) = self.next(other)
        {
            texts.push((other, answer.returning()));
            self.late |= answer.start > step.start;
        }
        self.row(texts, wire);
    }

    /// The next step of a lifeline, and what it does to the connection.
    fn next(&mut self, line: usize) -> Option<Step> {
        let left = self.is_left(line);
        let (incoming, outgoing) = (usize::from(left), usize::from(!left));
        let this = &mut self.lifelines[line];
        this.waits = false;
        let mut step = this.steps.pop_front()?;
        match &mut step.act {
            Act::Connect => self.queue += 1,
            Act::Accept => self.queue -= 1,
            Act::Send(length) => self.unread[outgoing] += *length,
            Act::Receive(length) => self.unread[incoming] -= *length,
            Act::End => self.ended[outgoing] = true,
            Act::Spawn(steps) => self.lifelines[1].steps = mem::take(steps).into(),
            _ => {}
        }
        Some(step)
    }

    fn row(&mut self, texts: Vec<(usize, String)>, wire: Option<Wire>) {
        let cell = |line: &Lifeline| Cell { text: String::new(), waits: line.waits };
        let mut cells: Vec<_> = self.lifelines.iter().map(cell).collect();
        for (line, text) in texts {
            cells[line].text = text;
        }
        self.rows.push(Row { cells, wire });
    }
}

/// What travels by a step, if anything: bytes, or what there is to say instead.
fn note(act: &Act) -> Option<&'static str> {
    match act {
        Act::Connect => Some("SYN, SYN+ACK back, ACK"),
        Act::Send(_) => Some(""),
        Act::End => Some("FIN"),
        Act::Load => Some("its lines"),
        _ => None,
    }
}
