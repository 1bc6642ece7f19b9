//! Plays a chapter's scenes with the learner's own program, in the order of its steps,
//! and says how far it is.

use std::io::Write;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use crate::chapters::{CHAPTERS, Chapter, Scene, Task};
use crate::failure::{Failure, Played};
use crate::learn::course::{Turn, all, told_once};
use crate::learn::files::{shown, texts};
use crate::learn::steps::{Step, unwritten};
use crate::learn::workshop::Workshop;
use crate::scene::difference::difference;
use crate::scene::script;
use crate::stage::cast::MISSING;
use crate::stage::player::{self, Purpose};
use crate::stage::programs::Programs;
use crate::style::{BOLD, GREEN, PLAIN, RED};

/// How long a wait may last: long for a program that answers at once, and short for a
/// learner.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many scenes are played at a time. They sleep most of it.
const AT_ONCE: usize = 6;

/// What there is to do when a task is done.
const TO_COMPARE: &str = "The page of the chapter has a solution to compare with.";

/// What became of a scene.
pub struct Outcome {
    /// The scene, and what it is about.
    pub turn: Turn,
    /// Why it could not be played to its end.
    pub failure: Option<String>,
    /// What differs from what it says, or shall say.
    pub difference: Option<String>,
    /// All that was said and done.
    pub transcript: String,
    /// Whether it is about more than can be judged.
    pub skipped: bool,
}

impl Outcome {
    /// Whether it went as its snapshot says.
    pub fn passes(&self) -> bool {
        self.failure.is_none() && self.difference.is_none()
    }

