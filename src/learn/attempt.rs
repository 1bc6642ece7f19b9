//! Plays a chapter's scenes with the learner's own program, in the order of its steps,
//! and says how far it is.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime};

use anstyle::{AnsiColor, Style};

use crate::chapters::{CHAPTERS, Chapter, Scene, Task};
use crate::failure::{Failure, Played};
use crate::learn::steps::{Step, own, steps};
use crate::learn::workshop::{Workshop, finished, shown};
use crate::scene::difference::difference;
use crate::stage::cast::MISSING;
use crate::stage::player::{self, Performance, Purpose};
use crate::stage::programs::{Programs, Progress};

/// How long a wait may last: long for a program that answers at once, and short for a
/// learner.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many scenes are played at a time. They sleep most of it.
const AT_ONCE: usize = 4;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// How many scenes are played.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Those up to the first that differs, and some that were begun with it.
    First,
    /// All.
    All,
}

/// What became of a scene.
pub struct Outcome {
    /// The scene.
    pub scene: &'static Scene,
    /// Why it could not be played to its end.
    pub failure: Option<String>,
    /// What differs from its snapshot.
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
        let seen = [&self.difference, &self.failure];
        let said =
            seen.into_iter().flatten().find_map(|text| text.split_once(MISSING))?.1;
        said.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

/// Plays `scenes` of `chapter`, those of the first step first. Returns what became of
/// each, in this order.
pub fn play(
    chapter: &'static Chapter,
    scenes: &'static [Scene],
    programs: &Programs,
    until: Until,
) -> Vec<Outcome> {
    let mut scenes: Vec<_> = scenes.iter().filter(|scene| is_tried(scene)).collect();
    scenes.sort_by_key(|scene| scene.step);
    let next = Mutex::new(scenes.iter());
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    // On a line of its own: it holds the lock no longer.
                    let Some(scene) = lock(&next).next() else { break };
                    let outcome = play_one(chapter, scene, programs);
                    if until == Until::First && !outcome.passes() {
                        lock(&next).by_ref().for_each(drop);
                    }
                    lock(&outcomes).push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_default();
    outcomes.sort_by_key(|outcome: &Outcome| {
        scenes.iter().position(|scene| scene.name == outcome.scene.name)
    });
    outcomes
}

/// Whether a scene is about the learner's program, and can be played here.
fn is_tried(scene: &Scene) -> bool {
    scene.step > 0 && scene.impediment().is_none()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn play_one(chapter: &Chapter, scene: &'static Scene, programs: &Programs) -> Outcome {
    let played = chapter.script(scene).map(|script| {
        let listener = Box::new(|_: &_| ());
        player::play(programs, &script, PATIENCE, Purpose::Compare, listener)
    });
    let (outcome, difference, transcript) = match played {
        Ok(Performance { expected, seen, outcome, .. }) => {
            (outcome, difference(&expected, &seen), seen)
        }
        Err(failure) => (Err(failure), None, String::new()),
    };
    Outcome {
        scene,
        skipped: outcome.as_ref().is_err_and(Failure::is_beyond_the_wire),
        failure: outcome.err().map(|failure| failure.to_string()),
        difference,
        transcript,
    }
}

/// Builds the learner's version and says how far it is. Returns whether it is finished.
///
/// # Errors
/// When there is no such version, or `out` can't be written.
pub fn attempt(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    task: Option<&'static Task>,
    progress: Progress,
) -> Played<bool> {
    let programs = Workshop::mine().build(chapter, progress)?;
    let scenes = task.map_or(chapter.scenes, |task| task.scenes);
    let version = shown(&Workshop::mine().folder(chapter));
    writeln!(out, "Playing the scenes with {version} ...")?;
    let outcomes = play(chapter, scenes, &programs, Until::First);
    for outcome in &outcomes {
        let Scene { name, about, .. } = outcome.scene;
        let verdict = if outcome.passes() {
            format!("{GREEN}passes{GREEN:#} ")
        } else {
            format!("{RED}differs{RED:#}")
        };
        writeln!(out, "{verdict}  {name:20}  {about}")?;
        if !outcome.passes() {
            break;
        }
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passes()).count();
    if let Some(outcome) = outcomes.iter().find(|outcome| !outcome.passes()) {
        match task {
            Some(task) => writeln!(out, "\nThe task: {}", task.about)?,
            None => locate(out, chapter, outcome)?,
        }
        explain(out, outcome)?;
        let first = outcomes.iter().take_while(|outcome| outcome.passes()).count();
        let count = scenes.iter().filter(|scene| is_tried(scene)).count();
        if first > 0 {
            let pass = if first == 1 { "passes" } else { "pass" };
            writeln!(out, "\nOf {count} scenes the first {first} {pass}.")?;
        }
        if task.is_none() {
            writeln!(out, "A hint: cargo run -- hint {}", chapter.name)?;
        }
        return Ok(false);
    }
    if task.is_some() {
        writeln!(
            out,
            "\n{BOLD}Done.{BOLD:#} The page of the chapter has a solution to compare with."
        )?;
        return Ok(true);
    }
    writeln!(out, "\n{BOLD}All {passed} scenes pass.{BOLD:#} {}", chapter.learnt)?;
    for task in chapter.tasks {
        writeln!(
            out,
            "A task: cargo run -- try {} --task {}",
            chapter.name, task.name
        )?;
    }
    match CHAPTERS.get(chapter.number()) {
        Some(next) => writeln!(out, "Next: cargo run -- start {}", next.name)?,
        None => writeln!(out, "That was the last chapter.")?,
    }
    Ok(true)
}

/// Plays the scenes with a program in any language in place of ours, and tells of each.
/// Returns whether all pass that can be judged.
///
/// # Errors
/// When our own programs do not build, or `out` can't be written.
pub fn attempt_guest(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    words: Vec<String>,
    wire: bool,
) -> Played<bool> {
    let programs = Programs::build(Progress::Shown)?;
    writeln!(out, "Playing the scenes with {} ...", words.join(" "))?;
    let programs = programs.with_guest(words, wire);
    let outcomes = play(chapter, chapter.scenes, &programs, Until::All);
    for outcome in &outcomes {
        let Scene { name, about, .. } = outcome.scene;
        let verdict = match outcome {
            Outcome { skipped: true, failure, .. } => {
                format!(
                    "skipped  {name:20}  {}",
                    failure.as_deref().unwrap_or_default()
                )
            }
            outcome if outcome.passes() => {
                format!("{GREEN}passes{GREEN:#}   {name:20}  {about}")
            }
            _ => format!("{RED}differs{RED:#}  {name:20}  {about}"),
        };
        writeln!(out, "{verdict}")?;
    }
    let mut judged = outcomes.iter().filter(|outcome| !outcome.skipped);
    let count = judged.clone().count();
    let passed = judged.clone().filter(|outcome| outcome.passes()).count();
    if let Some(outcome) = judged.find(|outcome| !outcome.passes()) {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", outcome.scene.name)?;
        explain(out, outcome)?;
    }
    writeln!(out, "\n{passed} of {count} scenes pass.")?;
    Ok(passed == count)
}

/// Says which step comes next, or which one a scene exercises, and where it stands.
fn locate(out: &mut dyn Write, chapter: &Chapter, outcome: &Outcome) -> Played {
    let (step, what) = if outcome.missing_step().is_some() {
        (step_of(chapter, outcome)?, "Next is")
    } else if let Some(step) = panicked_in(chapter, outcome)? {
        (step, "It panicked in")
    } else {
        (step_of(chapter, outcome)?, "This scene is about")
    };
    let file = Workshop::mine().folder(chapter).join(&step.file);
    let place = format!("{}:{}", shown(&file), step.line);
    let (number, name, task) = (step.number, &step.name, &step.task);
    if outcome.missing_step().is_none() && !step.is_written() {
        writeln!(
            out,
            "\nThis differs before step {number}, {name}, is reached: look at what you have written so far."
        )?;
        return Ok(());
    }
    writeln!(out, "\n{what} step {number}, {name}: {task}.\n  {place}")?;
    Ok(())
}

/// The step to look at: the first that is not written, if one is missed, or else the one
/// that the scene is about.
fn step_of(chapter: &Chapter, outcome: &Outcome) -> Played<Step> {
    let Some(missing) = outcome.missing_step() else {
        return find(chapter, outcome.scene.exercises);
    };
    let mine = steps(&Workshop::mine().folder(chapter))?;
    let unwritten = mine.iter().find(|step| !step.is_written());
    find(chapter, unwritten.map_or(missing, |step| step.number.min(missing)))
}

/// The step in which the program panicked, if it says so.
fn panicked_in(chapter: &Chapter, outcome: &Outcome) -> Played<Option<Step>> {
    let mut seen = [&outcome.difference, &outcome.failure].into_iter().flatten();
    let place = seen.find_map(|text| text.split_once("panicked at "));
    let mut place = place.map_or("", |(_, rest)| rest).split(':');
    let file = place.next().and_then(|path| Path::new(path).file_name());
    let line = place.next().and_then(|line| line.parse::<usize>().ok());
    let (Some(file), Some(line)) = (file, line) else { return Ok(None) };
    let folder = Workshop::mine().folder(chapter);
    for step in steps(&finished(chapter))? {
        let Some(step) = own(&folder, &step)? else { continue };
        let lines = step.line..=step.line + step.body.lines().count();
        if step.file.file_name() == Some(file) && lines.contains(&line) {
            return Ok(Some(step));
        }
    }
    Ok(None)
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
        writeln!(out, "\nExpected (-) and seen (+):\n{difference}")?;
    }
    Ok(())
}

/// A step as it stands in the learner's version.
fn find(chapter: &Chapter, number: usize) -> Played<Step> {
    let step =
        steps(&finished(chapter))?.into_iter().find(|step| step.number == number);
    let step = step.ok_or_else(|| {
        Failure::new(format!("{} has no step {number}", chapter.name))
    })?;
    Ok(own(&Workshop::mine().folder(chapter), &step)?.unwrap_or(step))
}

/// The step that comes next: the one that is missing, or else the one whose scene
/// differs.
///
/// # Errors
/// As [`attempt`].
pub fn next_step(chapter: &'static Chapter) -> Played<Option<Step>> {
    let programs = Workshop::mine().build(chapter, Progress::Hidden)?;
    let outcomes = play(chapter, chapter.scenes, &programs, Until::First);
    let first = outcomes.iter().find(|outcome| !outcome.passes());
    first.map(|outcome| step_of(chapter, outcome)).transpose()
}

/// Tells for each chapter how far the learner's version is.
///
/// # Errors
/// When `out` can't be written.
pub fn progress(out: &mut dyn Write) -> Played {
    writeln!(out, "{BOLD}{:18}  scenes  next{BOLD:#}", "chapter")?;
    for chapter in CHAPTERS {
        let (scenes, next) = match progress_of(chapter) {
            Ok(told) => told,
            Err(failure) => (String::new(), failure.to_string()),
        };
        writeln!(out, "{:18}  {scenes:>6}  {next}", chapter.name)?;
    }
    Ok(())
}

fn progress_of(chapter: &'static Chapter) -> Played<(String, String)> {
    if !Workshop::mine().folder(chapter).exists() {
        return Ok(("-".to_owned(), format!("cargo run -- start {}", chapter.name)));
    }
    let programs = Workshop::mine().build(chapter, Progress::Hidden)?;
    let outcomes = play(chapter, chapter.scenes, &programs, Until::All);
    let passed = outcomes.iter().filter(|outcome| outcome.passes()).count();
    let next = match outcomes.iter().find(|outcome| !outcome.passes()) {
        Some(outcome) => {
            let step = find(
                chapter,
                outcome.missing_step().unwrap_or(outcome.scene.exercises),
            )?;
            format!("step {}, {}", step.number, step.name)
        }
        None => "done".to_owned(),
    };
    Ok((format!("{passed}/{}", outcomes.len()), next))
}

/// Tries now, and again whenever a file of the learner's version is saved.
///
/// # Errors
/// When `out` can't be written.
pub fn watch(out: &mut dyn Write, chapter: &'static Chapter) -> Played {
    let source = Workshop::mine().version(chapter)?.join("src");
    loop {
        let seen = state_of(&source);
        if let Err(failure) = attempt(out, chapter, None, Progress::Hidden) {
            writeln!(out, "{failure}")?;
        }
        writeln!(out, "\nWaiting for a change (Ctrl-C ends this) ...")?;
        while state_of(&source) == seen {
            thread::sleep(Duration::from_millis(200));
        }
        writeln!(out)?;
    }
}

/// The files of a folder, each with when it was saved and how long it is. What is gone
/// just now is missing: an editor may save by renaming.
fn state_of(folder: &Path) -> Vec<(OsString, Option<SystemTime>, u64)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.file_name(), metadata.modified().ok(), metadata.len()))
        })
        .collect();
    files.sort();
    files
}
