//! A file while it arrives: until it is whole, it has no name that anybody looks for.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};
use tempfile::{Builder, NamedTempFile};

use crate::OnConflict;
use crate::console::{count, reason};
use crate::name::{LONGEST, UNFINISHED, is_unfinished, numbered};
use crate::outgoing::shown;

/// How much may lie in memory that is not on the disk yet. Without this, the last
/// `sync` of a large file would take longer than the client is willing to wait.
const UNSYNCED: u64 = 64 << 20;

/// How many names `--on-conflict rename` tries.
const NAMES: u32 = 999;

// ANCHOR: incoming
/// A file that arrives. Dropped before it is kept, it is removed.
pub struct Incoming {
    file: NamedTempFile,
    dir: PathBuf,
    hasher: blake3::Hasher,
    length: u64,
    synced: u64,
}

impl Incoming {
    /// An empty file in `dir`: the same file system, so that it can be renamed.
    ///
    /// # Errors
    /// When it cannot be made, in words.
    pub fn new(dir: &Path) -> Result<Self, String> {
        let file = unfinished_file(dir);
        let file = file.map_err(|error| {
            let why = reason(&error);
            // `tempfile` adds the path, which is no business of the client's.
            let why = why.split(" at path ").next().unwrap_or_default();
            format!("cannot make a file: {why}")
        })?;
        let dir = dir.to_owned();
        Ok(Self { file, dir, hasher: blake3::Hasher::new(), length: 0, synced: 0 })
    }

    /// Adds `bytes`.
    ///
    /// # Errors
    /// When the disk does not take them, in words.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        let mut written = self.file.as_file().write_all(bytes);
        if self.length - self.synced > UNSYNCED {
            written = written.and_then(|()| self.file.as_file().sync_data());
            self.synced = self.length;
        }
        written.map_err(|error| format!("cannot write it: {}", reason(&error)))
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn digest(&self) -> blake3::Hash {
        self.hasher.finalize()
    }

    /// Puts the file under `name`, or one that is free, and returns which. From then on
    /// it stays, whatever happens.
    ///
    /// # Errors
    /// When it cannot have a name, in words; it is removed then.
    pub fn keep(self, name: &str, on_conflict: OnConflict) -> Result<String, String> {
        // STEP 7: bring the file to the disk, then give it a name that is free
        let cannot = |error: &io::Error| format!("cannot keep it: {}", reason(error));
        self.file.as_file().sync_all().map_err(|error| cannot(&error))?;

        let mut file = self.file;
        for candidate in candidates(name, on_conflict) {
            // One call, in which the system looks whether the name is free and takes
            // it: between two, somebody else could.
            match file.persist_noclobber(self.dir.join(&candidate)) {
                Ok(_) => {
                    sync_folder(&self.dir);
                    return Ok(candidate);
                }
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                    file = error.file;
                }
                Err(error) => return Err(cannot(&error.error)),
            }
        }
        Err(taken(name))
    }
}
// ANCHOR_END: incoming

/// Why `name` cannot be had.
fn taken(name: &str) -> String {
    format!("a file named {name} is there already")
}

/// The names for a file named `name`, the best first.
fn candidates(name: &str, on_conflict: OnConflict) -> impl Iterator<Item = String> {
    let others = if on_conflict == OnConflict::Rename { NAMES } else { 0 };
    let others = (1..=others).map(move |number| numbered(name, number));
    std::iter::once(name.to_owned()).chain(others.filter(|name| name.len() <= LONGEST))
}

/// Refuses early what `keep` would refuse after all the bytes.
///
/// # Errors
/// Why, in words.
pub fn check(dir: &Path, name: &str, on_conflict: OnConflict) -> Result<(), String> {
    // A symbolic link counts by itself, wherever it leads.
    let free = |name: String| fs::symlink_metadata(dir.join(name)).is_err();
    if candidates(name, on_conflict).any(free) { Ok(()) } else { Err(taken(name)) }
}

/// A new file with a name of its own, locked: that tells other servers on this folder
/// that somebody is at work on it.
fn unfinished_file(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1);
    // As any other new file: the user's umask decides who may read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let file = builder.tempfile_in(dir)?;
        // On a file system without locks nobody's files are swept away.
        let locked = FileExt::try_lock(file.as_file());
        // A server that starts just now sweeps away what has no lock yet.
        if !matches!(locked, Err(TryLockError::WouldBlock)) && file.path().exists() {
            return Ok(file);
        }
    }
}

// ANCHOR: sweep
/// Makes `dir` if it is missing, and removes what servers left in it that were killed.
/// Returns how many files that were.
///
/// # Errors
/// When the folder cannot be made or read, in words.
pub fn prepare(dir: &Path) -> Result<String, String> {
    let swept = fs::create_dir_all(dir).and_then(|()| sweep(dir));
    let swept = swept.map_err(|error| {
        let why = match error.kind() {
            ErrorKind::AlreadyExists => "it is no folder".to_owned(),
            _ => reason(&error),
        };
        format!("cannot use the folder {}: {why}", shown(dir))
    })?;
    Ok(if swept == 0 { String::new() } else { count(swept, "unfinished file") })
}

fn sweep(dir: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(is_unfinished);
        if !ours || !entry.file_type()?.is_file() {
            continue;
        }
        // Whoever still works on it holds its lock, and the lock of a program that was
        // killed is gone.
        let file = File::options().write(true).open(entry.path());
        let Ok(file) = file else { continue };
        if FileExt::try_lock(&file).is_ok() && fs::remove_file(entry.path()).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}
// ANCHOR_END: sweep

/// Makes the new name last through a power failure. Where this fails, or is not needed
/// (Windows has no such call), the file is whole all the same.
fn sync_folder(dir: &Path) {
    #[cfg(unix)]
    let _ = File::open(dir).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = dir;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_kept_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut incoming = Incoming::new(dir.path()).unwrap();
        incoming.push(b"some bytes").unwrap();
        assert!(is_unfinished(&names(dir.path())[0]));
        drop(incoming);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn never_overwrites() {
        let dir = tempfile::tempdir().unwrap();
        for (on_conflict, expected) in [
            (OnConflict::Refuse, Ok("a.txt")),
            (OnConflict::Refuse, Err("a file named a.txt is there already")),
            (OnConflict::Rename, Ok("a (1).txt")),
            (OnConflict::Rename, Ok("a (2).txt")),
        ] {
            let incoming = Incoming::new(dir.path()).unwrap();
            let kept = incoming.keep("a.txt", on_conflict);
            assert_eq!(kept.as_deref(), expected.map_err(str::to_owned).as_deref());
        }
        assert_eq!(names(dir.path()), ["a (1).txt", "a (2).txt", "a.txt"]);
    }

    #[test]
    fn sweeps_what_nobody_holds_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let incoming = Incoming::new(dir.path()).unwrap();
        for name in [".file-transfer-dead01.part", "mine.part", ".file-transfer-notes"]
        {
            fs::write(dir.path().join(name), name).unwrap();
        }
        fs::create_dir(dir.path().join(".file-transfer-folder.part")).unwrap();

        assert_eq!(prepare(dir.path()), Ok("1 unfinished file".to_owned()));
        assert_eq!(prepare(dir.path()), Ok(String::new()));
        assert_eq!(incoming.keep("whole", OnConflict::Refuse), Ok("whole".to_owned()));
        let rest = [
            ".file-transfer-folder.part",
            ".file-transfer-notes",
            "mine.part",
            "whole",
        ];
        assert_eq!(names(dir.path()), rest);
    }
}
