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
    let file = format!("{}.snap", name(chapter, scene));
    let snapshot = fs::read_to_string(folder().join(&file)).unwrap_or_default();
    let expected = content(&snapshot);
    if expected == transcript.trim_end() {
        return None;
    }
    let expected = format!("{expected}\n");
    let diff = TextDiff::from_lines(expected.as_str(), transcript);
    Some(diff.unified_diff().header(&file, "this run").to_string())
}

/// A snapshot without its header, which stands between two lines of `---`.
fn content(snapshot: &str) -> &str {
    snapshot.splitn(3, "---\n").nth(2).unwrap_or_default().trim_end()
}
