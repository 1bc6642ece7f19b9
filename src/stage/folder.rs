//! A folder of a scene's own.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io, mem};

use crate::scene::bytes::{meant, printable};
use crate::scene::deed::Deed;

/// How many there were: scenes of one program play side by side.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// Those that are there.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes all folders: Ctrl-C ends us without dropping anything. From now on nobody can
/// make one.
pub(crate) fn remove_all() {
    let mut all = all();
    for path in all.drain(..) {
        // As in `drop`.
        let _ = fs::remove_dir_all(path);
    }
    mem::forget(all);
}

fn all() -> MutexGuard<'static, Vec<PathBuf>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new folder, which is removed with all that is in it when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        let mut all = all();
        let path = loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("socket-tour-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            match fs::create_dir(&path) {
                Ok(()) => break path,
                // Left by one that was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let why = format!("{}: {}", path.display(), error.kind());
                    return Err(io::Error::other(why));
                }
            }
        };
        all.push(path.clone());
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Does, or looks at, what a scene tells of it. Returns what was seen.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn does(&self, deed: &Deed) -> io::Result<Option<String>> {
        let mut names = deed.arguments("PATH");
        let (name, other) = (names.next().unwrap_or_default(), names.next());
        let (path, other) = (self.0.join(name), other.unwrap_or_default());
        let length = deed.number() as u64;
        match deed.form {
            "has a folder PATH" => fs::create_dir(path)?,
            "has a link PATH to PATH" => link(other, &path)?,
            "has PATH, of N zeros" => fs::File::create(path)?.set_len(length)?,
            "has PATH: BYTES" => {
                let bytes = meant(deed.argument("BYTES")).map_err(io::Error::other)?;
                fs::write(path, bytes)?;
            }
            "PATH is now of N bytes" => {
                fs::OpenOptions::new().write(true).open(path)?.set_len(length)?;
            }
            "PATH is removed" => fs::remove_file(path)?,
            "PATH is the same as PATH" => {
                let same = fs::read(path)? == fs::read(self.0.join(other))?;
                let is = if same { "is" } else { "is not" };
                return Ok(Some(format!("{name} {is} the same as {other}")));
            }
            "PATH reads TEXT" => {
                return Ok(Some(format!(
                    "{name} reads {}",
                    printable(&fs::read(path)?)
                )));
            }
            _ => {
                let holds = format!("{name} holds {}", entries(&path)?);
                return Ok(Some(holds.trim_start().to_owned()));
            }
        }
        Ok(None)
    }
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// What a folder holds, in order: files with their sizes.
fn entries(path: &Path) -> io::Result<String> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let (name, metadata) = (entry.file_name(), entry.metadata()?);
        let name = name.to_string_lossy();
        entries.push(if metadata.is_file() {
            format!("{name} ({} bytes)", metadata.len())
        } else {
            name.into_owned()
        });
    }
    entries.sort();
    Ok(if entries.is_empty() { "nothing".to_owned() } else { entries.join(", ") })
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it lies among the system's temporary files.
        let _ = fs::remove_dir_all(&self.0);
        all().retain(|path| *path != self.0);
    }
}
