//! Where programs are written: the learner's folder `my/`, and others like it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::chapters::{CHAPTERS, Chapter};
use crate::failure::{Failure, Played};
use crate::learn::course::{Turn, skeleton, steps, turns};
use crate::learn::files::{Texts, read, shown, write};
use crate::learn::steps::{Step, own};
use crate::stage::programs::{Programs, workspace};

/// A folder with versions of programs: a cargo workspace of its own, in which a crate
/// stands as it stands in `crates/`.
pub struct Workshop {
    /// Where it is.
    pub root: PathBuf,
    /// What the name of a version's folder begins with. Each workshop but the learner's
    /// needs one of its own: cargo tells versions apart by their path in their workspace.
    pub prefix: &'static str,
}

impl Workshop {
    /// The learner's, which git ignores.
    pub fn mine() -> Self {
        Self { root: workspace().join("my"), prefix: "" }
    }

    /// The version of a chapter's program.
    pub fn folder(&self, chapter: &Chapter) -> PathBuf {
        self.root.join(format!("{}{}", self.prefix, chapter.name))
    }

    /// The same, which must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn version(&self, chapter: &Chapter) -> Played<PathBuf> {
        let folder = self.folder(chapter);
        if folder.exists() {
            return Ok(folder);
        }
        let (folder, name) = (shown(&folder), chapter.name);
        Err(Failure::new(format!(
            "there is no {folder} yet; lay it out with: cargo run -- start {name}"
        )))
    }

    /// The steps as they stand in that version; one that is not found there, as it is
    /// finished.
    ///
    /// # Errors
    /// When the source can't be read.
    pub fn steps(&self, chapter: &Chapter) -> Played<Vec<Step>> {
        let (folder, finished) = (self.folder(chapter), steps(chapter)?);
        let own = |step: Step| Ok(own(&folder, &step)?.unwrap_or(step));
        finished.into_iter().map(own).collect()
    }

    /// Lays the program, or its first version, out with the bodies of its steps taken out.
    /// With `fresh` a version that is there is moved aside, and where to is returned.
    ///
    /// # Errors
    /// When there is a version already, or a file can't be written.
    pub fn start(&self, chapter: &Chapter, fresh: bool) -> Played<Option<PathBuf>> {
        let folder = self.folder(chapter);
        if folder.exists() && !fresh {
            let (folder, name) = (shown(&folder), chapter.name);
            return Err(Failure::new(format!(
                "{folder} is there already, and stays as it is. To begin anew: cargo run -- start {name} --fresh"
            )));
        }
        self.forget(chapter);
        self.lay_out(chapter, skeleton(chapter)?)
    }

    /// Lays these files out as a program. A version that is there is moved aside, and
    /// where to is returned.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn lay_out(&self, chapter: &Chapter, files: Texts) -> Played<Option<PathBuf>> {
        let folder = self.folder(chapter);
        // `my/aside/basic-tcp-1`, the first that is not taken.
        let numbered = |number| self.aside(&format!("{}-{number}", chapter.name));
        let mut free = (1..).map(numbered).filter(|path| !path.exists());
        let aside = folder.exists().then(|| free.next()).flatten();
        if let Some(aside) = &aside {
            let made = fs::create_dir_all(self.aside(""));
            let moved = made.and_then(|()| fs::rename(&folder, aside));
            moved.map_err(|error| Failure::of(shown(aside), &error))?;
        }
        for (file, text) in files {
            write(&folder.join(&file), &text)?;
        }
        self.lay_out_manifest()?;
        Ok(aside)
    }

    /// What the programs inherit is copied from the project's own manifest, but for what
    /// is about a package that none of them has.
    fn lay_out_manifest(&self) -> Played {
        let there = CHAPTERS.iter().filter(|chapter| self.folder(chapter).exists());
        let members = there.map(|chapter| format!("{}{}", self.prefix, chapter.name));
        let members = format!("{:?}", members.collect::<Vec<_>>());
        let mut text = format!(
            "# `cargo run -- start CHAPTER` lays out a program here, and `try` builds it.\n\
             # Both write this file anew.\n\
             [workspace]\nresolver = \"3\"\nmembers = {members}\n"
        );
        for table in read(&workspace().join("Cargo.toml"))?.split("\n\n") {
            let begins = |with| table.lines().any(|line| line.starts_with(with));
            // cargo warns of what is about a package that no version has.
            let has_blake3 = members.contains("file-transfer");
            let other = table.contains("package.blake3") && !has_blake3;
            if !other && (begins("[workspace.") || begins("[profile.")) {
                text += &format!("\n{table}\n");
            }
        }
        let manifest = self.root.join("Cargo.toml");
        if read(&manifest).is_ok_and(|there| there == text) {
            return Ok(());
        }
        write(&manifest, &text)?;
        // The same versions as the project's, which are there already. Each time anew:
        // cargo takes out of it what the versions so far do not need.
        write(&self.root.join("Cargo.lock"), &read(&workspace().join("Cargo.lock"))?)
    }

    /// Where versions go that are moved aside, and drafts are made.
    fn aside(&self, name: &str) -> PathBuf {
        self.root.join("aside").join(name)
    }

    /// Keeps in mind which step was named.
    ///
    /// # Errors
    /// When it can't be written down.
    pub fn remember(&self, chapter: &Chapter, step: usize) -> Played {
        write(&self.step(chapter), &step.to_string())
    }

    /// Which step was named last.
    pub fn remembered(&self, chapter: &Chapter) -> Option<usize> {
        read(&self.step(chapter)).ok()?.parse().ok()
    }

    /// No step comes next, or none is known to.
    pub fn forget(&self, chapter: &Chapter) {
        // Most likely it is not there.
        let _ = fs::remove_file(self.step(chapter));
    }

    /// The scenes that tell how far that version is.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn turns(&self, chapter: &'static Chapter) -> Played<Vec<Turn>> {
        let mut turns = turns(chapter, &self.folder(chapter))?;
        // In a program that is mended step by step each scene is about more than one.
        let last = self.remembered(chapter).filter(|_| chapter.first.is_some());
        for turn in &mut turns {
            turn.reached = turn.step.max(last.unwrap_or_default());
        }
        Ok(turns)
    }

    fn step(&self, chapter: &Chapter) -> PathBuf {
        self.aside(&format!("{}.step", chapter.name))
    }

    /// Builds the version of a chapter's program.
    ///
    /// # Errors
    /// When there is none, or it does not compile.
    pub fn build(&self, chapter: &Chapter) -> Played<Programs> {
        self.version(chapter)?;
        self.lay_out_manifest()?;
        // It is the first version, too, until it is more.
        let first = chapter.first.as_ref().map_or(chapter.name, |first| first.name);
        Programs::build_in(&self.root, chapter.name, first)
    }
}

/// Lays the program out for the learner, and says what there is to do.
///
/// # Errors
/// When there is a version already and it is not to begin `fresh`, or a file can't be
/// written.
pub fn start(out: &mut dyn Write, chapter: &Chapter, fresh: bool) -> Played {
    let mine = Workshop::mine();
    if let Some(aside) = mine.start(chapter, fresh)? {
        writeln!(out, "Your version so far is now in {}.", shown(&aside))?;
    }
    writeln!(out, "{} is yours now. Its steps:", shown(&mine.folder(chapter)))?;
    for step in mine.steps(chapter)? {
        // A mend is made wherever it belongs.
        let place = if step.line == 0 { String::new() } else { step.place() };
        let Step { number, name, task, .. } = step;
        writeln!(out, "  {number:2}. {name:20} {place:20} {task}")?;
    }
    writeln!(
        out,
        "Keep the lines `// STEP n: ...` where they are.\n\
         For completion and errors in your editor, open the folder my in it, as a folder of its own.\n\
         Write the first step, then: cargo run -- try {}",
        chapter.name
    )?;
    Ok(())
}
