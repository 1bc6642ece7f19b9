//! What a thread does, as the story needs it: its calls about one connection, in words.

use std::collections::BTreeSet;

use super::strace::Call;

/// What a step is to the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Nothing.
    Alone,
    /// A connection for the listener's queue.
    Connect,
    /// One out of that queue.
    Accept,
    /// So many bytes.
    Send(usize),
    /// So many bytes; 0 is the end of the stream.
    Receive(usize),
    /// The end of our side.
    End,
    /// A wait for one of several things.
    Poll(Vec<Ready>),
    /// A thread of this number.
    Spawn(i64),
    /// What the user types.
    Input,
    /// Lines of a file.
    Load,
    /// A wait that did not end.
    Never,
}

/// What a wait for several things found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ready {
    /// Somebody in the listener's queue.
    Client,
    /// Bytes, or the end of the stream.
    Bytes,
    /// Room for bytes that we send.
    Room,
}

/// A call, in words.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is to the others.
    pub act: Act,
    /// The call, a colon, and what is to be said of it.
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
        match (&self.act, said.split_once(" -> ")) {
            (Act::Input, _) => format!("{call}: waits for its user"),
            (_, Some((asked, _))) => format!("{call}: {asked}, waits"),
            _ => format!("{call}: waits"),
        }
    }
}

/// The two ends that the picture is about, and how to name things.
pub struct Focus {
    /// Where the server listens, if it is traced.
    pub listener: Option<String>,
    /// The client's end of the connection.
    pub client: String,
    /// What a file is called, or none if it is left out.
    pub file: fn(&str) -> Option<&'static str>,
}

/// The steps of a program's threads that are about the connection.
pub struct Reader<'f> {
    focus: &'f Focus,
    /// The descriptors of our end that are open: a copy counts.
    open: BTreeSet<i64>,
    listener: Option<i64>,
    ended: bool,
}

impl<'f> Reader<'f> {
    pub fn new(focus: &'f Focus) -> Self {
        Self { focus, open: BTreeSet::new(), listener: None, ended: false }
    }

