//! Pictures of real runs, for the book: a scene is played with its programs under
//! strace(1), and what they did is drawn as two lifelines with the bytes between them.
//!
//! [`strace`] reads the calls back, [`steps`] puts them in words, [`story`] in order, and
//! [`html`] draws.

mod bits;
mod html;
mod steps;
mod story;
mod strace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chapters::chapter;
use crate::failure::{Failure, Played};
use crate::stage::folder::Folder;
use crate::stage::player::{Purpose, play};
use crate::stage::programs::{Programs, workspace};

use steps::{Focus, Reader};
use story::{Lifeline, Story, Thread};

/// How long a wait may last while each call is written down.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a scene is played for a picture: under a heavy load a program may come too
/// late to be seen waiting.
const PLAYS: usize = 10;

/// What is drawn of a scene.
pub struct Picture {
    /// The chapter, and the name of the picture.
    pub chapter: &'static str,
    /// The scene of that chapter.
    pub scene: &'static str,
    /// What there is to see, for those who see it and for those who do not.
    pub about: &'static str,
    /// What is not shown.
    pub without: &'static str,
    /// The names of the two sides.
    sides: [&'static str; 2],
    /// How a file is called in it.
    file: fn(&str) -> Option<&'static str>,
}

/// A picture, drawn.
pub struct Drawn {
    /// For the page of its chapter.
    pub html: String,
    /// A step that is drawn as waiting but began too late to wait, each time that the scene was
    /// played: the machine is busy.
    pub unseen: Option<String>,
}

/// All pictures, in reading order.
pub const PICTURES: &[Picture] = &[
    Picture {
        chapter: "ipaddress-demo",
        scene: "address",
        about: "One address, four bytes, one number",
        without: "",
        sides: ["", ""],
        file: |_| None,
    },
    Picture {
        chapter: "lookup-demo",
        scene: "host",
        about: "A look-up that asks no other machine",
        without: "the library's own settings, which it reads first",
        sides: ["lookup-demo", "the hosts file"],
        file: |path| (path == "/etc/hosts").then_some("/etc/hosts"),
    },
    Picture {
        chapter: "basic-tcp",
        scene: "conversation",
        about: "A client connects, says two things and leaves",
        without: "options, output, and what belongs to Ctrl-C",
        sides: ["server", "client-1"],
        file: |_| None,
    },
    Picture {
        chapter: "select-server",
        scene: "numbers",
        about: "Three messages, and what select waits for in between",
        without: "options, output, and the third set",
        sides: ["server", "client-1"],
        file: |_| None,
    },
    Picture {
        chapter: "selectors-fetcher",
        scene: "one-page",
        about: "A page is fetched, and each call returns at once but epoll_wait",
        without: "options, output, and what polling adds around each wait",
        sides: ["fetcher", "web"],
        file: |_| None,
    },
    Picture {
        chapter: "threaded-server",
        scene: "three-clients",
        about: "The first of three clients, and the thread that is there for it alone",
        without: "the two other clients, options, output, and what belongs to Ctrl-C",
        sides: ["server", "client-1"],
        file: |_| None,
    },
    Picture {
        chapter: "file-transfer",
        scene: "transfer",
        about: "A file is announced, accepted, sent, compared and kept",
        without: "options, output, the reading and writing of the file, and the client's looks whether it is refused",
        sides: ["server", "client-1"],
        file: |path| {
            let names = [
                (".part", "the unfinished file"),
                ("/received", "the folder"),
                ("mashiro.jpg", "mashiro.jpg"),
            ];
            names.iter().find(|(end, _)| path.ends_with(end)).map(|(_, name)| *name)
        },
    },
];

impl Picture {
    /// Where it is kept.
    pub fn path(&self) -> PathBuf {
        workspace().join("book/pictures").join(format!("{}.html", self.chapter))
    }

    /// Plays its scene and draws it.
    ///
    /// # Errors
    /// When there is no strace, or the scene cannot be played to its end.
    pub fn draw(&self, programs: &Programs) -> Played<Drawn> {
        let mut drawn = self.draw_once(programs)?;
        for _ in 1..PLAYS {
            if drawn.unseen.is_none() {
                break;
            }
            drawn = self.draw_once(programs)?;
        }
        Ok(drawn)
    }

    fn draw_once(&self, programs: &Programs) -> Played<Drawn> {
        let known =
            chapter(self.chapter).and_then(|it| Some((it, it.scene(self.scene)?)));
        let (chapter, scene) = known.ok_or_else(|| Failure::new("no such scene"))?;
        let script = chapter.script(scene)?;
        let plays = |programs: &Programs| {
            play(programs, &script, PATIENCE, Purpose::Compare, Box::new(|_| ()))
        };
        if self.sides[0].is_empty() {
            let html = bits::draw(&plays(programs).seen)?;
            return Ok(Drawn { html, unseen: None });
        }

        let folder = Folder::new()?;
        let path = folder.path();
        plays(&programs.traced(strace::wrap, path.to_owned())).outcome?;

        let (lifelines, servers) = self.lifelines(path)?;
        let (names, rows, unseen) = Story::new(lifelines, servers).tell();
        Ok(Drawn { html: html::draw(self, &names, servers, &rows), unseen })
    }

    /// The lifelines, those on the left first, and how many these are.
    fn lifelines(&self, folder: &Path) -> Played<(Vec<Lifeline>, usize)> {
        let [left, right] = self.sides;
        let first = strace::threads(folder, "0")?;
        let second = strace::threads(folder, "1")?;
        // The client is the one that connects; if one side is the guide, the only one.
        let calls = if second.is_empty() { &first } else { &second };
        let client = calls.values().flatten().find_map(strace::Call::connection);
        let client = client.map(|(ours, _)| ours.to_owned()).unwrap_or_default();
        let listen = first.values().flatten().find(|call| call.name == "listen");
        let listener = listen.and_then(|call| {
            let socket = call.arguments[0].split_once('[')?.1;
            Some(socket.split(']').next()?.to_owned())
        });
        let focus = Focus { listener, client, file: self.file };

        let threads = |calls: &std::collections::BTreeMap<i64, Vec<strace::Call>>| {
            let mut reader = Reader::new(&focus);
            let mut threads = Vec::new();
            for (number, calls) in strace::in_order(calls) {
                let steps = reader.read(calls).into();
                let started = threads.is_empty();
                threads.push(Thread::new(number, steps, started));
            }
            threads
        };
        let mut lifelines = Vec::new();
        // Each of the server's threads that talks has its own lifeline.
        for thread in threads(&first) {
            let talks = thread
                .steps
                .iter()
                .any(|step| !matches!(step.act, steps::Act::Spawn(_)));
            match lifelines.first_mut() {
                None => lifelines
                    .push(Lifeline { name: left.to_owned(), threads: vec![thread] }),
                Some(_) if talks => {
                    let name = "its thread".to_owned();
                    lifelines.push(Lifeline { name, threads: vec![thread] });
                }
                Some(_) => {}
            }
        }
        let servers = lifelines.len();
        lifelines.push(Lifeline { name: right.to_owned(), threads: threads(&second) });
        Ok((lifelines, servers))
    }
}