    /// The step that the program itself says is missing.
    pub fn missing_step(&self) -> Option<usize> {
        let mut seen = [&self.difference, &self.failure].into_iter().flatten();
        let (_, said) = seen.find_map(|text| text.split_once(MISSING))?;
        said.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// Whether it differs because its step is still to be done.
    fn is_not_yet(&self) -> bool {
        self.turn.is_a_lesson || self.missing_step().is_some()
    }
}

/// Plays scenes of `chapter`, some at a time, for as long as somebody wants to know what
/// became of the next, in this order.
///
/// # Errors
/// When a scene's snapshot can't be read.
pub fn play(
    chapter: &Chapter,
    turns: &[Turn],
    programs: &Programs,
) -> impl Iterator<Item = Played<Outcome>> {
    let play_some = move |some: &[Turn]| -> Vec<_> {
        thread::scope(|scope| {
            let play = |turn| scope.spawn(move || play_one(chapter, turn, programs));
            let plays: Vec<_> = some.iter().map(play).collect();
            let ends = plays.into_iter().map(ScopedJoinHandle::join);
            ends.map(|end| end.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    };
    turns.chunks(AT_ONCE).flat_map(play_some)
}

fn play_one(chapter: &Chapter, turn: &Turn, programs: &Programs) -> Played<Outcome> {
    let mut script = chapter.script(turn.scene)?;
    let mut purpose = Purpose::Compare;
    if turn.has_texts() {
        // Each tells of the same deeds: they are done once.
        purpose = Purpose::Fill;
        script.steps.retain(script::Step::stays_in_a_draft);
    }
    let played = player::play(programs, &script, PATIENCE, purpose, &mut |_| ());
    let (mut seen, mut expected) = (played.seen, played.expected);
    if turn.has_texts() {
        seen = told_once(&seen);
        expected = turn.text(chapter, &seen)?;
    }
    Ok(Outcome {
        turn: *turn,
        skipped: played.outcome.as_ref().is_err_and(|why| why.beyond_the_wire),
        failure: played.outcome.err().map(|failure| failure.to_string()),
        difference: difference(&seen, &expected),
        transcript: seen,
    })
}

/// Whose program is tried, and with what.
pub enum Trial {
    /// The learner's, with the scenes of the chapter.
    Chapter,
    /// The learner's, with those of a task.
    Task(&'static Task),
    /// One in any language, which is started by the words of a command; with the scenes
    /// of the chapter, by the wire alone or not.
    Guest(Vec<String>, bool),
}

/// Plays the scenes and says how far the program is. Returns whether all pass that can be
/// judged.
///
/// # Errors
/// When there is no such program, or `out` can't be written.
pub fn attempt(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    trial: &Trial,
) -> Played<bool> {
    let mine = Workshop::mine();
    let (whose, programs) = if let Trial::Guest(words, wire) = trial {
        (words.join(" "), Programs::build()?.with_guest(words.clone(), *wire))
    } else {
        (shown(&mine.folder(chapter)), mine.build(chapter)?)
    };
    let turns = match trial {
        Trial::Chapter => mine.turns(chapter)?,
        Trial::Task(task) => all(task.scenes),
        Trial::Guest(..) => all(chapter.scenes),
    };
    writeln!(out, "Playing the scenes with {whose} ...")?;
    let mut outcomes = Vec::new();
    for outcome in play(chapter, &turns, &programs) {
        let outcome = outcome?;
        let Scene { name, about, .. } = outcome.turn.scene;
        let (style, verdict, about) = match &outcome.failure {
            Some(why) if outcome.skipped => (PLAIN, "skipped", why.as_str()),
            _ if outcome.passes() => (GREEN, "passes", *about),
            _ if outcome.is_not_yet() => (PLAIN, "not yet", *about),
            _ => (RED, "differs", *about),
        };
        let step =
            outcome.turn.is_a_lesson.then(|| format!(" (step {})", outcome.turn.step));
        let step = step.unwrap_or_default();
        writeln!(out, "{style}{verdict:7}{style:#}  {name:20}  {about}{step}")?;
        outcomes.push(outcome);
        // One thing at a time for a learner.
        if !matches!(trial, Trial::Guest(..)) && !outcomes.iter().all(Outcome::passes) {
            break;
        }
    }

    let skipped = outcomes.iter().filter(|outcome| outcome.skipped).count();
    let count = turns.len() - skipped;
    let passed = outcomes.iter().filter(|outcome| outcome.passes()).count();
    let pass = format!("{passed} of {count} scenes pass.");
    let mut judged = outcomes.iter().filter(|outcome| !outcome.skipped);
    let Some(differs) = judged.find(|outcome| !outcome.passes()) else {
        match trial {
            Trial::Chapter => praise(out, chapter, passed)?,
            Trial::Task(_) => writeln!(out, "\n{pass} {TO_COMPARE}")?,
            Trial::Guest(..) => writeln!(out, "\n{pass}")?,
        }
        return Ok(true);
    };
    match trial {
        Trial::Chapter => locate(out, chapter, differs)?,
        Trial::Task(task) => writeln!(out, "\nThe task: {}", task.about)?,
        Trial::Guest(..) => writeln!(out, "\n{}", differs.turn.scene.name)?,
    }
    explain(out, differs)?;
    writeln!(out, "\n{pass}")?;
    if let Trial::Chapter = trial {
        writeln!(out, "A hint: cargo run -- hint {}", chapter.name)?;
    }
    Ok(false)
}

/// What there is to say when all scenes of a chapter pass.
fn praise(out: &mut dyn Write, chapter: &Chapter, passed: usize) -> Played {
    writeln!(out, "\n{BOLD}All {passed} scenes pass.{BOLD:#} {}", chapter.learnt)?;
    let mine = Workshop::mine();
    mine.forget(chapter);
    for step in mine.steps(chapter)?.iter().filter(|step| !step.is_written()) {
        writeln!(out, "Not judged yet: step {}, {}.", step.number, step.name)?;
    }
    writeln!(out, "Compare: cargo run -- solution {}", chapter.name)?;
    for task in chapter.tasks {
        let (chapter, task) = (chapter.name, task.name());
        writeln!(out, "A task: cargo run -- try {chapter} --task {task}")?;
    }
    if let Some(next) = CHAPTERS.get(chapter.number()) {
        let verb = if next.has_program() { "start " } else { "" };
        writeln!(out, "Next: cargo run -- {verb}{}", next.name)?;
    }
    Ok(())
}

/// Says which step comes next, or which one a scene exercises, and where it stands.
fn locate(out: &mut dyn Write, chapter: &Chapter, outcome: &Outcome) -> Played {
    let mine = Workshop::mine();
    let steps = mine.steps(chapter)?;
    let missing = outcome.is_not_yet();
    // The first that is not written, if one is missed, or else the one that is to be done.
    let number = match outcome.missing_step() {
        Some(missing) => missing.min(unwritten(&steps).unwrap_or(missing)),
        None => outcome.turn.reached,
    };
    let unknown = || Failure::new(format!("there is no step {number}"));
    let step = steps.iter().find(|step| step.number == number).ok_or_else(unknown)?;
    let (what, since) = match outcome.missing_step() {
        None if number != outcome.turn.step => ("You were at", number),
        None if !missing => ("This scene is about", outcome.turn.since(chapter)),
        _ => ("Next is", number),
    };
    mine.remember(chapter, number)?;
    let Step { name, task, .. } = step;
    if !missing && !step.is_written() {
        writeln!(
            out,
            "\nThis differs before step {number}, {name}, is reached: look at what you have written so far."
        )?;
        return Ok(());
    }
    let first = &steps[since - 1];
    let steps = if since < number {
        format!("steps {since} to {number}, {} to {name}", first.name)
    } else {
        format!("step {number}, {name}: {task}")
    };
    let place = shown(&mine.folder(chapter).join(first.place()));
    writeln!(out, "\n{what} {steps}.\n  {place}")?;
    Ok(())
}

/// Says what went wrong, unless it is that a step is missing.
fn explain(out: &mut dyn Write, outcome: &Outcome) -> Played {
    if outcome.missing_step().is_some() {
        return Ok(());
    }
    if let Some(failure) = &outcome.failure {
        writeln!(out, "\n{RED}It came to no end:{RED:#} {failure}")?;
    }
    if let Some(difference) = &outcome.difference {
        writeln!(out, "\nWhat is said now (-), and what shall be said (+):")?;
        write!(out, "{difference}")?;
    }
    Ok(())
}

/// Tries now, and again whenever a file of the learner's version is saved.
///
/// # Errors
/// When `out` can't be written.
pub fn watch(out: &mut dyn Write, chapter: &'static Chapter) -> Played {
    let folder = Workshop::mine().version(chapter)?;
    // What is gone just now is another text: an editor may save by renaming.
    let state = || texts(&folder).unwrap_or_default();
    loop {
        let seen = state();
        if let Err(failure) = attempt(out, chapter, &Trial::Chapter) {
            writeln!(out, "{failure}")?;
        }
        writeln!(out, "\nWaiting for a change (Ctrl-C ends this) ...")?;
        while state() == seen {
            thread::sleep(Duration::from_millis(200));
        }
        writeln!(out)?;
    }
}
