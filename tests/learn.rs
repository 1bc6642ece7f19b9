//! Proves the learner's loop on the finished programs: their skeletons compile, and with
//! the steps filled in one by one the scenes pass in their order.
//!
//! Each step is a build, so these tests take minutes: `cargo test --test learn --
//! --ignored`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use socket_tour::chapters::{CHAPTERS, Chapter, Scene, Task, chapter};
use socket_tour::learn::attempt::{self, Outcome};
use socket_tour::learn::course::{Turn, all, steps, version};
use socket_tour::learn::files::{finished, texts};
use socket_tour::learn::hints;
use socket_tour::learn::workshop::Workshop;
use socket_tour::scene::script::without_header;
use socket_tour::stage::programs::{Programs, workspace};

fn workshop(prefix: &'static str, chapter: &Chapter) -> Workshop {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(prefix);
    let root = folder.join(chapter.name);
    let _ = fs::remove_dir_all(&root);
    Workshop { root, prefix }
}

#[test]
fn steps_are_numbered_and_each_has_its_hints() {
    for chapter in CHAPTERS.iter().filter(|chapter| chapter.has_program()) {
        let steps = steps(chapter).unwrap();
        let numbers: Vec<_> = steps.iter().map(|step| step.number).collect();
        assert_eq!(numbers, (1..=steps.len()).collect::<Vec<_>>(), "{}", chapter.name);
        let mends = chapter.first.as_ref().map_or(0, |first| first.mends.len());
        let written = steps.len() - mends;
        assert!((4..=9).contains(&written), "{} has {written}", chapter.name);

        let written = hints::written(chapter).unwrap();
        let titles: Vec<_> = written.iter().map(|(title, _)| title.clone()).collect();
        let expected =
            steps.iter().map(|step| format!("{} {}", step.number, step.name));
        assert_eq!(titles, expected.collect::<Vec<_>>(), "{}", chapter.name);
        for (title, hints) in written {
            // The last level is the code itself.
            assert_eq!(
                hints.len(),
                usize::from(hints::LEVELS) - 1,
                "{}: {title}",
                chapter.name
            );
        }
        for scene in chapter.scenes {
            let Scene { name, step, exercises, .. } = scene;
            // 0 is for a scene about another program.
            let known = *step == 0 || numbers.contains(step);
            let before = exercises <= step && (*exercises == 0) == (*step == 0);
            assert!(known && before, "{} {name}", chapter.name);
        }
    }
}

/// What became of all these scenes.
fn play(chapter: &Chapter, turns: &[Turn], programs: &Programs) -> Vec<Outcome> {
    attempt::play(chapter, turns, programs).map(Result::unwrap).collect()
}

/// What a learner is told of, after which no scene is played.
fn first_that_differs(
    chapter: &Chapter,
    turns: &[Turn],
    programs: &Programs,
) -> Option<Outcome> {
    let mut outcomes = attempt::play(chapter, turns, programs).map(Result::unwrap);
    outcomes.find(|outcome| !outcome.passes())
}

/// Builds a version, which fails if the compiler warns of anything in it.
fn build_without_a_warning(workshop: &Workshop, chapter: &Chapter) -> Programs {
    let main = workshop.folder(chapter).join("src").join("main.rs");
    let text = fs::read_to_string(&main).unwrap();
    let strict = "#![deny(warnings)]\n";
    if !text.starts_with(strict) {
        fs::write(&main, strict.to_owned() + &text).unwrap();
    }
    workshop.build(chapter).unwrap()
}

/// Does a step, given what is finished of it, or the whole program: the last one.
fn take(workshop: &Workshop, chapter: &Chapter, number: usize) {
    let folder = workshop.folder(chapter);
    let steps = steps(chapter).unwrap();
    let step = &steps[number - 1];
    // A mend is made wherever it belongs; here there is one file.
    let file = if step.line == 0 { "src/main.rs".into() } else { step.file.clone() };
    let file = folder.join(file);
    let text = fs::read_to_string(&file).unwrap();
    let todo = format!("todo!(\"step {number}, ");
    if let Some(missing) = text.lines().find(|line| line.contains(&todo)) {
        fs::write(&file, text.replace(missing, &step.body)).unwrap();
    } else if let Some(first) = chapter.first.as_ref().filter(|_| number < steps.len())
    {
        let mended = version(chapter, first, number - first.functions.len()).unwrap();
        fs::write(&file, mended).unwrap();
    } else {
        workshop.lay_out(chapter, texts(&finished(chapter)).unwrap()).unwrap();
    }
}

