//! The scenes: for each chapter the conversations that its programs have, the article's
//! first.

pub mod basic_tcp;
pub mod file_transfer;
pub mod ipaddress_demo;
pub mod lookup_demo;
pub mod select_server;
pub mod selectors_fetcher;
pub mod threaded_server;

use crate::failure::Played;
use crate::python;
use crate::stage::Stage;

/// A chapter of the book, and the program that goes with it.
pub struct Chapter {
    /// Of its crate, its page and its test.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// What someone has learnt who wrote its program, in two sentences.
    pub learnt: &'static str,
    /// The first one is played by the tour.
    pub scenes: &'static [Scene],
    /// What a learner can do with the finished program.
    pub tasks: &'static [Task],
}

/// Something that goes past a chapter's program. Its solution is kept beside the
/// program, as `tasks/NAME.patch`.
pub struct Task {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is to be done.
    pub about: &'static str,
    /// They differ with the chapter's program, and pass with a solution.
    pub scenes: &'static [Scene],
}

/// One conversation.
pub struct Scene {
    /// Its name on the command line, and its snapshot's after the chapter.
    pub name: &'static str,
    /// What there is to see.
    pub about: &'static str,
    /// Where it can be played.
    pub on: Systems,
    /// Whether it plays a program in Python.
    pub python: bool,
    /// It passes once the program is written up to this step; 0 if it is about another
    /// program.
    pub step: usize,
    /// The step that it is about.
    pub exercises: usize,
    /// Plays it.
    pub play: fn(&Stage<'_>) -> Played,
}

impl Scene {
    /// A scene for all systems.
    pub const fn new(
        name: &'static str,
        about: &'static str,
        play: fn(&Stage<'_>) -> Played,
    ) -> Self {
        let on = Systems::All;
        Self { name, about, on, python: false, step: 1, exercises: 1, play }
    }

    /// The same scene, for a program that is written up to this step.
    #[must_use]
    pub const fn step(self, step: usize) -> Self {
        Self { step, exercises: step, ..self }
    }

    /// The same scene, about an earlier step.
    #[must_use]
    pub const fn exercises(self, step: usize) -> Self {
        Self { exercises: step, ..self }
    }

    /// The same scene for some systems alone.
    #[must_use]
    pub const fn only_on(self, on: Systems) -> Self {
        Self { on, ..self }
    }

    /// The same scene about a program in Python.
    #[must_use]
    pub const fn in_python(self) -> Self {
        Self { python: true, ..self.step(0) }
    }

    /// Why it cannot be played here, if so.
    pub fn impediment(&self) -> Option<String> {
        if !self.on.include_this_one() {
            return Some(format!("for {:?} alone", self.on));
        }
        (self.python && python::command().is_none())
            .then(|| format!("needs {}", python::NAME))
    }
}

/// Systems on which a scene makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Systems {
    /// All of them.
    All,
    /// Those with signals.
    Unix,
    /// Linux alone, since another system answers otherwise.
    Linux,
}

impl Systems {
    /// Whether this system is one of them.
    pub fn include_this_one(self) -> bool {
        match self {
            Self::All => true,
            Self::Unix => cfg!(unix),
            Self::Linux => cfg!(target_os = "linux"),
        }
    }
}

/// All chapters, in reading order.
pub const CHAPTERS: &[Chapter] = &[
    ipaddress_demo::CHAPTER,
    lookup_demo::CHAPTER,
    basic_tcp::CHAPTER,
    select_server::CHAPTER,
    selectors_fetcher::CHAPTER,
    threaded_server::CHAPTER,
    file_transfer::CHAPTER,
];

/// The chapter `name`.
pub fn chapter(name: &str) -> Option<&'static Chapter> {
    CHAPTERS.iter().find(|chapter| chapter.name == name)
}

impl Chapter {
    /// Its number in reading order, from 1.
    pub fn number(&self) -> usize {
        1 + CHAPTERS.iter().take_while(|other| other.name != self.name).count()
    }

    /// The scene `name`.
    pub fn scene(&self, name: &str) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.name == name)
    }

    /// The task `name`.
    pub fn task(&self, name: &str) -> Option<&'static Task> {
        self.tasks.iter().find(|task| task.name == name)
    }
}
