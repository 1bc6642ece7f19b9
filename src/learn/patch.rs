//! Small changes to a program, kept as unified diffs: solutions of tasks, and common
//! mistakes.
//!
//! What stands above the first `---` says what the change is about. Where in a file a
//! change belongs its context says, not a line number. But the numbers of lines have to
//! be true: `git apply` and `patch` go by them.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Played};
use crate::learn::workshop::{read, write};

/// A change.
pub struct Patch {
    /// What it is about.
    pub about: String,
    hunks: Vec<Hunk>,
}

struct Hunk {
    file: PathBuf,
    /// `@@ -7,2 +7,3 @@`: from the seventh line on, two old lines are three new ones.
    header: String,
    old: String,
    new: String,
}

impl Patch {
    /// Reads a change.
    ///
    /// # Errors
    /// When there is no such file, or it tells wrong how many lines it changes.
    pub fn read(path: &Path) -> Played<Self> {
        let change = Self::parse(&read(path)?);
        match change.hunks.iter().find(|hunk| !hunk.counts_its_lines()) {
            Some(Hunk { header, .. }) => Err(Failure::new(format!(
                "{}: the lines below {header} are more or less",
                path.display()
            ))),
            None => Ok(change),
        }
    }

    fn parse(text: &str) -> Self {
        let mut about = String::new();
        let mut file = None;
        let mut hunks: Vec<Hunk> = Vec::new();
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("--- ") {
                file = Some(PathBuf::from(path.strip_prefix("a/").unwrap_or(path)));
            } else if let Some(file) = &file {
                let (sign, rest) = line.split_at(line.len().min(1));
                if sign == "@" {
                    let (old, new) = (String::new(), String::new());
                    let (file, header) = (file.clone(), line.to_owned());
                    hunks.push(Hunk { file, header, old, new });
                } else if let Some(hunk) = hunks.last_mut()
                    && !line.starts_with("+++ ")
                {
                    if sign != "+" {
                        hunk.old += &format!("{rest}\n");
                    }
                    if sign != "-" {
                        hunk.new += &format!("{rest}\n");
                    }
                }
            } else {
                about += &format!("{line}\n");
            }
        }
        Self { about: about.trim().to_owned(), hunks }
    }

    /// Changes the crate in `folder`.
    ///
    /// # Errors
    /// When a file does not hold what the change is to, or holds it twice.
    pub fn apply(&self, folder: &Path) -> Played {
        for Hunk { file, old, new, .. } in &self.hunks {
            let path = folder.join(file);
            let text = read(&path)?;
            let places = text.matches(old.as_str()).count();
            if places != 1 {
                let file = file.display();
                return Err(Failure::new(format!(
                    "{file} holds this {places} times, and should once:\n{old}"
                )));
            }
            write(&path, &text.replace(old.as_str(), new))?;
        }
        Ok(())
    }
}

impl Hunk {
    fn counts_its_lines(&self) -> bool {
        let counts = |sign: char, lines: &str| {
            let range = self.header.split(' ').find_map(|part| part.strip_prefix(sign));
            // `-7` is one line, `-7,0` is none.
            let count = range.map(|range| range.split_once(',').map_or("1", |it| it.1));
            count == Some(&lines.lines().count().to_string())
        };
        counts('-', &self.old) && counts('+', &self.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_where_its_context_stands() {
        let patch = Patch::parse(
            "Why.\nstep: 2\n\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,3 +1,3 @@ fn\n one\n-two\n+zwei\n three\n\
             @@ -7 +7 @@\n-seven\n",
        );
        assert_eq!(patch.about, "Why.\nstep: 2");
        assert_eq!(patch.hunks[0].old, "one\ntwo\nthree\n");
        assert_eq!(patch.hunks[0].new, "one\nzwei\nthree\n");
        assert_eq!(
            (patch.hunks[1].old.as_str(), patch.hunks[1].new.as_str()),
            ("seven\n", "")
        );
        let counted: Vec<_> = patch.hunks.iter().map(Hunk::counts_its_lines).collect();
        assert_eq!(counted, [true, false]);
    }
}