/// Lays the skeleton out, then takes the steps one by one.
fn grow(chapter: &'static Chapter) {
    let workshop = workshop("grow-", chapter);
    workshop.start(chapter, false).unwrap();
    workshop.start(chapter, false).expect_err("a version is never overwritten");
    let steps = steps(chapter).unwrap();
    // The step after which a scene passes.
    let from = |outcome: &Outcome| match &chapter.first {
        Some(_) => outcome.turn.step,
        None => outcome.turn.scene.step,
    };
    for written in 0..=steps.len() {
        if written > 0 {
            take(&workshop, chapter, written);
        }
        let programs = build_without_a_warning(&workshop, chapter);
        let turns = workshop.turns(chapter).unwrap();
        let outcomes = play(chapter, &turns, &programs);
        for outcome in &outcomes {
            assert!(
                from(outcome) > written || outcome.passes(),
                "{} {} with {written} steps: {:?} {}",
                chapter.name,
                outcome.turn.scene.name,
                outcome.failure,
                outcome.difference.as_deref().unwrap_or_default()
            );
        }
        let first = outcomes.iter().find(|outcome| !outcome.passes());
        match first {
            Some(outcome) if written == 0 => {
                assert_eq!(outcome.missing_step(), Some(1), "{}", chapter.name);
            }
            // It breaks until it is mended.
            Some(outcome) if outcome.turn.is_a_lesson => {
                assert_eq!(outcome.turn.step, written + 1, "{}", chapter.name);
                is_shown(chapter, outcome, outcome.turn.step);
            }
            Some(outcome) => {
                let missing = outcome.missing_step();
                assert!(
                    missing.is_some_and(|step| step > written),
                    "{}: {missing:?} is said to come after {written}",
                    chapter.name
                );
            }
            None => assert!(written > 0, "{}: nothing needs a step", chapter.name),
        }
        assert!(written < steps.len() || first.is_none(), "{}", chapter.name);
    }
}

/// What is shown as what shall be said is what a first version says once `step` is done,
/// or as long as nothing later changes it.
fn is_shown(chapter: &Chapter, outcome: &Outcome, step: usize) {
    let scene = outcome.turn.scene;
    let Some(first) = chapter.first.as_ref().filter(|_| scene.step == 0) else {
        return;
    };
    let file = finished(chapter).join(format!("mends/{}.snap", scene.name));
    let said = without_header(&fs::read_to_string(file).unwrap());
    let mends = step - first.functions.len();
    let from = |mend| said.split_once(&format!("# From mend {mend} on:\n"));
    let (_, text) = (0..=mends).rev().find_map(from).unwrap();
    let text = text.split("# From mend ").next().unwrap();
    let difference = outcome.difference.as_ref().unwrap();
    let shall = difference.lines().filter(|line| !line.starts_with('-'));
    let shall: String = shall.map(|line| format!("{}\n", &line[1..])).collect();
    assert_eq!(shall.trim_end(), text.trim_end(), "{} {}", chapter.name, scene.name);
}

/// Whoever breaks at a later step what was right is shown what is right there, and not
/// what comes nearest.
#[test]
fn what_is_shown_is_said_at_the_step_that_is_reached() {
    let chapter = chapter("basic-tcp").unwrap();
    let first = chapter.first.as_ref().unwrap();
    let workshop = workshop("shown-", chapter);
    workshop.start(chapter, false).unwrap();
    let main = workshop.folder(chapter).join("src/main.rs");
    // Wrong from the first scene on. What is shown is not quoted yet: the fourth mend,
    // which is step 7, does that.
    let broken = version(chapter, first, 3).unwrap();
    fs::write(main, broken.replace("connected", "is here")).unwrap();
    let programs = workshop.build(chapter).unwrap();
    for reached in [6, 7, 8, 12] {
        workshop.remember(chapter, reached).unwrap();
        let turns = workshop.turns(chapter).unwrap();
        let first = first_that_differs(chapter, &turns, &programs).unwrap();
        assert!(!first.turn.is_a_lesson && first.missing_step().is_none());
        is_shown(chapter, &first, reached);
    }
}

/// Where one scene is about several steps, `try` names them all.
#[test]
fn steps_without_scenes_are_named_with_the_next() {
    let since = |name: &str, step: usize| {
        let chapter = chapter(name).unwrap();
        let scene = &chapter.scenes[1];
        Turn { scene, step, reached: step, is_a_lesson: false }.since(chapter)
    };
    assert_eq!(since("selectors-fetcher", 4), 1);
    assert_eq!(since("select-server", 3), 1);
    assert_eq!(since("select-server", 4), 4);
    assert_eq!(since("basic-tcp", 2), 1);
    assert_eq!(since("basic-tcp", 3), 3);
    assert_eq!(since("basic-tcp", 9), 9);
    assert_eq!(since("file-transfer", 4), 1);
    assert_eq!(since("lookup-demo", 4), 4);
}

