//! The steps of a program: functions to be written, in the order in which one would.
//!
//! A comment on the first line of a body makes its function a step:
//!
//! ```text
//! fn converse(connection: &TcpStream) -> io::Result<()> {
//!     // STEP 5: answer each read until the client has no more to say
//!     ...
//! }
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Played};

const MARK: &str = "// STEP ";

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// From 1 on.
    pub number: usize,
    /// The function's name.
    pub name: String,
    /// What it has to do.
    pub task: String,
    /// Where it stands, in the crate's folder.
    pub file: PathBuf,
    /// The line of its comment, from 1 on.
    pub line: usize,
    /// The body below the comment.
    pub body: String,
}

impl Step {
    /// Whether the body is more than what a skeleton has in its place.
    pub fn is_written(&self) -> bool {
        !self.body.trim_start().starts_with("todo!(\"step ")
    }
}

/// The steps of the crate in `folder`, by their number.
///
/// # Errors
/// When its source can't be read.
pub fn steps(folder: &Path) -> Played<Vec<Step>> {
    let mut steps = Vec::new();
    for file in sources(folder)? {
        let text = fs::read_to_string(folder.join(&file))
            .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
        steps.extend(steps_in(&text, &file));
    }
    steps.sort_by_key(|step| step.number);
    Ok(steps)
}

/// `step` as it stands in the version in `folder`: where its comment is, or, if that is
/// gone, where its function is.
///
/// # Errors
/// When the source can't be read.
pub fn own(folder: &Path, step: &Step) -> Played<Option<Step>> {
    let marked = steps(folder)?.into_iter().find(|own| own.number == step.number);
    if marked.is_some() {
        return Ok(marked);
    }
    let text = fs::read_to_string(folder.join(&step.file)).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let begins = [format!("fn {}(", step.name), format!("fn {}<", step.name)];
    let head =
        lines.iter().position(|line| begins.iter().any(|fun| line.contains(fun)));
    let Some(head) = head else { return Ok(None) };
    let close = format!("{}}}", indent(lines[head]));
    let after = |at: usize, what: &dyn Fn(&str) -> bool| {
        lines[at..].iter().position(|line| what(line)).map(|more| at + more)
    };
    let open = after(head, &|line| line.ends_with('{'));
    let end = open.and_then(|open| after(open, &|line| line == close));
    Ok(open.zip(end).map(|(open, end)| Step {
        line: head + 1,
        body: lines[open + 1..end].join("\n"),
        ..step.clone()
    }))
}

/// The files of `folder/src`, as in `src/main.rs`.
///
/// # Errors
/// When the folder can't be read.
pub fn sources(folder: &Path) -> Played<Vec<PathBuf>> {
    let source = folder.join("src");
    let entries = fs::read_dir(&source)
        .map_err(|error| Failure::new(format!("{}: {error}", source.display())))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        // Editors put files of their own beside, such as `.main.rs.swp`.
        let hidden = name.to_string_lossy().starts_with('.');
        let source = name.extension().is_some_and(|extension| extension == "rs");
        if entry.file_type()?.is_file() && source && !hidden {
            files.push(Path::new("src").join(name));
        }
    }
    files.sort();
    Ok(files)
}

fn steps_in(text: &str, file: &Path) -> Vec<Step> {
    let lines: Vec<_> = text.lines().collect();
    let parts = (0..lines.len()).filter_map(|at| Part::at(&lines, at));
    parts
        .map(|part| Step {
            number: part.number,
            name: part.name.to_owned(),
            task: part.task.to_owned(),
            file: file.to_owned(),
            line: part.mark + 1,
            body: lines[part.mark + 1..part.end].join("\n"),
        })
        .collect()
}

/// `text` with the body of each step taken out. It compiles, and says at run time which
/// step is missing.
pub fn without_bodies(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let mut result = String::new();
    let mut at = 0;
    while at < lines.len() {
        result += lines[at];
        result += "\n";
        if let Some(Part { number, name, task, end, .. }) = Part::at(&lines, at) {
            let indent = indent(lines[at]);
            result += &format!("{indent}todo!(\"step {number}, {name}: {task}\")\n");
            at = end;
        } else {
            at += 1;
        }
    }
    result
}

/// `text`, a file of the learner's or of a skeleton, with the body of step `number`
/// replaced.
pub fn with_body(text: &str, number: usize, body: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let part = (0..lines.len()).filter_map(|at| Part::at(&lines, at));
    match part.into_iter().find(|part| part.number == number) {
        Some(part) => {
            let (before, after) = (&lines[..=part.mark], &lines[part.end..]);
            [before, &[body], after].concat().join("\n") + "\n"
        }
        None => text.to_owned(),
    }
}

/// Where a step stands in a file.
struct Part<'a> {
    number: usize,
    name: &'a str,
    task: &'a str,
    /// The index of the comment's line.
    mark: usize,
    /// The index of the line that closes the body.
    end: usize,
}

impl<'a> Part<'a> {
    /// The step whose comment is line `mark`. The source is formatted, so that the body
    /// ends where a line closes it with four columns less.
    fn at(lines: &[&'a str], mark: usize) -> Option<Self> {
        let (number, task) =
            lines[mark].trim_start().strip_prefix(MARK)?.split_once(": ")?;
        let close = format!("{}}}", indent(lines[mark]).strip_suffix("    ")?);
        let end = mark + lines[mark..].iter().position(|line| *line == close)?;
        let head =
            lines[..mark].iter().rposition(|line| line.trim_start().contains("fn "))?;
        let name = lines[head].split_once("fn ")?.1;
        let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        Some(Self { number: number.parse().ok()?, name, task, mark, end })
    }
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
impl Server {
    /// Answers.
    pub fn converse(
        mut self,
    ) -> io::Result<()> {
        // STEP 2: answer
        loop {
            break;
        }
        Ok(())
    }
}

fn listen() -> u8 {
    // STEP 1: listen
    7
}
";

    #[test]
    fn finds_steps_with_name_task_and_body() {
        let steps = steps_in(SOURCE, Path::new("src/server.rs"));
        let found: Vec<_> = steps
            .iter()
            .map(|step| (step.number, step.name.as_str(), step.line))
            .collect();
        assert_eq!(found, [(2, "converse", 6), (1, "listen", 15)]);
        assert_eq!(
            steps[0].body,
            "        loop {\n            break;\n        }\n        Ok(())"
        );
        assert_eq!(steps[1].task, "listen");
    }

    #[test]
    fn bodies_go_out_and_come_back() {
        let skeleton = without_bodies(SOURCE);
        assert!(skeleton.contains(
            "// STEP 2: answer\n        todo!(\"step 2, converse: answer\")\n    }\n"
        ));
        assert!(!skeleton.contains("break"));
        let mut text = skeleton;
        for step in steps_in(SOURCE, Path::new("")) {
            text = with_body(&text, step.number, &step.body);
        }
        assert_eq!(text, SOURCE);
    }
}
