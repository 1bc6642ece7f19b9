//! The chapters: for each, its scenes in their order, their titles, the steps that they
//! need, the systems on which they make sense. What is said in a scene is its snapshot.

mod basic_tcp;
mod file_transfer;
mod ipaddress_demo;
mod lookup_demo;
mod other_sockets;
mod select_server;
mod selectors_fetcher;
mod threaded_server;

use std::path::PathBuf;
use std::{env, fs};

use crate::failure::{Failure, Played};
use crate::scene::script::Script;
use crate::stage::needs::Need;
use crate::stage::programs::workspace;

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
    /// What everybody writes first, if the program begins so.
    pub first: Option<First>,
    /// What a learner can do with the finished program.
    pub tasks: &'static [Task],
}

/// The program that everybody writes first, and what mends it.
pub struct First {
    /// Of the example.
    pub name: &'static str,
    /// Its functions, in the order in which one would write them: the name of each, what it
    /// has to do, and the scenes that need no more.
    pub functions: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Its mends, in order: the name of each, and the scene that shows what it mends.
    pub mends: &'static [(&'static str, &'static str)],
}

/// Something that goes past a chapter's program. Its solution is kept beside the
/// program, as `tasks/NAME.patch`.
pub struct Task {
    /// What is to be done.
    pub about: &'static str,
    /// They differ with the chapter's program, and pass with a solution. It has the name
    /// of the first.
    pub scenes: &'static [Scene],
}

impl Task {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        self.scenes[0].name
    }
}

/// One conversation.
pub struct Scene {
    /// Its name on the command line, and its snapshot's after the chapter. One that begins
    /// with `in-python` plays a program in Python.
    pub name: &'static str,
    /// What there is to see.
    pub about: &'static str,
    /// The system on which it can be played.
    pub on: Need,
    /// What it needs besides.
    pub need: Need,
    /// It passes once the program is written up to this step, or is mended as a whole; 0
    /// if it is about another program.
    pub step: usize,
    /// The step that it is about.
    pub exercises: usize,
}

/// A scene for all systems, for a program that is written up to this step.
const fn scene(step: usize, name: &'static str, about: &'static str) -> Scene {
    Scene { name, about, on: Need::Nothing, need: Need::Nothing, step, exercises: step }
}

/// The same for Unix alone.
const fn unix(step: usize, name: &'static str, about: &'static str) -> Scene {
    Scene { on: Need::Unix, ..scene(step, name, about) }
}

/// The same for Linux alone.
const fn linux(step: usize, name: &'static str, about: &'static str) -> Scene {
    Scene { on: Need::Linux, ..scene(step, name, about) }
}

impl Scene {
    /// The same scene, which needs more than a system.
    const fn with(self, need: Need) -> Self {
        Self { need, ..self }
    }

    /// The same scene, about an earlier step.
    const fn exercises(self, step: usize) -> Self {
        Self { exercises: step, ..self }
    }

    /// Why it cannot be played here, if so.
    pub fn impediment(&self) -> Option<&'static str> {
        let python = self.name.starts_with("in-python").then_some(Need::Python);
        let mut needs = [self.on, self.need].into_iter().chain(python);
        needs.find(|need| !need.is_met()).map(Need::told)
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
    other_sockets::CHAPTER,
];

/// The chapter of this name, or number.
pub fn chapter(word: &str) -> Option<&'static Chapter> {
    let is_meant =
        |one: &&Chapter| one.name == word || one.number().to_string() == word;
    CHAPTERS.iter().find(is_meant)
}

impl Chapter {
    /// Whether a program has its name: chapter 8 looks at examples in the crates of others.
    pub fn has_program(&self) -> bool {
        workspace().join("crates").join(self.name).exists()
    }

    /// Its number in reading order, from 1.
    pub fn number(&self) -> usize {
        1 + CHAPTERS.iter().take_while(|other| other.name != self.name).count()
    }

    /// The scene `name`.
    pub fn scene(&self, name: &str) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.name == name)
    }

    /// The task `name`.
    ///
    /// # Errors
    /// When there is none: what there is.
    pub fn task(&self, name: &str) -> Played<&'static Task> {
        let names: Vec<_> = self.tasks.iter().map(Task::name).collect();
        self.tasks.iter().find(|task| task.name() == name).ok_or_else(|| {
            let names = names.join(", ");
            Failure::new(format!("{} has no task {name}, but {names}", self.name))
        })
    }

    /// The name of a scene's snapshot.
    pub fn snapshot(&self, scene: &Scene) -> String {
        format!("{}-{}", self.name, scene.name)
    }

    /// A scene as its snapshot tells it: one of `tests/snapshots`, unless
    /// `SOCKET_TOUR_SNAPSHOTS` names another folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, scene: &Scene) -> Played<String> {
        let folder = env::var_os("SOCKET_TOUR_SNAPSHOTS").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| workspace().join("tests/snapshots"));
        let file = format!("{}.snap", self.snapshot(scene));
        let text = fs::read_to_string(folder.join(&file));
        text.map_err(|error| Failure::new(format!("{file}: {}", error.kind())))
    }

    /// The same, read.
    ///
    /// # Errors
    /// When there is none, or it is no scene.
    pub fn script(&self, scene: &Scene) -> Played<Script> {
        Script::read(&self.text(scene)?).map_err(|mistake| {
            Failure::new(format!("{}.snap, {mistake}", self.snapshot(scene)))
        })
    }
}