/// The changes in a folder beside a program, by name: unified diffs, below some words on
/// what they are about.
fn patches(chapter: &Chapter, folder: &str) -> Vec<(String, PathBuf)> {
    let folder = finished(chapter).join(folder);
    let mut patches = Vec::new();
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        patches.push((name, path));
    }
    patches.sort();
    patches
}

/// Lays the finished program out anew and makes a change to it, as the book tells a
/// learner to.
fn change(workshop: &Workshop, chapter: &Chapter, patch: &Path) {
    let folder = workshop.folder(chapter);
    let _ = fs::remove_dir_all(&folder);
    workshop.lay_out(chapter, texts(&finished(chapter)).unwrap()).unwrap();
    let mut git = Command::new("git");
    let status = git.arg("apply").arg(patch).current_dir(folder).status().unwrap();
    assert!(status.success(), "{} does not fit", patch.display());
}

/// Each change still fits the program that it is to. Cheap, so that who edits a program
/// hears of it at once, and not only when the changes are built.
#[test]
fn changes_fit_their_programs() {
    if Command::new("git").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "here git has to be there");
        eprintln!("skipped: needs git");
        return;
    }
    // A folder of its own: in a busy checkout the same test may run twice at a time.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("fit-{}", std::process::id()));
    let workshop = Workshop { root: folder.clone(), prefix: "" };
    for chapter in CHAPTERS.iter().filter(|chapter| chapter.has_program()) {
        for kind in ["mistakes", "tasks"] {
            for (_, patch) in patches(chapter, kind) {
                change(&workshop, chapter, &patch);
            }
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Makes each common mistake, one at a time: it is found, and the step that is named is
/// the one in which it was made.
fn err(chapter: &'static Chapter) {
    let workshop = workshop("mistakes-", chapter);
    let mistakes = patches(chapter, "mistakes");
    assert!(mistakes.len() >= 3, "{}", chapter.name);
    for (name, mistake) in mistakes {
        let about = fs::read_to_string(&mistake).unwrap();
        let step = about.lines().find_map(|line| line.strip_prefix("step: "));
        let step = step.and_then(|step| step.parse().ok());
        change(&workshop, chapter, &mistake);
        let programs = workshop.build(chapter).unwrap();
        // A mistake of timing does not show each time: a learner tries again too.
        let tries = (0..3).map(|_| {
            let turns = workshop.turns(chapter).unwrap();
            let first = first_that_differs(chapter, &turns, &programs);
            first.map(|outcome| (outcome.turn.scene.name, outcome.turn.step))
        });
        let found = tries.take_while(|found| found.is_none_or(|it| Some(it.1) != step));
        let wrong: Vec<_> = found.collect();
        assert!(wrong.len() < 3, "{} {name}: found by {wrong:?}", chapter.name);
    }
}

/// The scenes of each task differ with the finished program, and pass with the solution.
fn solve(chapter: &'static Chapter) {
    let workshop = workshop("tasks-", chapter);
    let solutions = patches(chapter, "tasks");
    let names: BTreeSet<_> = solutions.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, chapter.tasks.iter().map(Task::name).collect());
    assert!(names.len() >= 2, "{}", chapter.name);

    workshop.lay_out(chapter, texts(&finished(chapter)).unwrap()).unwrap();
    let programs = workshop.build(chapter).unwrap();
    for task in chapter.tasks {
        for outcome in play(chapter, &all(task.scenes), &programs) {
            assert!(
                !outcome.passes(),
                "{} {} is no task",
                task.name(),
                outcome.turn.scene.name
            );
        }
    }
    for (name, solution) in &solutions {
        let task = chapter.task(name).unwrap();
        change(&workshop, chapter, solution);
        let programs = build_without_a_warning(&workshop, chapter);
        for outcome in play(chapter, &all(task.scenes), &programs) {
            assert_eq!(outcome.failure, None, "{} {name}", outcome.turn.scene.name);
            insta::with_settings!({
                omit_expression => true,
                prepend_module_to_snapshot => false,
            }, {
                insta::assert_snapshot!(
                    chapter.snapshot(outcome.turn.scene),
                    outcome.transcript
                );
            });
        }
    }
}

/// What differs with a program in Python, judged by the wire.
fn judge(chapter: &str, command: &str) -> BTreeSet<&'static str> {
    let chapter = socket_tour::chapters::chapter(chapter).unwrap();
    let folder = workspace().join("tests").join("python");
    let words = command.split(' ').map(|word| match word.strip_suffix(".py") {
        Some(_) => folder.join(word).display().to_string(),
        None => word.to_owned(),
    });
    let words = words.collect();
    let programs = Programs::build().unwrap().with_guest(words, true);
    let outcomes = play(chapter, &all(chapter.scenes), &programs);
    let judged = outcomes.iter().filter(|outcome| !outcome.skipped);
    let found = judged.filter(|outcome| !outcome.passes());
    found.map(|outcome| outcome.turn.scene.name).collect()
}