    /// The calls of a thread that matter, as steps. `socket` is told by what becomes of
    /// it.
    pub fn read(&mut self, calls: &[Call]) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            if let Some((act, text)) = self.step(call, &calls[index + 1..]) {
                let bytes = call.bytes(1);
                steps.push(Step { act, text, bytes, start: call.start });
            }
        }
        steps
    }

    fn step(&mut self, call: &Call, later: &[Call]) -> Option<(Act, String)> {
        let name = call.name.as_str();
        let failed = |code: &str| {
            call.result.as_ref().is_some_and(|result| result.contains(code))
        };
        let alone = |text: String| Some((Act::Alone, text));
        let first = call.arguments.first().map(String::as_str).unwrap_or_default();
        match name {
            "clone" => Some((Act::Spawn(call.number()?), "clone: a thread".to_owned())),
            "socket" => {
                let number = call.number()?;
                let next = later.iter().find(|next| {
                    ["listen", "connect"].contains(&next.name.as_str())
                        && next.descriptor(0) == Some(number)
                });
                next.filter(|next| is_ours(next))?;
                alone("socket".to_owned())
            }
            "bind" => {
                let number = call.descriptor(0)?;
                let listen = |next: &Call| {
                    next.name == "listen" && next.descriptor(0) == Some(number)
                };
                later.iter().any(listen).then_some(())?;
                alone("bind: 127.0.0.1:<port>".to_owned())
            }
            "listen" => {
                self.listener = call.descriptor(0);
                alone(format!("listen: backlog {}", call.arguments.get(1)?))
            }
            "connect" if is_ours(call) => {
                self.open.insert(call.descriptor(0)?);
                let how = if failed("EINPROGRESS") { ": in progress" } else { "" };
                Some((Act::Connect, format!("connect{how}")))
            }
            "accept" if call.descriptor(0) == self.listener => match &call.result {
                None => Some((Act::Never, "accept".to_owned())),
                Some(_) if failed("EAGAIN") => alone("accept: nobody more".to_owned()),
                Some(result) if self.is_focus(Call::ends(result)) => {
                    self.open.insert(call.number()?);
                    Some((Act::Accept, "accept: returns a new socket".to_owned()))
                }
                Some(_) => None,
            },
            "fcntl" if self.is_focus(call.connection()) => {
                if call.arguments.get(1)?.starts_with("F_DUPFD") {
                    self.open.insert(call.number()?);
                }
                None
            }
            "select" => self.select(call),
            "epoll_ctl" if self.is_watched(call) => alone(epoll_ctl(call)?),
            "epoll_wait" => epoll_wait(call),
            "read" if first.starts_with("0<") => {
                let typed = path(call, 1);
                let said = match typed.trim_end() {
                    "" => "the end of its input",
                    line => (self.focus.file)(line).unwrap_or(line),
                };
                Some((Act::Input, format!("read: {said}")))
            }
            "open" => alone(format!("open: {}", (self.focus.file)(&path(call, 1))?)),
            "read" | "fsync" => {
                let file = (self.focus.file)(&text_of(first.split_once('<')?.1))?;
                match (name, call.number()) {
                    ("read", Some(0)) => alone(format!("read: the end of {file}")),
                    ("read", _) => Some((Act::Load, format!("read: {file}"))),
                    _ => alone(format!("fsync: {file}")),
                }
            }
            "rename" => {
                alone(format!("rename: to {}", (self.focus.file)(&path(call, 3))?))
            }
            "statfs" => alone("statfs: the free space".to_owned()),
            _ if !self.is_focus(call.connection()) => None,
            "send" => {
                let length = usize::try_from(call.number()?).ok()?;
                Some((Act::Send(length), format!("send: {}", bytes(length))))
            }
            "getsockopt" if call.arguments.get(2)? == "SO_ERROR" => {
                alone("getsockopt: no error".to_owned())
            }
            "recv" => receive(call, failed("EAGAIN")),
            "shutdown" if call.arguments.get(1)? == "SHUT_WR" && !self.ended => {
                Some(self.end("shutdown: I send no more"))
            }
            "close" => {
                self.open.remove(&call.descriptor(0)?);
                if !self.open.is_empty() {
                    return None;
                }
                Some(self.end("close"))
            }
            _ => None,
        }
    }

    fn end(&mut self, text: &str) -> (Act, String) {
        let act = if self.ended { Act::Alone } else { Act::End };
        self.ended = true;
        (act, text.to_owned())
    }

    /// `select` of sets in which the listener or our connection is.
    fn select(&self, call: &Call) -> Option<(Act, String)> {
        let listener = self.focus.listener.as_deref()?;
        let set = |index: usize| call.arguments.get(index).map(String::as_str);
        let asked = self.members(set(1)?, listener);
        let Some(result) = &call.result else {
            return Some((Act::Never, format!("select: {asked} -> ")));
        };
        let found = self.descriptors(set(1)?, result, listener);
        let ready = found.iter().map(|name| match *name {
            "listener" => Ready::Client,
            _ => Ready::Bytes,
        });
        let text = format!("select: {asked} -> readable: {}", found.join(", "));
        Some((Act::Poll(ready.collect()), text))
    }

    /// The names of the sockets in a set.
    fn members(&self, set: &str, listener: &str) -> String {
        let names: Vec<_> =
            set.split(' ').filter_map(|socket| self.name(socket, listener)).collect();
        names.join(", ")
    }

    fn name(&self, socket: &str, listener: &str) -> Option<&'static str> {
        if self.is_focus(Call::ends(socket)) {
            Some("client-1")
        } else if socket.contains(&format!("[{listener}]")) {
            Some("listener")
        } else if socket.contains("<UDP") {
            Some("Ctrl-C")
        } else {
            None
        }
    }

    /// Those of a set whose numbers stand in `result`, `1 (in [6])`.
    fn descriptors(
        &self,
        set: &str,
        result: &str,
        listener: &str,
    ) -> Vec<&'static str> {
        let found =
            result.split_once("in [").and_then(|(_, rest)| rest.split(']').next());
        let numbers: Vec<_> = found.unwrap_or_default().split(' ').collect();
        let sockets = set.trim_start_matches('[').split(' ');
        let ready = sockets
            .filter(|socket| numbers.contains(&socket.split('<').next().unwrap_or("")));
        ready.filter_map(|socket| self.name(socket, listener)).collect()
    }

    fn is_focus(&self, ends: Option<(&str, &str)>) -> bool {
        ends.is_some_and(|(ours, theirs)| [ours, theirs].contains(&&*self.focus.client))
    }

    fn is_watched(&self, call: &Call) -> bool {
        call.arguments.get(2).is_some_and(|socket| {
            self.is_focus(Call::ends(socket))
                || leading(socket).is_some_and(|number| self.open.contains(&number))
        })
    }
}

