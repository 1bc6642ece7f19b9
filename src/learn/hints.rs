//! Hints for the steps of a program: a question, then a nudge, then the code.

use std::io::Write;

use crate::chapters::Chapter;
use crate::failure::{Failure, Played};
use crate::learn::attempt::next_step;
use crate::learn::steps::{Step, own, steps};
use crate::learn::workshop::{Workshop, finished, read, shown};
use crate::scene::difference::difference;

/// How many hints a step has.
pub const LEVELS: usize = 3;

/// Tells a hint for step `step`, or else for the one that comes next. Returns whether
/// there is one.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn tell(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    level: Option<usize>,
    step: Option<usize>,
) -> Played<bool> {
    let step = match step {
        Some(number) => Some(numbered(chapter, number)?),
        None => next_step(chapter)?,
    };
    let Some(step) = step else {
        writeln!(out, "All scenes of {} pass: no hint is needed.", chapter.name)?;
        return Ok(true);
    };
    let level = level.unwrap_or(1).clamp(1, LEVELS);
    let (number, name, task) = (step.number, &step.name, &step.task);
    writeln!(out, "Step {number}, {name}: {task}.\n")?;
    writeln!(out, "{}", hint(chapter, &step, level)?)?;
    if level < LEVELS {
        let more = level + 1;
        writeln!(
            out,
            "\nMore: cargo run -- hint {} {more} --step {number}",
            chapter.name
        )?;
    }
    Ok(true)
}

fn numbered(chapter: &Chapter, number: usize) -> Played<Step> {
    let all = steps(&finished(chapter))?;
    let last = all.len();
    all.into_iter().find(|step| step.number == number).ok_or_else(|| {
        Failure::new(format!("{} has steps 1 to {last}, not {number}", chapter.name))
    })
}

/// Shows how the learner's version of step `number`, or of all steps, differs from the
/// finished one.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn solution(
    out: &mut dyn Write,
    chapter: &Chapter,
    number: Option<usize>,
) -> Played {
    let finished = match number {
        Some(number) => vec![numbered(chapter, number)?],
        None => steps(&finished(chapter))?,
    };
    let folder = Workshop::mine().version(chapter)?;
    for step in finished {
        let (number, name) = (step.number, &step.name);
        let Some(own) = own(&folder, &step)? else {
            let file = folder.join(&step.file);
            writeln!(out, "{} has no function {name} any more.", shown(&file))?;
            writeln!(out, "The finished step {number}, {name}:\n{}\n", step.body)?;
            continue;
        };
        let (own, finished) = (format!("{}\n", own.body), format!("{}\n", step.body));
        match difference(&own, &finished) {
            None => writeln!(out, "Step {number}, {name}: the same.")?,
            Some(text) => writeln!(
                out,
                "Step {number}, {name}: yours (-) and the finished one (+)\n{text}"
            )?,
        }
    }
    Ok(())
}

/// The hint of this level, from 1 on, for one step. The last one is the finished code.
///
/// # Errors
/// When there is none.
pub fn hint(chapter: &Chapter, step: &Step, level: usize) -> Played<String> {
    if level >= LEVELS {
        let finished = steps(&finished(chapter))?;
        let code = finished.into_iter().find(|other| other.number == step.number);
        return code.map(|step| step.body).ok_or_else(|| missing(chapter, step));
    }
    let title = format!("{} {}", step.number, step.name);
    let hints = written(chapter)?.into_iter().find(|hints| hints.title == title);
    hints
        .and_then(|hints| hints.paragraphs.into_iter().nth(level.saturating_sub(1)))
        .ok_or_else(|| missing(chapter, step))
}

fn missing(chapter: &Chapter, step: &Step) -> Failure {
    Failure::new(format!("{} has no such hint for step {}", chapter.name, step.number))
}

/// The hints of one step, as written: from a question to a nudge.
pub struct Hints {
    /// Its number and name, as in `5 converse`.
    pub title: String,
    /// A paragraph each.
    pub paragraphs: Vec<String>,
}

/// The hints of `hints.md` beside a program: under `## STEP NAME` a paragraph each.
///
/// # Errors
/// When the file can't be read.
pub fn written(chapter: &Chapter) -> Played<Vec<Hints>> {
    let text = read(&finished(chapter).join("hints.md"))?;
    let sections = text.split("\n## ").skip(1);
    Ok(sections
        .filter_map(|section| {
            let (title, text) = section.split_once('\n')?;
            let paragraphs = text.trim().split("\n\n").map(str::to_owned).collect();
            Some(Hints { title: title.to_owned(), paragraphs })
        })
        .collect())
}
