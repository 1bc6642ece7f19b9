//! The course of a chapter: its steps, what is laid out at its start, and the scenes that
//! tell how far somebody is.
//!
//! Most programs are written in one go. One that has mends is written as its first
//! version, then mended, and cut into files at last.

use std::path::Path;

use crate::chapters::{Chapter, First, Scene};
use crate::failure::{Failure, Played};
use crate::learn::files::{Texts, finished, read, texts};
use crate::learn::steps::{MARK, Step, marked, own, steps_in, without_bodies};
use crate::scene::difference::difference;
use crate::scene::script::without_header;

const MAIN: &str = "src/main.rs";

/// The name of the last step, and what is left to do in it when all is mended.
const CUT: &str = "program";
const LAST: &str = "cut it into files, and let clap read the command line, as the page of the chapter has it";

/// Put below the comment on top of `main.rs`: what only unwritten steps use must not
/// disturb.
const NOTE: &str = "// Take this out once no `todo!` is left.\n\
                    #![allow(dead_code, unused_imports, unused_mut, unused_variables)]";

/// Begins each part of what is said with a mend: from which one on.
const FROM: &str = "# From mend ";

/// What is laid out: the program, or its first version, with the bodies of its steps taken
/// out.
///
/// # Errors
/// When a file can't be read.
pub fn skeleton(chapter: &Chapter) -> Played<Texts> {
    let mut files = texts(&finished(chapter))?;
    if let Some(first) = &chapter.first {
        files.retain(|(file, _)| !file.starts_with("src"));
        files.push((MAIN.into(), with_marks(chapter, first, 0)?));
    }
    for (file, text) in &mut files {
        *text = without_bodies(text);
        if file.ends_with("main.rs") {
            *text = text.replacen("\n\n", &format!("\n\n{NOTE}\n\n"), 1);
        }
    }
    Ok(files)
}

/// The first version, with so many mends, as a program of its own whose functions are
/// steps.
fn with_marks(chapter: &Chapter, first: &First, mends: usize) -> Played<String> {
    let elsewhere = format!(" -p {} --example {}", chapter.name, first.name);
    let here = format!("console\n//! cd my/{}", chapter.name);
    let text = version(chapter, first, mends)?;
    let mut text = text.replace(&elsewhere, "").replace("console", &here);
    for (number, (name, task, _)) in (1..).zip(first.functions) {
        let begin = format!("\nfn {name}(");
        let (before, function) = text.split_once(&begin).unwrap_or((&text, ""));
        if let Some((head, body)) = function.split_once('\n') {
            let mark = format!("    {MARK}{number}: {task}");
            text = format!("{before}{begin}{head}\n{mark}\n{body}");
        }
    }
    Ok(text)
}

/// The first version of a chapter's program, with so many mends.
///
/// # Errors
/// When a mend can't be read, or does not fit.
pub fn version(chapter: &Chapter, first: &First, mends: usize) -> Played<String> {
    let file = format!("examples/{}.rs", first.name);
    let mut text = read(&finished(chapter).join(file))?;
    for (number, (name, _)) in (1..=mends).zip(first.mends) {
        let mended = apply(&text, &patch(chapter, number, name)?);
        text = mended.ok_or_else(|| Failure::new(format!("{name} does not fit")))?;
    }
    Ok(text)
}

fn patch(chapter: &Chapter, number: usize, name: &str) -> Played<String> {
    read(&finished(chapter).join(format!("mends/{number:02}-{name}.patch")))
}

