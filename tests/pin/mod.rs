//! Pins scenes: plays each and compares its transcript with its snapshot in
//! `tests/snapshots`.

use std::io::{self, Write};
use std::sync::LazyLock;

use socket_tour::chapters::{Chapter, Scene, chapter};
use socket_tour::failure::Played;
use socket_tour::scene::difference::difference;
use socket_tour::scene::line::Kind;
use socket_tour::scene::script::{Script, Step, without_header};
use socket_tour::stage::player::{self, PATIENCE, Purpose};
use socket_tour::stage::programs::Programs;
use socket_tour::stage::rewrite::rewrite;

static PROGRAMS: LazyLock<Programs> =
    LazyLock::new(|| Programs::build().unwrap_or_else(|failure| panic!("{failure}")));

/// Plays the scene of this function's name, and returns the name of its snapshot with
/// what happened.
pub fn play(chapter_name: &str, function: &str) -> Option<(String, String)> {
    let (chapter, scene) = find(chapter_name, function);
    if let Some(why) = scene.impediment() {
        // Where a change is judged, what a reader may lack has to be there.
        let missing = scene.name.starts_with("in-python") && scene.on.is_met();
        let excused = !missing || std::env::var_os("CI").is_none();
        assert!(excused, "{} {why}, and CI is set", scene.name);
        eprintln!("{} is skipped: {why}", scene.name);
        return None;
    }
    let name = chapter.snapshot(scene);
    let seen = if std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always") {
        bless(chapter, scene)
    } else {
        chapter.script(scene).map(|script| seen(&name, &script))
    };
    Some((name, seen.unwrap_or_else(|failure| panic!("{failure}"))))
}

fn seen(name: &str, script: &Script) -> String {
    let performance =
        player::play(&PROGRAMS, script, PATIENCE, Purpose::Compare, &mut |_| ());
    if let Err(failure) = performance.outcome {
        let difference = difference(&performance.expected, &performance.seen);
        let difference = difference.unwrap_or_default();
        panic!(
            "{name}: {failure}\n\nuntil then, expected (-) and seen (+):\n{difference}"
        );
    }
    performance.seen
}

/// What the scene shall say from now on. What that changes is shown.
fn bless(chapter: &Chapter, scene: &Scene) -> Played<String> {
    let text = chapter.text(scene)?;
    // A new scene may be a draft: deeds alone.
    let is_deed = |step: &Step| step.is_done() || step.line.kind == Kind::Remark;
    let draft = Script::read_draft(&text).is_ok_and(|it| it.steps.iter().all(is_deed));
    let purpose = if draft { Purpose::Fill } else { Purpose::Rewrite };
    let new = rewrite(&PROGRAMS, &text, PATIENCE, purpose, &mut |_| ())?;
    if let Some(difference) = difference(&without_header(&text), &new) {
        // Not by `eprintln`, which a test that passes hides.
        let _ = writeln!(io::stderr(), "{}\n{difference}", chapter.snapshot(scene));
    }
    Ok(new)
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
            let chapter = socket_tour::chapters::chapter($chapter).expect("the chapter is listed");
            let scenes: Vec<_> = chapter.scenes.iter().map(|scene| scene.name).collect();
            let pinned = [$(stringify!($scene)),*].map(|name| name.replace('_', "-"));
            assert_eq!(pinned.as_slice(), scenes, "the scenes of {}, in their order", $chapter);
        }
    };
}
pub(crate) use pin;
