//! Where programs are written: the learner's folder `my/`, and others like it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::chapters::{CHAPTERS, Chapter};
use crate::failure::{Failure, Played};
use crate::learn::steps::{sources, without_bodies};
use crate::stage::programs::{Programs, Progress, workspace};

/// The finished program of a chapter.
pub fn finished(chapter: &Chapter) -> PathBuf {
    workspace().join("crates").join(chapter.name)
}

/// A folder with versions of programs: a cargo workspace of its own, in which a crate
/// stands as it stands in `crates/`.
pub struct Workshop {
    root: PathBuf,
    /// What the name of a version's folder begins with.
    prefix: String,
}

impl Workshop {
    /// The learner's, which git ignores.
    pub fn mine() -> Self {
        Self { root: workspace().join("my"), prefix: String::new() }
    }

    /// Another one. Each needs another `prefix`: cargo tells versions apart by their
    /// path in their workspace.
    pub fn at(root: PathBuf, prefix: &str) -> Self {
        Self { root, prefix: prefix.to_owned() }
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
        Err(Failure::new(format!(
            "there is no {} yet; lay it out with: cargo run -- start {}",
            shown(&folder),
            chapter.name
        )))
    }

    /// Lays the program out with the bodies of its steps taken out. With `fresh` a
    /// version that is there is moved aside, and where to is returned.
    ///
    /// # Errors
    /// When there is a version already, or a file can't be written.
    pub fn start(&self, chapter: &Chapter, fresh: bool) -> Played<Option<PathBuf>> {
        let folder = self.folder(chapter);
        if folder.exists() && !fresh {
            return Err(Failure::new(format!(
                "{} is there already, and stays as it is. To begin anew: cargo run -- start {} --fresh",
                shown(&folder),
                chapter.name
            )));
        }
        let draft = self.draft(chapter, |file, text| {
            let text = without_bodies(&text);
            if file.ends_with("main.rs") { with_note(&text) } else { text }
        })?;
        // The last thing to do: until then nothing of the learner's has moved.
        let aside = (fresh && folder.exists()).then(|| self.free_name(chapter));
        if let Some(aside) = &aside {
            rename(&folder, aside).inspect_err(|_| discard(&draft))?;
        }
        rename(&draft, &folder).inspect_err(|_| discard(&draft))?;
        self.lay_out_manifest()?;
        Ok(aside)
    }

    /// Lays the finished program out; `change` may change each of its files.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn lay_out(
        &self,
        chapter: &Chapter,
        change: impl Fn(&Path, String) -> String,
    ) -> Played {
        let draft = self.draft(chapter, change)?;
        let folder = self.folder(chapter);
        rename(&draft, &folder).inspect_err(|_| discard(&draft))?;
        self.lay_out_manifest()
    }

    /// The program, made where nobody looks: a version is there as a whole or not at all.
    fn draft(
        &self,
        chapter: &Chapter,
        change: impl Fn(&Path, String) -> String,
    ) -> Played<PathBuf> {
        let finished = finished(chapter);
        let mut files = sources(&finished)?;
        // Beside them the manifest, and what the program's tests read.
        let beside = ["Cargo.toml", "services"].map(PathBuf::from);
        files.extend(beside.into_iter().filter(|file| finished.join(file).exists()));
        // Of our own, since others may be at work here too.
        let draft = format!("draft-{}-{}", chapter.name, process::id());
        let draft = self.aside().join(draft);
        let mut files = files.iter();
        let made = files.try_for_each(|file| {
            let text = change(file, read(&finished.join(file))?);
            write(&draft.join(file), &text)
        });
        made.inspect_err(|_| discard(&draft))?;
        Ok(draft)
    }

    /// What the programs inherit is copied from the project's own manifest, but for what
    /// is about a package that none of them has.
    fn lay_out_manifest(&self) -> Played {
        let there: Vec<_> =
            CHAPTERS.iter().filter(|chapter| self.folder(chapter).exists()).collect();
        let manifests = there.iter().map(|chapter| finished(chapter));
        let manifests = manifests.map(|folder| read(&folder.join("Cargo.toml")));
        let manifests = manifests.collect::<Played<String>>()?;
        let members =
            there.iter().map(|chapter| format!("{}{}", self.prefix, chapter.name));
        let members: Vec<_> = members.collect();
        let needed = |table: &str| {
            let package = table.strip_prefix("profile.dev.package.");
            package.and_then(|rest| rest.split(']').next()).is_none_or(|package| {
                package.starts_with('"') || manifests.contains(package)
            })
        };

        let manifest = read(&workspace().join("Cargo.toml"))?;
        let mut text = format!(
            "# `cargo run -- start CHAPTER` lays out a program here, and `try` builds it.\n\
             # Both write this file anew.\n\
             [workspace]\nresolver = \"3\"\nmembers = {members:?}\n"
        );
        for table in manifest.split("\n[").skip(1) {
            let inherited = ["workspace.", "profile."];
            let inherited = inherited.iter().any(|prefix| table.starts_with(prefix));
            if inherited && needed(table) {
                // What stands below it is the comment of the next one.
                let (table, _) = table.split_once("\n\n").unwrap_or((table, ""));
                text += &format!("\n[{}\n", table.trim_end());
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

    /// Where versions go that were moved aside.
    fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }

    /// `my/aside/basic-tcp-1`, the first that is not taken.
    fn free_name(&self, chapter: &Chapter) -> PathBuf {
        let name =
            |number: usize| self.aside().join(format!("{}-{number}", chapter.name));
        (1..1000).map(name).find(|path| !path.exists()).unwrap_or_default()
    }

    /// Builds the version of a chapter's program.
    ///
    /// # Errors
    /// When there is none, or it does not compile.
    pub fn build(&self, chapter: &Chapter, progress: Progress) -> Played<Programs> {
        self.version(chapter)?;
        self.lay_out_manifest()?;
        Programs::build_in(&self.root, chapter.name, progress)
    }
}

/// Put below the comment on top of `main.rs`: what only unwritten steps use must not
/// disturb.
fn with_note(main: &str) -> String {
    let (comment, code) = main.split_once("\n\n").unwrap_or(("", main));
    let note = "#![allow(unused)] // Take this out once all steps are written.";
    format!("{comment}\n\n{note}\n\n{code}")
}

/// A path as the learner would type it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap_or(path).display().to_string()
}

/// Reads a text.
///
/// # Errors
/// With the name of the file.
pub fn read(path: &Path) -> Played<String> {
    fs::read_to_string(path).map_err(|error| told(path, &error))
}

/// Writes a text, in a folder that is made if need be.
///
/// # Errors
/// With the name of the file.
pub fn write(path: &Path, text: &str) -> Played {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| told(folder, &error))?;
    }
    fs::write(path, text).map_err(|error| told(path, &error))
}

fn rename(from: &Path, to: &Path) -> Played {
    fs::rename(from, to).map_err(|error| told(to, &error))
}

/// What could not be finished. If it can't be removed either, it is in nobody's way.
fn discard(draft: &Path) {
    let _ = fs::remove_dir_all(draft);
}

fn told(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {}", shown(path), error.kind()))
}
