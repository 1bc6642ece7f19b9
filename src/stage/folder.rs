//! A folder of a scene's own.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io, mem};

use tempfile::TempDir;

use super::lock;
use crate::scene::bytes::printable;
use crate::scene::deed::Deed;

/// Those that are there.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes all folders: Ctrl-C ends us without dropping anything. From now on nobody can
/// make one.
pub(crate) fn remove_all() {
    let mut all = lock(&ALL);
    for path in all.drain(..) {
        // What is left of it lies among the system's temporary files.
        let _ = fs::remove_dir_all(path);
    }
    mem::forget(all);
}

/// A new folder, which is removed with all that is in it when it is dropped.
pub struct Folder(TempDir);

impl Folder {
    /// An empty folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        let mut all = lock(&ALL);
        let folder = tempfile::Builder::new().prefix("socket-tour-").tempdir()?;
        all.push(folder.path().to_owned());
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Does, or looks at, what a scene tells of it and of what is `said`. Returns what was
    /// seen.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn does(&self, deed: &Deed, said: &[u8]) -> io::Result<Option<String>> {
        let mut names = deed.arguments("PATH");
        let (name, other) = (names.next().unwrap_or_default(), names.next());
        let (path, other) = (self.path().join(name), other.unwrap_or_default());
        let length = deed.number() as u64;
        match deed.form {
            "has a folder PATH" => fs::create_dir(path)?,
            "has a link PATH to PATH" => link(other, &path)?,
            "has PATH, of N zeros" => fs::File::create(path)?.set_len(length)?,
            "has PATH: BYTES" => fs::write(path, said)?,
            "PATH is now of N bytes" => {
                fs::OpenOptions::new().write(true).open(path)?.set_len(length)?;
            }
            "PATH is the same as PATH" => {
                let same = fs::read(path)? == fs::read(self.path().join(other))?;
                let is = if same { "is" } else { "is not" };
                return Ok(Some(format!("{name} {is} the same as {other}")));
            }
            "PATH reads TEXT" => {
                let text = printable(&fs::read(path)?);
                return Ok(Some(format!("{name} reads {text}")));
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
    Err(io::ErrorKind::Unsupported.into())
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
        lock(&ALL).retain(|path| path != self.0.path());
    }
}
