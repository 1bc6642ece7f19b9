//! Hints for the steps of a program: a question, then a nudge, then the code.

use std::io::Write;

use crate::chapters::Chapter;
use crate::failure::{Failure, Played};
use crate::learn::course::{differences, numbered};
use crate::learn::files::{finished, read};
use crate::learn::steps::{Step, unwritten};
use crate::learn::workshop::Workshop;

/// How many hints a step has.
pub const LEVELS: u8 = 3;

/// Tells a hint for step `step`, or else for the one that was named when the learner's
/// version was tried.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn tell(
    out: &mut dyn Write,
    chapter: &'static Chapter,
    level: u8,
    step: Option<usize>,
) -> Played {
    let number = step.map_or_else(|| next_step(chapter), Ok)?;
    let step = numbered(chapter, number)?;
    writeln!(out, "Step {number}, {}: {}.\n", step.name, step.task)?;
    writeln!(out, "{}", hint(chapter, &step, level)?)?;
    if level < LEVELS {
        let (name, more) = (chapter.name, level + 1);
        writeln!(out, "\nMore: cargo run -- hint {name} {more} --step {number}")?;
    }
    Ok(())
}

/// The step that comes next: if none was named, the first that is not written.
fn next_step(chapter: &Chapter) -> Played<usize> {
    let mine = Workshop::mine();
    mine.version(chapter)?;
    let next = mine.remembered(chapter).or(unwritten(&mine.steps(chapter)?));
    let choose = "all steps are written; add --step N for a hint to one of them";
    next.ok_or_else(|| Failure::new(choose))
}

/// Shows how the learner's version, or its step `step`, differs from the finished one.
///
/// # Errors
/// When there is no such step, or `out` can't be written.
pub fn solution(out: &mut dyn Write, chapter: &Chapter, step: Option<usize>) -> Played {
    let folder = Workshop::mine().version(chapter)?;
    for (title, difference) in differences(chapter, &folder, step)? {
        match difference {
            None => writeln!(out, "{title}: the same.")?,
            Some(text) => writeln!(out, "{title}: yours (-) and ours (+)\n{text}")?,
        }
    }
    Ok(())
}

/// The hint of this level, from 1 on, for a finished step. The last one is its code.
fn hint(chapter: &Chapter, step: &Step, level: u8) -> Played<String> {
    if level == LEVELS {
        return Ok(step.body.clone());
    }
    let title = format!("{} {}", step.number, step.name);
    let hints = written(chapter)?.into_iter().find(|(step, _)| *step == title);
    let hint =
        hints.and_then(|(_, hints)| hints.into_iter().nth(usize::from(level) - 1));
    hint.ok_or_else(|| {
        Failure::new(format!("{} has no such hint for step {title}", chapter.name))
    })
}

/// The hints of `hints.md` beside a program: for each step its number and name, as in
/// `5 converse`, and the paragraphs below that title, from a question to a nudge.
///
/// # Errors
/// When the file can't be read.
pub fn written(chapter: &Chapter) -> Played<Vec<(String, Vec<String>)>> {
    let text = read(&finished(chapter).join("hints.md"))?;
    let sections = text.split("\n## ").skip(1);
    let hints =
        sections.filter_map(|section| section.split_once('\n')).map(|(title, text)| {
            let paragraphs = text.trim().split("\n\n").map(str::to_owned);
            (title.to_owned(), paragraphs.collect())
        });
    Ok(hints.collect())
}
