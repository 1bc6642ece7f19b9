//! A folder of a scene's own.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, mem};

use crate::failure::{Failure, Played};
use crate::stage::Stage;

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

/// A new folder, shown as `<folder>`, which is removed with all that is in it when it is
/// dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(stage: &Stage<'_>) -> Played<Self> {
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
                    let why = error.kind();
                    return Err(Failure::new(format!("{}: {why}", path.display())));
                }
            }
        };
        all.push(path.clone());
        drop(all);
        stage.name(&path.display().to_string(), "<folder>");
        Ok(Self(path))
    }

    /// The path of `name` in it, with `/` on every system, so that it looks the same on
    /// each.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.0.display())
    }

    /// Writes a file into it.
    ///
    /// # Errors
    /// When that fails.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Played {
        Ok(fs::write(self.path(name), bytes)?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it lies among the system's temporary files.
        let _ = fs::remove_dir_all(&self.0);
        all().retain(|path| *path != self.0);
    }
}
