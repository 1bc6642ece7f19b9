//! The guide as a learner types it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use socket_tour::chapters::CHAPTERS;
use socket_tour::learn::files::{files, finished, read, write};
use socket_tour::learn::workshop::Workshop;
use socket_tour::scene::line::Kind;
use socket_tour::scene::script::Step;
use socket_tour::stage::programs::workspace;

fn guide(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_socket-tour"));
    command.args(arguments).stdin(Stdio::null());
    // The one who runs the tests may like colours; we compare texts.
    command.env_remove("CLICOLOR_FORCE");
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn lists_every_chapter_and_scene() {
    let output = guide(&["list"]).output().unwrap();
    assert!(output.status.success());
    for chapter in CHAPTERS {
        assert!(stdout(&output).contains(chapter.name), "{}", chapter.name);
        for scene in chapter.scenes {
            assert!(
                stdout(&output).contains(&format!("   {} ", scene.name)),
                "{}",
                scene.name
            );
        }
    }
}

/// A scene is skipped where there is no Python if its name says that it needs one.
#[test]
fn the_name_of_a_scene_tells_that_it_needs_python() {
    for chapter in CHAPTERS {
        for scene in chapter.scenes {
            let steps = chapter.script(scene).unwrap().steps;
            let begins = |step: &Step| {
                let is_started = step.line.kind == Kind::Started;
                is_started && step.line.text.starts_with("python3 ")
            };
            let named = scene.name.starts_with("in-python");
            assert_eq!(named, steps.iter().any(begins), "{}", scene.name);
        }
    }
}

/// `cargo run` asks which of several programs is meant, unless exactly one package says.
#[test]
fn cargo_run_runs_the_guide() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "-q", "--", "list"]).current_dir(workspace());
    let output = command.output().unwrap();
    assert!(stdout(&output).contains("basic-tcp"), "{}", stderr(&output));
}

