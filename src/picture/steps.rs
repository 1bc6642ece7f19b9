//! What a program does, as the story needs it: its calls about one connection, in words.

use super::strace::{Call, Threads, connection};
use crate::scene::bytes::counted;

/// What a step is to the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Nothing.
    Alone,
    /// A connection for the listener's queue.
    Connect,
    /// A wait until somebody is in that queue.
    AwaitClient,
    /// One out of that queue.
    Accept,
    /// So many bytes.
    Send(usize),
    /// A wait for bytes, or for the end of the stream.
    AwaitBytes,
    /// So many bytes; 0 is the end of the stream.
    Receive(usize),
    /// The end of our side.
    End,
    /// A thread, and what it does.
    Spawn(Vec<Step>),
    /// What the user types.
    Input,
    /// Lines of a file that has a lifeline of its own.
    Load,
    /// A wait that did not end.
    Never,
}

/// A call, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is to the others.
    pub act: Act,
    /// The call, a colon, and what is to be said of it: what was found, or what was
    /// asked, an arrow, and what was found.
    pub text: String,
    /// What it sent or received: the first bytes.
    pub bytes: Vec<u8>,
    /// When it began, in seconds.
    pub start: f64,
}

impl Step {
    /// What is said of it once it no longer waits.
    pub fn returning(&self) -> String {
        match (self.text.split_once(": "), self.text.split_once(" -> ")) {
            (Some((call, _)), Some((_, found))) => format!("{call}: {found}"),
            _ => self.text.clone(),
        }
    }

    /// What is said of it while it waits.
    pub fn waiting(&self) -> String {
        let (call, said) = self.text.split_once(": ").unwrap_or((&self.text, ""));
        match said.split_once(" -> ") {
            Some((asked, _)) => format!("{call}: {asked}, waits"),
            None if self.act == Act::Input => format!("{call}: waits for its user"),
            None => format!("{call}: waits"),
        }
    }
}

/// Names for the files that are not left out, by what their paths contain.
const FILES: [(&str, &str); 4] = [
    ("/etc/hosts", "/etc/hosts"),
    (".file-transfer-", "the unfinished file"),
    ("mashiro.jpg", "mashiro.jpg"),
    ("/received", "the folder"),
];

/// The steps of each program, which are those of its main thread, in the order in which
/// they were started.
pub fn of_programs(threads: &Threads) -> impl Iterator<Item = Vec<Step>> {
    let is_main =
        |calls: &&Vec<Call>| calls.first().is_some_and(|call| call.name == "execve");
    threads.values().filter(is_main).map(|main| {
        let told = main.iter().flat_map(|call| [call.argument(0), &call.result]);
        // Whoever uses TCP may ring a bell by UDP.
        let connection = told.filter_map(connection).min_by_key(|one| is_udp(one));
        Reader { threads, connection, ended: false }.read(main)
    })
}

/// The steps of the guide, which is at the other end of a program with these steps.
pub fn of_guide(steps: &[Step]) -> Vec<Step> {
    let counterpart = |step: &Step| {
        let (act, text) = match step.act {
            Act::Send(n) => (Act::Receive(n), format!("receives {}", counted(n))),
            Act::End => (Act::Receive(0), "receives the end".to_owned()),
            Act::Receive(n @ 1..) => (Act::Send(n), format!("sends {}", counted(n))),
            _ => return None,
        };
        Some(Step { act, text, ..step.clone() })
    };
    steps.iter().filter_map(counterpart).collect()
}

/// Puts in words the calls of a program that are about its connection.
struct Reader<'t> {
    threads: &'t Threads,
    /// The first one, which is the one that the picture is about.
    connection: Option<&'t str>,
    /// Whether our side of it has ended.
    ended: bool,
}

impl<'t> Reader<'t> {
    fn read(&mut self, calls: &'t [Call]) -> Vec<Step> {
        let steps = calls.iter().zip(1..).filter_map(|(call, next)| {
            let (act, text) = self.step(call, &calls[next..])?;
            Some(Step { act, text, bytes: call.bytes(1), start: call.start })
        });
        steps.collect()
    }

