//! Pins scenes: plays each and compares its transcript with its snapshot in
//! `tests/snapshots`.

use std::sync::LazyLock;

use socket_tour::programs::{Programs, Progress};
use socket_tour::scenes::{Chapter, Scene, chapter};
use socket_tour::snapshot;
use socket_tour::stage::{PATIENCE, Stage};

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
    Programs::build(Progress::Hidden).unwrap_or_else(|failure| panic!("{failure}"))
});

/// Plays the scene of this function's name, and returns the name of its snapshot with
/// its transcript.
pub fn play(chapter_name: &str, function: &str) -> Option<(String, String)> {
    let (chapter, scene) = find(chapter_name, function);
    if let Some(why) = scene.impediment() {
        // Where a change is judged, what a reader may lack has to be there.
        let missing = scene.python && scene.on.include_this_one();
        let excused = !missing || std::env::var_os("CI").is_none();
        assert!(excused, "{} {why}, and CI is set", scene.name);
        eprintln!("{} is skipped: {why}", scene.name);
        return None;
    }
    let (transcript, outcome) =
        Stage::new(&PROGRAMS, PATIENCE, Box::new(|_| ())).play(scene.play);
    if let Err(failure) = outcome {
        let difference =
            snapshot::difference(chapter, scene, &transcript).unwrap_or_default();
        panic!("{failure}\n\nuntil then, beside the snapshot:\n{difference}");
    }
    Some((snapshot::name(chapter, scene), transcript))
}

fn find(chapter_name: &str, function: &str) -> (&'static Chapter, &'static Scene) {
    let chapter =
        chapter(chapter_name).unwrap_or_else(|| panic!("no chapter {chapter_name}"));
    let scene = function.replace('_', "-");
    (
        chapter,
        chapter
            .scene(&scene)
            .unwrap_or_else(|| panic!("{chapter_name} has no scene {scene}")),
    )
}

/// A test for each scene of a chapter, and one that none was forgotten.
macro_rules! pin {
    ($chapter:literal: $($scene:ident)*) => {
        $(
            #[test]
            fn $scene() {
                if let Some((name, transcript)) = pin::play($chapter, stringify!($scene)) {
                    insta::with_settings!({
                        omit_expression => true,
                        prepend_module_to_snapshot => false,
                    }, {
                        insta::assert_snapshot!(name, transcript);
                    });
                }
            }
        )*

        #[test]
        fn every_scene_is_pinned() {
            let chapter = socket_tour::scenes::chapter($chapter).expect("the chapter is listed");
            let scenes: Vec<_> = chapter.scenes.iter().map(|scene| scene.name).collect();
            let pinned = [$(stringify!($scene)),*].map(|name| name.replace('_', "-"));
            assert_eq!(pinned.as_slice(), scenes, "the scenes of {}, in their order", $chapter);
        }
    };
}
pub(crate) use pin;