#[test]
fn suggests_the_nearest_name() {
    for (wrong, right) in
        [(&["basic-tpc"][..], "basic-tcp"), (&["basic-tcp", "rest"], "reset")]
    {
        let output = guide(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(stderr(&output).contains(right), "{wrong:?}: {}", stderr(&output));
    }
}

#[test]
fn shows_what_the_snapshot_holds_and_sums_up() {
    let output = guide(&["basic-tcp", "reset"]).output().unwrap();
    let snapshot = include_str!("snapshots/basic-tcp-reset.snap")
        .splitn(3, "---\n")
        .nth(2)
        .unwrap();
    assert!(stdout(&output).contains(snapshot), "{}", stdout(&output));
    assert!(
        stdout(&output).ends_with("basic-tcp               1  yes\n"),
        "{}",
        stdout(&output)
    );
    assert!(!stdout(&output).contains('\x1b'), "no colours in a pipe");
    assert!(output.status.success());
}

/// `...` in the picture stands for lines that it leaves out.
#[test]
fn the_readme_shows_the_tour() {
    let output = guide(&[]).output().unwrap();
    let readme = include_str!("../README.md");
    let picture = readme
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let tour = stdout(&output);
    let mut rest = tour.as_str();
    for part in picture.split("...\n") {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part}\nis not in\n{rest}"));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "", "the picture ends where the tour ends");
}

#[test]
fn shows_a_difference_and_fails() {
    let other = tempfolder("other-snapshots");
    let snapshot = include_str!("snapshots/basic-tcp-refused.snap")
        .replace("exit code 1", "exit code 7");
    std::fs::write(other.join("basic-tcp-refused.snap"), snapshot).unwrap();

    let output = guide(&["basic-tcp", "refused"])
        .env("SOCKET_TOUR_SNAPSHOTS", &other)
        .output()
        .unwrap();
    for line in [
        "-client-1: ends with exit code 7",
        "+client-1: ends with exit code 1",
        "no: refused",
    ] {
        assert!(stdout(&output).contains(line), "{line} in {}", stdout(&output));
    }
    assert_eq!(output.status.code(), Some(1));
}

fn tempfolder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    let mut child =
        guide(&["list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}

/// The programs of a tour carry its environment, by which we find them.
#[cfg(target_os = "linux")]
fn running_with(mark: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let marked = processes.filter(|process| {
        let environment =
            std::fs::read(process.path().join("environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark.as_bytes())
    });
    marked
        .map(|process| {
            std::fs::read_to_string(process.path().join("cmdline")).unwrap_or_default()
        })
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_no_program_behind() {
    use socket_tour::stage::running::{Running, set_apart};
    use std::time::Instant;

    let mark = format!("mark-of-{}", std::process::id());
    // A scene that waits for more than a second.
    let mut command = guide(&["basic-tcp", "full-queue"]);
    let (out, stdout) = std::io::pipe().unwrap();
    command.env("SOCKET_TOUR_TEST", &mark).stdout(stdout).stderr(Stdio::null());
    set_apart(&mut command);
    let tour = Running::start(command).unwrap();
    let mut lines = BufReader::new(out).lines();
    assert!(lines.any(|line| line.unwrap().contains("peer-8: begins to connect")));
    assert!(
        running_with(&mark).iter().any(|command| command.contains("basic-tcp")),
        "it runs"
    );

    tour.interrupt().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    assert_eq!(
        tour.wait(deadline).unwrap().and_then(|status| status.code()),
        Some(130)
    );
    while !running_with(&mark).is_empty() {
        assert!(Instant::now() < deadline, "{:?} still run", running_with(&mark));
    }
}

#[test]
fn says_what_to_do_when_there_is_nothing_to_try() {
    // A learner may have a version of one chapter, hardly of each.
    for chapter in CHAPTERS.iter().filter(|chapter| chapter.has_program()) {
        if Workshop::mine().version(chapter).is_ok() {
            continue;
        }
        for verb in ["try", "hint", "solution", "watch"] {
            let output = guide(&[verb, chapter.name]).output().unwrap();
            let tip = format!("cargo run -- start {}", chapter.name);
            assert!(stderr(&output).contains(&tip), "{verb}: {}", stderr(&output));
            assert_eq!(output.status.code(), Some(1));
        }
    }
}

/// As much of the project as a learner of this chapter needs until something is played.
fn learners_project(name: &str, chapter: &str) -> std::path::PathBuf {
    let project = tempfolder(name);
    fs::remove_dir_all(&project).unwrap();
    fs::create_dir_all(project.join("tests").join("snapshots")).unwrap();
    let chapter = socket_tour::chapters::chapter(chapter).unwrap();
    let crates = Path::new("crates").join(chapter.name);
    let mut copied = files(&finished(chapter)).unwrap();
    copied.push("hints.md".into());
    for folder in ["examples", "mends"] {
        let files = fs::read_dir(finished(chapter).join(folder)).into_iter().flatten();
        let names = files.map(|file| file.unwrap().file_name());
        copied.extend(names.map(|name| Path::new(folder).join(name)));
    }
    let copied = copied.iter().map(|file| crates.join(file));
    for file in copied.chain(["Cargo.toml", "Cargo.lock"].map(Into::into)) {
        write(&project.join(&file), &read(&workspace().join(&file)).unwrap()).unwrap();
    }
    project
}

/// A version that does not build, with modules in folders: nothing is played, so that
/// this is quick.
#[test]
fn helps_while_a_version_does_not_build() {
    let project = learners_project("broken", "lookup-demo");
    let run = |arguments: &[&str]| {
        let mut guide = guide(arguments);
        guide.env("CARGO_MANIFEST_DIR", &project).output().unwrap()
    };
    let mine = project.join("my").join("lookup-demo");
    let started = stdout(&run(&["start", "2"]));
    assert!(started.contains("open the folder my in it"), "{started}");
    let addr = mine.join("src").join("addr.rs");
    let text = read(&addr).unwrap();
    let deeper = mine.join("src").join("addr").join("mod.rs");
    let mark = text.lines().find(|line| line.contains("// STEP 6: ")).unwrap();
    write(&deeper, &text.replace(&format!("{mark}\n"), "")).unwrap();
    fs::remove_file(addr).unwrap();
    let manifest = mine.join("Cargo.toml");
    write(&manifest, &(read(&manifest).unwrap() + "[broken\n")).unwrap();

    let hint = run(&["hint", "lookup-demo"]);
    assert!(stdout(&hint).starts_with("Step 1, "), "{}", stdout(&hint));
    assert!(hint.status.success());

    let solution = stdout(&run(&["solution", "lookup-demo"]));
    assert!(solution.contains("src/addr.rs: yours (-)"), "{solution}");
    assert!(solution.contains("Cargo.toml: yours (-)"), "{solution}");
    assert!(solution.contains("\n-[broken\n"), "{solution}");
    let solution = stdout(&run(&["solution", "lookup-demo", "6"]));
    assert!(solution.contains("Step 6, hints: yours (-)"), "{solution}");
    assert!(!solution.contains("Cargo.toml"), "{solution}");

    for file in files(&mine).unwrap() {
        let text = read(&mine.join(&file)).unwrap();
        write(&mine.join(&file), &text.replace("todo!(", "written!(")).unwrap();
    }
    let hint = run(&["hint", "lookup-demo"]);
    assert!(stderr(&hint).contains("--step N"), "{}", stderr(&hint));
    assert_eq!(hint.status.code(), Some(1));
}

/// What a learner is told of a mend does not need a version that builds either.
#[test]
fn helps_to_mend_a_first_version() {
    let project = learners_project("mended", "basic-tcp");
    let run = |arguments: &[&str]| {
        let mut guide = guide(arguments);
        guide.env("CARGO_MANIFEST_DIR", &project).output().unwrap()
    };
    let started = stdout(&run(&["start", "basic-tcp"]));
    assert!(started.contains("  4. empty-line "), "{started}");
    // The first that is not written, unless another one was named.
    let hint = || stdout(&run(&["hint", "basic-tcp"]));
    assert!(hint().starts_with("Step 1, server: "), "{}", hint());
    let mine = Workshop { root: project.join("my"), prefix: "" };
    let chapter = socket_tour::chapters::chapter("basic-tcp").unwrap();
    mine.remember(chapter, 4).unwrap();
    assert!(hint().starts_with("Step 4, empty-line: "), "{}", hint());
    let patch = stdout(&run(&["hint", "basic-tcp", "3", "--step", "4"]));
    assert!(patch.contains("\n+            continue;\n"), "{patch}");
    let solution = stdout(&run(&["solution", "basic-tcp", "4"]));
    assert!(solution.contains("src/main.rs: yours (-)"), "{solution}");
    assert!(solution.contains("\n+            continue;\n"), "{solution}");
    assert!(!solution.contains("read_reply"), "{solution}");
    let solution = stdout(&run(&["solution", "basic-tcp"]));
    assert!(solution.contains("src/server.rs: yours (-)"), "{solution}");
    assert!(solution.contains("Cargo.toml: the same."), "{solution}");
}

#[test]
fn watches_all_that_a_version_is_made_of() {
    let project = learners_project("watched", "basic-tcp");
    let run = |arguments: &[&str]| {
        let mut guide = guide(arguments);
        guide.env("CARGO_MANIFEST_DIR", &project).stderr(Stdio::null());
        guide.stdout(Stdio::piped()).spawn().unwrap()
    };
    run(&["start", "basic-tcp"]).wait().unwrap();
    let mine = project.join("my").join("basic-tcp");
    write(&mine.join("Cargo.toml"), "[broken").unwrap();

    let mut watch = run(&["watch", "basic-tcp"]);
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let waits = |line: &String| line.starts_with("Waiting");
        lines.map_while(Result::ok).filter(waits).try_for_each(|line| tell.send(line))
    });
    let waits = || told.recv_timeout(Duration::from_secs(20));
    for file in ["src/deeper/mod.rs", "src/deeper/text.txt", "Cargo.toml"] {
        assert!(waits().is_ok(), "before {file}");
        write(&mine.join(file), "[otherwise").unwrap();
    }
    assert!(waits().is_ok(), "in the end");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn tells_what_the_machine_has() {
    let output = guide(&["doctor"]).output().unwrap();
    let told = stdout(&output);
    for thing in ["cargo", "127.0.0.1", "localhost", "services", "python3", "strace"] {
        assert!(told.lines().any(|line| line.starts_with(thing)), "{thing}: {told}");
    }
    assert!(output.status.success(), "{told}");

    // Where there is no program at all, each that is missing has its cost.
    let output = guide(&["doctor"]).env("PATH", "").output().unwrap();
    let told = stdout(&output);
    for missing in
        ["cargo       missing: nothing can be built", "just        missing: "]
    {
        assert!(told.contains(missing), "{told}");
    }
    assert_eq!(output.status.code(), Some(1), "{told}");
}

/// 0 for what goes as it is told, 1 for what does not, 2 for what is no scene; of several
/// the worst.
#[test]
fn the_exit_code_tells_what_became_of_a_conversation() {
    let folder = tempfolder("exit-codes");
    let told = include_str!("snapshots/basic-tcp-refused.snap");
    write(&folder.join("told"), told).unwrap();
    let other = told.replace("exit code 1", "exit code 7");
    write(&folder.join("other"), &other).unwrap();
    write(&folder.join("none"), &told.replace("ends with", "ended by")).unwrap();
    for (files, code) in [
        (&["told"][..], 0),
        (&["other"], 1),
        (&["none"], 2),
        (&["none", "other", "told"], 2),
    ] {
        let output = guide(&["play"])
            .args(files.iter().map(|file| folder.join(file)))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{files:?}: {}", stdout(&output));
    }
}

/// A guide that stands alone has no programs beside it.
#[test]
fn says_once_why_it_builds() {
    let folder = tempfolder("cold");
    let cold =
        folder.join(Path::new(env!("CARGO_BIN_EXE_socket-tour")).file_name().unwrap());
    // No copy: a program that another test starts meanwhile would hold it open, "busy".
    let _ = fs::remove_file(&cold);
    fs::hard_link(env!("CARGO_BIN_EXE_socket-tour"), &cold).unwrap();
    let says = "Building the programs of the chapters, once; ";
    let arguments = ["basic-tcp", "refused"];
    let output = Command::new(&cold).args(arguments).output().unwrap();
    assert!(stderr(&output).starts_with(says), "{}", stderr(&output));
    // Now all are built.
    let output = guide(&arguments).output().unwrap();
    assert!(!stderr(&output).contains(says), "{}", stderr(&output));
}

#[test]
fn measures_each_server() {
    let output = guide(&["measure", "--milliseconds", "50"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rates: Vec<f64> = text
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().last().unwrap().parse().unwrap())
        .collect();
    assert!(rates.len() == 7 && rates.iter().all(|rate| *rate > 1.0), "{text}");
    let told = text.lines().filter(|line| line.contains("silent clients: ")).count();
    assert_eq!(told, 2, "{text}");
    assert!(!cfg!(target_os = "linux") || text.contains(" KiB each"), "{text}");
}