    fn step(&mut self, call: &Call, later: &[Call]) -> Option<(Act, String)> {
        let subject = call.argument(0);
        let file_in = |index| file(&call.text(index));
        let step = match call.name.as_str() {
            "clone" | "clone3" => {
                let steps = self.read(self.threads.get(&call.result.parse().ok()?)?);
                // A thread that is there for another connection has none.
                steps.first()?;
                (Act::Spawn(steps), "clone: a thread".into())
            }
            "socket" if is_tcp(&call.result) => {
                // Not the one that is there to wake the server at Ctrl-C.
                later.iter().find(|next| {
                    ["bind", "connect"].contains(&next.name.as_str())
                        && next.argument(0) == call.result
                })?;
                (Act::Alone, "socket".into())
            }
            "bind" if is_tcp(subject) => (Act::Alone, "bind: 127.0.0.1:<port>".into()),
            "listen" => (Act::Alone, format!("listen: backlog {}", call.argument(1))),
            "connect" if call.result.contains("EINPROGRESS") => {
                (Act::Connect, "connect: in progress".into())
            }
            "connect" if is_tcp(subject) => (Act::Connect, "connect".into()),
            "accept4" if call.result == "?" => (Act::Never, "accept".into()),
            "accept4" if call.result.contains("EAGAIN") => {
                (Act::Alone, "accept: nobody more".into())
            }
            "accept4" if self.is_ours(&call.result) => {
                (Act::Accept, "accept: returns a new socket".into())
            }
            "select" | "pselect6" => self.select(call),
            "epoll_ctl" if is_tcp(call.argument(2)) => {
                let text = match (call.argument(1), event(call.argument(3))) {
                    ("EPOLL_CTL_ADD", event) => format!("epoll_ctl: add, {event}"),
                    ("EPOLL_CTL_MOD", event) => format!("epoll_ctl: change, {event}"),
                    _ => "epoll_ctl: delete".into(),
                };
                (Act::Alone, text)
            }
            "epoll_wait" | "epoll_pwait" if call.argument(1).contains("EPOLL") => {
                let event = event(call.argument(1));
                // There is room for bytes as soon as there is a connection.
                let waits = event == "readable";
                let act = if waits { Act::AwaitBytes } else { Act::Alone };
                (act, format!("epoll_wait: it is {event}"))
            }
            "read" if subject.starts_with("0<") => {
                let typed = call.text(1);
                let said = match typed.trim_end() {
                    "" => "the end of its input",
                    line => file(line).unwrap_or(line),
                };
                (Act::Input, format!("read: {said}"))
            }
            "read" if call.result == "0" => {
                (Act::Alone, format!("read: the end of {}", file_in(0)?))
            }
            "read" => {
                // Without a connection, the other side is the file.
                let alone = self.connection.is_some();
                let act = if alone { Act::Alone } else { Act::Load };
                (act, format!("read: {}", file_in(0)?))
            }
            "openat" => (Act::Alone, format!("open: {}", file_in(1)?)),
            "fsync" => (Act::Alone, format!("fsync: {}", file_in(0)?)),
            "linkat" => (Act::Alone, format!("linkat: {}", file_in(3)?)),
            _ if !self.is_ours(subject) => return None,
            "getsockopt" if call.argument(2) == "SO_ERROR" => {
                (Act::Alone, "getsockopt: no error".into())
            }
            "sendto" => {
                let sent = call.result.parse().ok()?;
                (Act::Send(sent), format!("send: {}", counted(sent)))
            }
            "recvfrom" if is_udp(subject) && call.result.contains("EAGAIN") => {
                (Act::Alone, "recv: in vain, until the time is up".into())
            }
            // It fails if it is but a look, whether something was said out of turn.
            "recvfrom" => match call.result.parse().ok()? {
                0 => (Act::Receive(0), "recv: returns 0, the end".into()),
                got => (Act::Receive(got), format!("recv: returns {got}")),
            },
            "shutdown" if call.argument(1) == "SHUT_WR" && !self.ended => {
                self.ended = true;
                (Act::End, "shutdown: I send no more".into())
            }
            // As long as there is a copy of the descriptor, nobody hears of it.
            "close" if !later.iter().any(|next| self.is_ours(next.argument(0))) => {
                let is_over = self.ended || is_udp(subject);
                let act = if is_over { Act::Alone } else { Act::End };
                (act, "close".into())
            }
            _ => return None,
        };
        Some(step)
    }

    /// `select` of a set, `[3<TCP:[...]> 4<UDP:[...]>]`: `1 (in [3])` is readable.
    fn select(&self, call: &Call) -> (Act, String) {
        let set = call.argument(1).trim_start_matches('[').split(' ');
        let name = |socket| match socket {
            _ if self.is_ours(socket) => "client-1",
            _ if is_tcp(socket) => "listener",
            _ => "Ctrl-C",
        };
        let asked: Vec<_> = set.clone().map(name).collect();
        let asked = asked.join(", ");
        let Some((_, found)) = call.result.split_once("in [") else {
            return (Act::Never, format!("select: {asked} -> "));
        };
        let is_found = |socket: &&str| {
            let number = socket.split('<').next();
            found.split([' ', ']']).any(|found| Some(found) == number)
        };
        let found: Vec<_> = set.filter(is_found).map(name).collect();
        let client = found.contains(&"listener");
        let act = if client { Act::AwaitClient } else { Act::AwaitBytes };
        (act, format!("select: {asked} -> readable: {}", found.join(", ")))
    }

    fn is_ours(&self, descriptor: &str) -> bool {
        let ends = connection(descriptor);
        ends.is_some() && ends == self.connection
    }
}

fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(part, _)| path.contains(part)).map(|(_, name)| *name)
}

fn is_tcp(descriptor: &str) -> bool {
    descriptor.contains("<TCP")
}

fn is_udp(descriptor: &str) -> bool {
    descriptor.contains("UDP")
}

/// What an interest is in, or what was found.
fn event(events: &str) -> &'static str {
    if events.contains("EPOLLOUT") { "writable" } else { "readable" }
}
