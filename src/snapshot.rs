//! The snapshots of `tests/snapshots`: what each scene printed when it was last looked
//! at and found right.

use std::path::PathBuf;
use std::{env, fs};

use similar::TextDiff;

use crate::programs::workspace;
use crate::scenes::{Chapter, Scene};

/// The name of a scene's snapshot.
pub fn name(chapter: &Chapter, scene: &Scene) -> String {
    format!("{}-{}", chapter.name, scene.name)
}

/// The folder of the snapshots: `tests/snapshots`, unless `SOCKET_TOUR_SNAPSHOTS` names
/// another one to compare with.
pub fn folder() -> PathBuf {
    env::var_os("SOCKET_TOUR_SNAPSHOTS")
        .map_or_else(|| workspace().join("tests").join("snapshots"), PathBuf::from)
}

/// What differs between a scene's snapshot and `transcript`, or nothing. Without a
/// snapshot everything does.
pub fn difference(
    chapter: &Chapter,
    scene: &Scene,
    transcript: &str,
) -> Option<String> {
    let (file, snapshot) = read(chapter, scene);
    differ(content(&snapshot), transcript, &file)
}

/// What to call a scene's snapshot, and all that is in it.
fn read(chapter: &Chapter, scene: &Scene) -> (String, String) {
    let file = format!("{}.snap", name(chapter, scene));
    match fs::read_to_string(folder().join(&file)) {
        // With git's line ends for Windows it says the same.
        Ok(snapshot) => (file, snapshot.replace("\r\n", "\n")),
        Err(error) => (format!("{file} ({})", error.kind()), String::new()),
    }
}

/// The same without what the program printed whose wire is judged.
pub fn difference_on_the_wire(
    chapter: &Chapter,
    scene: &Scene,
    transcript: &str,
) -> Option<String> {
    let (file, snapshot) = read(chapter, scene);
    let printed = |line: &str| {
        let speaker = line.split([' ', ':']).next().unwrap_or_default();
        let judged = speaker.starts_with("server") || speaker.starts_with("fetcher");
        judged && speaker.ends_with(['$', '>', '!'])
    };
    let lines = content(&snapshot).lines().filter(|line| !printed(line));
    differ(&lines.collect::<Vec<_>>().join("\n"), transcript, &file)
}

fn differ(expected: &str, transcript: &str, file: &str) -> Option<String> {
    if expected == transcript.trim_end() {
        return None;
    }
    let expected = format!("{expected}\n");
    let diff = TextDiff::from_lines(expected.as_str(), transcript);
    Some(
        diff.unified_diff()
            .context_radius(CONTEXT)
            .header(file, "this run")
            .to_string(),
    )
}

/// How many lines before a difference are shown: nearly always all, so that one sees
/// what was done.
const CONTEXT: usize = 40;

/// A snapshot without its header, which stands between two lines of `---`.
fn content(snapshot: &str) -> &str {
    snapshot.splitn(3, "---\n").nth(2).unwrap_or_default().trim_end()
}
