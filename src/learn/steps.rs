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

use std::path::{Path, PathBuf};

use crate::failure::Played;
use crate::learn::files::texts;

/// Stands before the number of a step.
pub const MARK: &str = "// STEP ";

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
    /// The line of its comment, from 1 on; 0 if it has none.
    pub line: usize,
    /// The body below the comment.
    pub body: String,
}

impl Step {
    /// The step whose comment is line `mark`, from 0 on. The source is formatted, so that
    /// the body ends where a line closes it with four columns less.
    fn at(lines: &[&str], mark: usize, file: &Path) -> Option<Self> {
        let (number, task) =
            lines[mark].trim_start().strip_prefix(MARK)?.split_once(": ")?;
        let (_, name) =
            lines[..mark].iter().rev().find_map(|line| line.split_once("fn "))?;
        let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        Some(Self {
            number: number.parse().ok()?,
            name: name.to_owned(),
            task: task.to_owned(),
            file: file.to_owned(),
            line: mark + 1,
            body: body(&lines[mark + 1..], indent(lines[mark]).strip_suffix("    ")?)?,
        })
    }

    /// Where it stands, as an editor opens it.
    pub fn place(&self) -> String {
        let (file, line) = (self.file.display(), self.line);
        if line == 0 { file.to_string() } else { format!("{file}:{line}") }
    }

    /// Whether the body is more than what a skeleton has in its place.
    pub fn is_written(&self) -> bool {
        !self.body.trim_start().starts_with("todo!(\"step ")
    }
}

/// The number of the first step that is not written.
pub fn unwritten(steps: &[Step]) -> Option<usize> {
    steps.iter().find(|step| !step.is_written()).map(|step| step.number)
}

/// The steps that are marked in the crate in `folder`, by their number.
///
/// # Errors
/// When its source can't be read.
pub fn marked(folder: &Path) -> Played<Vec<Step>> {
    let sources = texts(folder)?;
    let steps = sources.iter().flat_map(|(file, text)| steps_in(text, file));
    let mut steps: Vec<_> = steps.collect();
    steps.sort_by_key(|step| step.number);
    Ok(steps)
}

/// `step` as it stands in the version in `folder`: where its comment is, or, if that is
/// gone, where its function is.
///
/// # Errors
/// When the source can't be read.
pub fn own(folder: &Path, step: &Step) -> Played<Option<Step>> {
    let marked = marked(folder)?.into_iter().find(|own| own.number == step.number);
    if marked.is_some() {
        return Ok(marked);
    }
    let mut sources = texts(folder)?;
    // Other files may have a function of this name as well.
    sources.sort_by_key(|(file, _)| *file != step.file);
    Ok(sources.into_iter().find_map(|(file, text)| {
        let (line, body) = function(&text, &step.name)?;
        Some(Step { file, line, body, ..step.clone() })
    }))
}

/// Where the body of function `name` opens in `text`, as the number of a line, and the
/// body.
fn function(text: &str, name: &str) -> Option<(usize, String)> {
    let lines: Vec<_> = text.lines().collect();
    let begins = [format!("fn {name}("), format!("fn {name}<")];
    let head =
        lines.iter().position(|line| begins.iter().any(|fun| line.contains(fun)))?;
    let open = head + lines[head..].iter().position(|line| line.ends_with('{'))?;
    Some((open + 1, body(&lines[open + 1..], indent(lines[head]))?))
}

/// The lines up to the brace that closes a function, which stands that far to the right.
fn body(lines: &[&str], indent: &str) -> Option<String> {
    let close = format!("{indent}}}");
    let end = lines.iter().position(|line| *line == close)?;
    Some(lines[..end].join("\n"))
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The steps that are marked in a text.
pub fn steps_in(text: &str, file: &Path) -> Vec<Step> {
    let lines: Vec<_> = text.lines().collect();
    (0..lines.len()).filter_map(|mark| Step::at(&lines, mark, file)).collect()
}

/// `text` with the body of each step taken out. It compiles, and says at run time which
/// step is missing.
pub fn without_bodies(text: &str) -> String {
    let mut skeleton = text.to_owned();
    for Step { number, name, task, body, .. } in steps_in(text, Path::new("")) {
        let mark = format!("{MARK}{number}: {task}\n");
        let indent = indent(&body);
        let missing = format!("{indent}todo!(\"step {number}, {name}: {task}\")");
        skeleton =
            skeleton.replace(&format!("{mark}{body}\n"), &format!("{mark}{missing}\n"));
    }
    skeleton
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
    fn bodies_go_out() {
        let skeleton = without_bodies(SOURCE);
        assert!(skeleton.contains(
            "// STEP 2: answer\n        todo!(\"step 2, converse: answer\")\n    }\n"
        ));
        assert!(
            skeleton.contains(
                "// STEP 1: listen\n    todo!(\"step 1, listen: listen\")\n}\n"
            )
        );
        assert!(!skeleton.contains("break"));
        assert!(
            steps_in(&skeleton, Path::new("")).iter().all(|step| !step.is_written())
        );
    }

    #[test]
    fn finds_a_function_without_its_comment() {
        let text = SOURCE.replace("        // STEP 2: answer\n", "");
        let body = "        loop {\n            break;\n        }\n        Ok(())";
        assert_eq!(function(&text, "converse"), Some((5, body.to_owned())));
        assert_eq!(function(&text, "convers"), None);
    }
}
