//! The files of a program, read and written: each failure names its file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::chapters::Chapter;
use crate::failure::{Failure, Played};
use crate::stage::programs::workspace;

/// The folder of a chapter's finished program.
pub fn finished(chapter: &Chapter) -> PathBuf {
    workspace().join("crates").join(chapter.name)
}

/// What the program in `folder` is made of: all that is in `src`, however deep, its
/// manifest, and what its tests read. Paths are as in `src/main.rs`.
///
/// # Errors
/// When a folder can't be read.
pub fn files(folder: &Path) -> Played<Vec<PathBuf>> {
    let mut files: Vec<_> = ["Cargo.toml", "services"].map(PathBuf::from).into();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(inner) = folders.pop() {
        let path = folder.join(&inner);
        for entry in fs::read_dir(&path).map_err(|error| told(&path, &error))? {
            let entry = entry?;
            // Editors put files of their own beside, such as `.main.rs.swp`.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let is_folder = entry.file_type()?.is_dir();
            let all = if is_folder { &mut folders } else { &mut files };
            all.push(inner.join(entry.file_name()));
        }
    }
    files.retain(|file| folder.join(file).is_file());
    files.sort();
    Ok(files)
}

/// Files, with what stands in them.
pub type Texts = Vec<(PathBuf, String)>;

/// The same files, with what stands in them.
///
/// # Errors
/// When one can't be read.
pub fn texts(folder: &Path) -> Played<Texts> {
    let files = files(folder)?.into_iter();
    files.map(|file| read(&folder.join(&file)).map(|text| (file, text))).collect()
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
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).map_err(|error| told(path, &error))
}

fn told(path: &Path, error: &io::Error) -> Failure {
    Failure::of(shown(path), error)
}