/// Where the article is right its way passes, and where it fails it is found.
#[test]
#[ignore = "needs python3"]
fn the_python_way_is_judged_by_the_wire() {
    // A reset, and Ctrl-C, end it with an exception.
    let found = judge("basic-tcp", "python3 basic_tcp.py {port}");
    assert_eq!(
        found,
        BTreeSet::from(["reset", "ctrl-c-idle", "ctrl-c-connected", "restart"])
    );

    // A client that hangs up, or resets, ends it for all; urgent data, for one; who does
    // not read keeps all others waiting.
    let found = judge("select-server", "python3 select_server.py {port}");
    for scene in ["half-close", "urgent", "gone", "hangs-up", "reads-a-little"] {
        assert!(found.contains(scene), "{scene} is not in {found:?}");
    }
    for scene in ["numbers", "interleaved", "says-nothing", "all-at-once"] {
        assert!(!found.contains(scene), "{scene} is in {found:?}");
    }

    // It waits for the server to close, and goes on to wait for one that is gone.
    let found = judge("selectors-fetcher", "python3 selectors_fetcher.py");
    assert!(
        !found.contains("until-the-end") && found.contains("body-cut"),
        "{found:?}"
    );

    // Half a character is an exception for one client, and Ctrl-C for all.
    let found = judge("threaded-server", "python3 threaded_server.py {port}");
    assert_eq!(found, BTreeSet::from(["slow", "ctrl-c-idle", "ctrl-c"]));

    // It trusts the name, the end of the stream and the bytes, and keeps nothing safe.
    let found = judge("file-transfer", "python3 file_transfer.py");
    for scene in ["names", "taken", "swapped", "gone", "digest-wrong"] {
        assert!(found.contains(scene), "{scene} is not in {found:?}");
    }
    for scene in ["transfer", "empty-file", "binary", "three-at-once"] {
        assert!(!found.contains(scene), "{scene} is in {found:?}");
    }
}

/// As from a terminal, Ctrl-C reaches all that a learner's command has started.
#[cfg(unix)]
#[test]
fn ctrl_c_reaches_a_program_behind_a_shell() {
    let chapter = socket_tour::chapters::chapter("basic-tcp").unwrap();
    let programs = Programs::build().unwrap();
    let program = programs.path(chapter.name).unwrap().display().to_string();
    let words = ["sh", "-c", "trap : INT; \"$0\" \"$@\"", &program].map(str::to_owned);
    let programs = programs.with_guest(words.to_vec(), false);
    for outcome in play(chapter, &all(chapter.scenes), &programs) {
        // Behind a shell a program is killed a little later than the shell.
        let name = outcome.turn.scene.name;
        let passes = outcome.passes() || !name.starts_with("ctrl-c");
        assert!(outcome.skipped || passes, "{name}: {:?}", outcome.failure);
    }
}

/// Three tests for each chapter.
macro_rules! learn {
    ($($module:ident $chapter:literal)*) => {
        $(
            mod $module {
                use super::*;

                #[test]
                #[ignore = "a build for each step"]
                fn grows_step_by_step() {
                    grow(chapter($chapter).unwrap());
                }

                #[test]
                #[ignore = "a build for each mistake"]
                fn mistakes_are_found() {
                    err(chapter($chapter).unwrap());
                }

                #[test]
                #[ignore = "a build for each task"]
                fn tasks_are_solved() {
                    solve(chapter($chapter).unwrap());
                }
            }
        )*
    };
}

learn! {
    ipaddress_demo "ipaddress-demo"
    lookup_demo "lookup-demo"
    basic_tcp "basic-tcp"
    select_server "select-server"
    selectors_fetcher "selectors-fetcher"
    threaded_server "threaded-server"
    file_transfer "file-transfer"
}