fn receive(call: &Call, nothing: bool) -> Option<(Act, String)> {
    if call.arguments.get(3).is_some_and(|flags| flags.contains("MSG_PEEK")) {
        // A look, to see whether the other side has said something out of turn.
        return None;
    }
    match (&call.result, call.number()) {
        (None, _) => Some((Act::Never, "recv".to_owned())),
        (_, Some(0)) => Some((Act::Receive(0), "recv: returns 0, the end".to_owned())),
        (_, Some(length @ 1..)) => {
            let length = usize::try_from(length).ok()?;
            Some((Act::Receive(length), format!("recv: returns {length}")))
        }
        _ if nothing => Some((Act::Alone, "recv: nothing yet".to_owned())),
        _ => None,
    }
}

fn epoll_wait(call: &Call) -> Option<(Act, String)> {
    let events = call.arguments.get(1)?;
    let (ready, text) = if events.contains("EPOLLOUT") {
        (Ready::Room, "epoll_wait: it is writable")
    } else if events.contains("EPOLLIN") {
        (Ready::Bytes, "epoll_wait: it is readable")
    } else {
        return None;
    };
    Some((Act::Poll(vec![ready]), text.to_owned()))
}

/// Whether the call is about the listener, or the client's own socket.
fn is_ours(call: &Call) -> bool {
    let stream = call.arguments.first().is_some_and(|socket| socket.contains("<TCP"));
    match call.name.as_str() {
        "listen" => true,
        _ => {
            stream
                && call.result.as_ref().is_some_and(|result| {
                    result.starts_with('0') || result.contains("EINPROGRESS")
                })
        }
    }
}

fn leading(text: &str) -> Option<i64> {
    text.split('<').next()?.parse().ok()
}

/// `6 bytes`.
fn bytes(length: usize) -> String {
    format!("{length} byte{}", if length == 1 { "" } else { "s" })
}

fn epoll_ctl(call: &Call) -> Option<String> {
    let what = match call.arguments.get(1)?.as_str() {
        "EPOLL_CTL_ADD" => "add, ",
        "EPOLL_CTL_MOD" => "change, ",
        _ => return Some("epoll_ctl: delete".to_owned()),
    };
    let events = call.arguments.get(3)?;
    let interest = if events.contains("EPOLLOUT") { "writable" } else { "readable" };
    Some(format!("epoll_ctl: {what}{interest}"))
}

/// The path in an argument.
fn path(call: &Call, index: usize) -> String {
    String::from_utf8_lossy(&call.bytes(index)).into_owned()
}

/// `\x2f\x65` as text.
fn text_of(hex: &str) -> String {
    let pairs = hex.split("\\x").skip(1);
    let bytes = pairs.filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok());
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}
