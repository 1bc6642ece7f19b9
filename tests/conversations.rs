//! Pins the conversations that the book lets its reader write: those of the page about
//! it, and a "what if" of each chapter.

use std::fs;

use socket_tour::scene::script::{Script, without_header};
use socket_tour::stage::player::{PATIENCE, Purpose, play};
use socket_tour::stage::programs::{Programs, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path))
        .unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// What is left of a scene when all answers are taken out: its draft.
fn draft(script: &Script) -> String {
    let done = script.steps.iter().filter(|step| step.stays_in_a_draft());
    let lines = done.map(|step| {
        let line = step.line.to_string();
        match (&step.deed, line.split_once(": ")) {
            (Some(deed), Some((who, _))) if deed.form == "sends N bytes: BYTES" => {
                format!("{who}: sends: {}\n", deed.argument("BYTES"))
            }
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

#[test]
fn conversations_of_the_reader() {
    let programs = Programs::build().unwrap();
    let mut names: Vec<_> = fs::read_dir(workspace().join("tests/snapshots"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("own-") || name.starts_with("what-if-"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 13, "{names:?}");
    for name in names {
        let text = read(&format!("tests/snapshots/{name}"));
        let script = Script::read(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let told = play(&programs, &script, PATIENCE, Purpose::Compare, &mut |_| ());
        assert!(told.outcome.is_ok(), "{name}: {:?}\n{}", told.outcome, told.seen);
        let name = name.trim_end_matches(".snap");
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!(name, told.seen);
        });
        // The page shows the draft too.
        if let Some(own) = name.strip_prefix("own-") {
            let kept = read(&format!("book/conversations/{own}.txt"));
            assert_eq!(draft(&script), without_header(&kept), "{own}");
        }
    }
}