/// What a patch makes of a text, if each of its hunks fits in one place.
fn apply(text: &str, patch: &str) -> Option<String> {
    patch.split("\n@@").skip(1).try_fold(text.to_owned(), |text, hunk| {
        let lines = hunk.lines().skip(1).filter(|line| !line.is_empty());
        let side = |without: char| -> String {
            let lines = lines.clone().filter(|line| !line.starts_with(without));
            lines.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (old, new) = (side('+'), side('-'));
        (text.matches(&old).count() == 1).then(|| text.replace(&old, &new))
    })
}

/// The steps of a chapter, as they are finished: its functions, or those of its first
/// version, and its mends.
///
/// # Errors
/// When its source can't be read.
pub fn steps(chapter: &Chapter) -> Played<Vec<Step>> {
    let Some(first) = &chapter.first else { return marked(&finished(chapter)) };
    let mut steps = steps_in(&with_marks(chapter, first, 0)?, Path::new(MAIN));
    let mut add = |name: &str, task: &str, body: &str| {
        let (name, task, body) = (name.to_owned(), task.to_owned(), body.to_owned());
        let number = steps.len() + 1;
        steps.push(Step { number, name, task, file: "src".into(), line: 0, body });
    };
    for (number, (name, _)) in (1..).zip(first.mends) {
        let patch = patch(chapter, number, name)?;
        let task = patch.lines().next().unwrap_or_default();
        let body = patch.find("\n@@").map_or("", |hunks| patch[hunks..].trim());
        add(name, task.trim_end_matches('.'), body);
    }
    add(CUT, LAST, &read(&finished(chapter).join(MAIN))?);
    Ok(steps)
}

/// How the version in `folder` differs from ours, file by file, or in step `number`: what
/// is compared, and the difference, if there is one.
///
/// # Errors
/// When there is no such step, or a file can't be read.
pub fn differences(
    chapter: &Chapter,
    folder: &Path,
    number: Option<usize>,
) -> Played<Vec<(String, Option<String>)>> {
    let step = number.map(|number| numbered(chapter, number)).transpose()?;
    let files = match (step, &chapter.first) {
        (Some(step), _) if step.line > 0 => {
            let title = format!("Step {}, {}", step.number, step.name);
            let own = own(folder, &step)?.map(|own| own.body).unwrap_or_default();
            return Ok(vec![(title, difference(&own, &step.body))]);
        }
        // A mend is seen in the program as it is after it.
        (Some(step), Some(first)) if step.name != CUT => {
            let mends = step.number - first.functions.len();
            vec![(MAIN.into(), with_marks(chapter, first, mends)?)]
        }
        _ => texts(&finished(chapter))?,
    };
    let compared = files.into_iter().map(|(file, finished)| {
        // What the learner does not have, differs as a whole.
        let own = read(&folder.join(&file)).unwrap_or_default();
        (file.display().to_string(), difference(&own, &finished))
    });
    Ok(compared.collect())
}

/// A step as it is finished.
///
/// # Errors
/// When there is none of this number.
pub fn numbered(chapter: &Chapter, number: usize) -> Played<Step> {
    let all = steps(chapter)?;
    let last = all.len();
    all.into_iter().find(|step| step.number == number).ok_or_else(|| {
        Failure::new(format!("{} has steps 1 to {last}, not {number}", chapter.name))
    })
}

/// A scene that is played with a learner's program.
#[derive(Clone, Copy)]
pub struct Turn {
    /// The scene.
    pub scene: &'static Scene,
    /// The step that it is about.
    pub step: usize,
    /// The step that is to be done: this one, unless a later one was named before.
    pub reached: usize,
    /// Whether it differs until its step is done, which is no mistake.
    pub is_a_lesson: bool,
}

impl Turn {
    /// Whether it is about a first version, and has more than one text.
    pub fn has_texts(&self) -> bool {
        self.scene.step == 0
    }

    /// What should have been said where `seen` was: the same, if that is right from this
    /// step on or from a later one. What is said with a first version is kept beside it,
    /// each time with the mend from which on it is.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn text(&self, chapter: &Chapter, seen: &str) -> Played<String> {
        let file = format!("mends/{}.snap", self.scene.name);
        let said = without_header(&read(&finished(chapter).join(file))?);
        let functions = chapter.first.as_ref().map_or(0, |first| first.functions.len());
        let parts = said.split(FROM).filter_map(|part| {
            let (mend, text) = part.split_once(" on:\n")?;
            let step = functions + mend.parse::<usize>().ok()?;
            (step >= self.step).then(|| (step, text.trim_end().to_owned() + "\n"))
        });
        let parts: Vec<_> = parts.collect();
        let right = parts.iter().find(|(_, text)| text == seen);
        let now = parts.iter().rfind(|(step, _)| *step <= self.reached);
        let text = right.or(now).or(parts.first());
        Ok(text.map(|(_, text)| text.clone()).unwrap_or_default())
    }

    /// The first step that it is about: those before have scenes of their own.
    pub fn since(&self, chapter: &Chapter) -> usize {
        let functions = chapter.first.as_ref().map_or(&[][..], |first| first.functions);
        let before = functions.iter().take(self.step - 1).rev();
        self.step - before.take_while(|(_, _, scenes)| scenes.is_empty()).count()
    }
}

/// `text` with each complaint told once, though it came again and again: how often a
/// server has tried depends on when one looks.
pub fn told_once(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.dedup_by(|line, before| line == before && line.contains("! "));
    lines.join("\n") + "\n"
}

/// The scenes for whoever has written so much of a chapter's program.
///
/// # Errors
/// When it can't be read.
pub fn turns(chapter: &'static Chapter, folder: &Path) -> Played<Vec<Turn>> {
    let mut program = all(chapter.scenes);
    let Some(first) = &chapter.first else {
        program.sort_by_key(|turn| turn.scene.step);
        return Ok(program);
    };
    if read(&folder.join(MAIN))?.contains("clap") {
        // It is cut. The main scene takes all steps: where one is wrong, another one says
        // so better.
        program.rotate_left(1);
        return Ok(program);
    }
    let at_once = first.functions.iter().map(|(_, _, scenes)| scenes.to_vec());
    let later = first.mends.iter().map(|(_, scene)| vec![*scene]);
    let steps = (1..).zip(at_once.chain(later).chain([vec![chapter.scenes[0].name]]));
    let turns = steps.flat_map(|(step, names)| {
        let is_a_lesson = step > first.functions.len();
        let scenes = names.into_iter().filter_map(|name| chapter.scene(name));
        scenes.map(move |scene| Turn { scene, step, reached: step, is_a_lesson })
    });
    Ok(turns.filter(|turn| turn.scene.impediment().is_none()).collect())
}

/// All of these scenes that are about a learner's program and can be played here.
pub fn all(scenes: &'static [Scene]) -> Vec<Turn> {
    let turns = scenes.iter().map(|scene| {
        let step = scene.exercises;
        Turn { scene, step, reached: step, is_a_lesson: false }
    });
    let tried = |it: &Turn| it.scene.step > 0 && it.scene.impediment().is_none();
    turns.filter(tried).collect()
}
