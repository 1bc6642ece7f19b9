//! Pictures of real runs, for the book: a scene is played with its programs under
//! strace(1), and what they did is drawn as two lifelines with the bytes between them.
//!
//! `strace` reads the calls back, `steps` puts them in words, `story` in order, and
//! `html` draws.

mod html;
mod steps;
mod story;
mod strace;

use std::path::PathBuf;
use std::time::Duration;

use crate::chapters::chapter;
use crate::failure::{Failure, Played};
use crate::scene::line::Kind;
use crate::scene::script::Script;
use crate::stage::folder::Folder;
use crate::stage::player::{Purpose, play};
use crate::stage::programs::{Programs, workspace};

use story::Story;

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
    /// The names of its lifelines, of which the last one is that of the other side.
    lifelines: &'static [&'static str],
}

/// All pictures, in reading order.
pub const PICTURES: &[Picture] = &[
    Picture {
        chapter: "lookup-demo",
        scene: "host",
        about: "A look-up that asks no other machine",
        without: "the library's own settings, which it reads first",
        lifelines: &["lookup-demo", "the hosts file"],
    },
    Picture {
        chapter: "basic-tcp",
        scene: "conversation",
        about: "A client connects, says two things and leaves",
        without: "options, output, and what belongs to Ctrl-C",
        lifelines: &["server", "client-1"],
    },
    Picture {
        chapter: "select-server",
        scene: "numbers",
        about: "Three messages, and what select waits for in between",
        without: "options, output, and the third set",
        lifelines: &["server", "client-1"],
    },
    Picture {
        chapter: "selectors-fetcher",
        scene: "one-page",
        about: "A page is fetched, and each call returns at once but epoll_wait",
        without: "options, output, and what polling adds around each wait",
        lifelines: &["fetcher", "web"],
    },
    Picture {
        chapter: "threaded-server",
        scene: "three-clients",
        about: "The first of three clients, and the thread that is there for it alone",
        without: "the two other clients, options, output, and what belongs to Ctrl-C",
        lifelines: &["server", "its thread", "client-1"],
    },
    Picture {
        chapter: "file-transfer",
        scene: "transfer",
        about: "A file is announced, accepted, sent, compared and kept",
        without: "options, output, the reading and writing of the file, and the client's looks whether it is refused",
        lifelines: &["server", "its thread", "client-1"],
    },
    Picture {
        chapter: "other-sockets",
        scene: "asked-again",
        about: "A question, asked again: there is no connection, and the client alone keeps the time",
        without: "the making of the socket, options, output",
        lifelines: &["client", "server"],
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
    pub fn draw(&self, programs: &Programs) -> Played<String> {
        let unknown = || Failure::new("no such scene");
        let chapter = chapter(self.chapter).ok_or_else(unknown)?;
        let scene = chapter.scene(self.scene).ok_or_else(unknown)?;
        let script = chapter.script(scene)?;
        let mut story = self.play(&script, programs)?;
        let mut plays = 1..PLAYS;
        while story.late && plays.next().is_some() {
            story = self.play(&script, programs)?;
        }
        Ok(self.figure(&story))
    }

    fn play(&self, script: &Script, programs: &Programs) -> Played<Story> {
        let folder = Folder::new()?;
        // One program alone is played in such a scene, on one side or on both.
        let started = script.steps.iter().find(|step| step.line.kind == Kind::Started);
        let name = started.and_then(|step| step.line.text.split(' ').next());
        let program = programs.path(name.unwrap_or(self.chapter))?;
        let words = strace::words(&program, folder.path());
        let programs = programs.clone().with_guest(words, false);
        // Settled before each deed: who waits for it has begun to, as a rule.
        play(&programs, script, PATIENCE, Purpose::Rewrite, &mut |_| ()).outcome?;
        let threads = strace::threads(folder.path())?;
        let mut programs = steps::of_programs(&threads);
        let mut next = || programs.next().unwrap_or_default();
        Ok(Story::new(next(), next(), self.lifelines.len()))
    }

    /// A table, and where it comes from. No line of it is empty: that would end it, in
    /// Markdown.
    fn figure(&self, story: &Story) -> String {
        let Self { chapter, scene, about, without, .. } = self;
        let table = html::draw(self.lifelines, &story.rows);
        let waits = story.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.waits);
        let key = if waits { "A hatched line: blocked. " } else { "" };
        format!(
            "<figure class=\"ladder\">\n<table>\n<caption>{about}</caption>\n{table}\
             </table>\n<figcaption>Drawn from a run of the scene <code>{scene}</code> \
             on Linux (<code>cargo run -- draw {chapter}</code>). {key}Left out: \
             {without}.</figcaption>\n</figure>\n"
        )
    }
}
