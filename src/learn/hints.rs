//! Hints for the steps of a program: a question, then a nudge, then the code.

use std::io::Write;

use crate::chapters::Chapter;
use crate::failure::{Failure, Played};
use crate::learn::attempt::next_step;
use crate::learn::course::{Pair, numbered, pairs};
use crate::learn::files::{finished, read};
use crate::learn::steps::Step;
use crate::learn::workshop::Workshop;
use crate::scene::difference::difference;

/// How many hints a step has.
pub const LEVELS: usize = 3;

/// Tells a hint for step `step`, or else for the one that comes next.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn tell(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    level: Option<usize>,
    step: Option<usize>,
) -> Played {
    let next = match step {
        Some(_) => step,
        None => next_step(out, chapter)?,
    };
    let Some(number) = next else {
        writeln!(out, "All scenes of {} pass: no hint is needed.", chapter.name)?;
        return Ok(());
    };
    let step = numbered(chapter, number)?;
    let level = level.unwrap_or(1);
    if !(1..=LEVELS).contains(&level) {
        let step = "for a step add --step N";
        return Err(Failure::new(format!("a hint has levels 1 to {LEVELS}; {step}")));
    }
    writeln!(out, "Step {number}, {}: {}.\n", step.name, step.task)?;
    writeln!(out, "{}", hint(chapter, &step, level)?)?;
    if level < LEVELS {
        let more = level + 1;
        let name = chapter.name;
        writeln!(out, "\nMore: cargo run -- hint {name} {more} --step {number}")?;
    }
    Ok(())
}

/// Shows how the learner's version of step `number`, or of all steps and the manifest,
/// differs from the finished one.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn solution(
    out: &mut dyn Write,
    chapter: &Chapter,
    number: Option<usize>,
) -> Played {
    for Pair { title, own, finished } in
        pairs(chapter, &Workshop::mine().version(chapter)?, number)?
    {
        match difference(&own, &finished) {
            None => writeln!(out, "{title}: the same.")?,
            Some(text) => {
                writeln!(out, "{title}: yours (-) and ours (+)\n{text}")?;
            }
        }
    }
    Ok(())
}

/// The hint of this level, from 1 on, for a finished step. The last one is its code.
fn hint(chapter: &Chapter, step: &Step, level: usize) -> Played<String> {
    if level == LEVELS {
        return Ok(step.body.clone());
    }
    let title = format!("{} {}", step.number, step.name);
    let hints = written(chapter)?.into_iter().find(|hints| hints.title == title);
    let hint = hints.and_then(|hints| hints.paragraphs.into_iter().nth(level - 1));
    hint.ok_or_else(|| {
        Failure::new(format!("{} has no such hint for step {title}", chapter.name))
    })
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
