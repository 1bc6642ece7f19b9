//! Proves how a chapter mends its first version: each mend is a patch, applied to the one
//! before; each version is built, and plays the scenes that it mends. What that changes,
//! in the code and in the conversation, is what the page shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use socket_tour::chapters::{Chapter, chapter};
use socket_tour::learn::workshop::{Workshop, finished};
use socket_tour::scene::difference::difference;
use socket_tour::scene::script::Step;
use socket_tour::stage::player::{PATIENCE, Purpose, play};
use socket_tour::stage::programs::{Programs, Progress, workspace};

/// The mends of chapter 3, in order, each with the scene that shows what it mends.
const TALK: [(&str, Option<&str>); 10] = [
    ("01-empty-line", Some("first-empty-line")),
    ("02-one-clients-error", Some("first-long-line")),
    ("03-a-whole-reply", Some("first-long-line")),
    ("04-shown-bytes", Some("first-terminal")),
    ("05-an-error-in-one-line", Some("first-nobody")),
    ("06-ctrl-c", Some("first-ctrl-c")),
    ("07-a-shorter-queue", Some("first-restart")),
    ("08-the-port-again", Some("first-restart")),
    ("09-accept-fails", None),
    ("10-nobody-reads", None),
];

/// What differs between the last version and the program but for the cut into files: how
/// the command line is read, and that the client says when it is connected.
const ONLY_IN_THE_LAST: [&str; 7] = [
    "use std::env;",
    "fn server(address: &str) -> io::Result<()> {",
    "fn client(address: &str) -> io::Result<()> {",
    "let role = env::args().nth(1).unwrap_or_default();",
    "let address = env::args().nth(2).unwrap_or(\"127.0.0.1:8888\".to_string());",
    "let outcome = if role == \"server\" { server(&address) } else { client(&address) };",
    "let listener = listen(address.parse().map_err(io::Error::other)?)?;",
];

/// A buffer for less than one character.
const SMALL: &str = "let mut buffer = [0; 3]";

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// What a patch makes of a text: each of its hunks fits in one place.
fn apply(name: &str, text: &str, patch: &str) -> String {
    let (_, hunks) = patch.split_once("\n+++ ").unwrap_or_else(|| panic!("{name}"));
    hunks.split("\n@@").skip(1).fold(text.to_owned(), |text, hunk| {
        let lines = hunk.lines().skip(1).filter(|line| !line.is_empty());
        let side = |without: char| -> String {
            let lines = lines.clone().filter(|line| !line.starts_with(without));
            lines.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (old, new) = (side('+'), side('-'));
        assert_eq!(text.matches(&old).count(), 1, "{name} has to fit once:\n{old}");
        text.replace(&old, &new)
    })
}

/// The first version, and what each mend makes of it.
fn versions(
    chapter: &Chapter,
    first: &str,
    mends: &[(&str, Option<&str>)],
) -> Vec<String> {
    let folder = finished(chapter);
    let mut kept: Vec<_> = fs::read_dir(folder.join("mends"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    let listed: Vec<_> =
        mends.iter().map(|(name, _)| format!("{name}.patch")).collect();
    assert_eq!(kept, listed, "the patches, and those that are told");
    let mut versions = vec![read(&folder.join("examples").join(first))];
    for (name, _) in mends {
        let patch = read(&folder.join(format!("mends/{name}.patch")));
        versions.push(apply(name, &versions[versions.len() - 1], &patch));
    }
    versions
}

/// The lines of a program, but for what is formatted, explained or imported otherwise when
/// it stands in files of its own.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let counts = |line: &&str| !line.starts_with("//") && !line.starts_with("use ");
    lines.filter(|line| !line.is_empty()).filter(counts).map(str::to_owned).collect()
}

#[test]
fn the_last_version_is_the_program() {
    let chapter = chapter("basic-tcp").unwrap();
    let versions = versions(chapter, "first_talk.rs", &TALK);
    let last = lines(versions.last().unwrap());
    let files = ["main.rs", "server.rs", "client.rs"];
    let program = files.map(|file| read(&finished(chapter).join("src").join(file)));
    let program: Vec<String> = program.iter().flat_map(|text| lines(text)).collect();
    let gone: Vec<_> = last.iter().filter(|line| !program.contains(line)).collect();
    let allowed = |line: &&&String| ONLY_IN_THE_LAST.contains(&line.as_str());
    assert!(gone.iter().all(|line| allowed(&line)), "not in the program: {gone:#?}");
}

#[test]
fn each_mend_changes_what_its_page_shows() {
    let chapter = chapter("basic-tcp").unwrap();
    let versions = versions(chapter, "first_talk.rs", &TALK);
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mends");
    let workshop = Workshop::at(root, "mends-");
    let folder = workshop.folder(chapter);
    if !folder.exists() {
        workshop.lay_out(chapter, |_, text| text).unwrap();
    }
    let numbered = versions.iter().enumerate();
    let named = numbered.map(|(number, text)| (format!("talk_{number}"), text));
    // The page's "Break it" asks for it.
    let small =
        versions.last().unwrap().replacen("let mut buffer = [0; 1024]", SMALL, 1);
    for (name, text) in named.chain([("talk_small".to_owned(), &small)]) {
        let path = folder.join(format!("src/bin/{name}.rs"));
        // What did not change is not built again.
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let built = workshop.build(chapter, Progress::Hidden).unwrap();
    assert_eq!(built.warnings(), 0);
    // The same deeds, with each version: what is said then.
    let plays = |version: &str, scene: &str| {
        let path = built.path(version).unwrap();
        let words = vec![path.display().to_string()];
        let programs =
            Programs::build(Progress::Hidden).unwrap().with_guest(words, false);
        let mut script = chapter.script(chapter.scene(scene).unwrap()).unwrap();
        script.steps.retain(Step::stays_in_a_draft);
        let told = play(&programs, &script, PATIENCE, Purpose::Fill, Box::new(|_| ()));
        assert!(told.outcome.is_ok(), "{scene} {version}: {:?}", told.outcome);
        told.seen
    };
    let changes = |number: usize, scene: &'static str| {
        let seen = [number, number + 1]
            .map(|version| plays(&format!("talk_{version}"), scene));
        let changed = difference(&seen[0], &seen[1]);
        let changed = changed.unwrap_or_default();
        let lines = changed.lines().filter(|line| !line.starts_with(' '));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    thread::scope(|scope| {
        let numbered = TALK.iter().enumerate();
        let can_be_played = |scene: &&str| {
            chapter.scene(scene).is_some_and(|scene| scene.impediment().is_none())
        };
        let played: Vec<_> = numbered
            .map(|(number, (name, scene))| {
                let scene = scene.filter(can_be_played);
                let changes =
                    scene.map(|scene| scope.spawn(move || changes(number, scene)));
                (number, name, changes)
            })
            .collect();
        for (number, name, changes) in played {
            let name = format!("mend-{}-{name}", chapter.name);
            let code = difference(&versions[number], &versions[number + 1]).unwrap();
            pin(&name, &hunks(&code));
            if let Some(changes) = changes {
                pin(&format!("{name}-says"), &changes.join().unwrap());
            }
        }
    });
    let seen = plays("talk_small", "first-talk");
    let page = read(&workspace().join("book/src/basic-tcp.md"));
    for reply in ["你 我收到了好 我收到了", "it  我收到了is"] {
        assert!(seen.contains(&format!("client-1> \"{reply}")), "{seen}");
        assert!(page.contains(&format!("`\"{reply}")), "{reply}");
    }
}

/// A difference, of which only what is near a change is shown, each piece with the
/// function in which it stands.
fn hunks(code: &str) -> String {
    const NEAR: usize = 2;
    let lines: Vec<_> = code.lines().collect();
    let is_near = |at: usize| {
        let around = at.saturating_sub(NEAR)..(at + NEAR + 1).min(lines.len());
        lines[around].iter().any(|line| !line.starts_with(' '))
    };
    // Where the first change of a piece stands.
    let place = |from: usize| {
        let is_change = |line: &&str| !line.starts_with(' ');
        let first = from + lines[from..].iter().position(is_change).unwrap_or_default();
        let function = |line: &str| {
            let (name, _) = line[1..].strip_prefix("fn ")?.split_once('(')?;
            Some(name.to_owned())
        };
        let before = lines[..first].iter().rev();
        let name = before
            .filter(|line| !line.starts_with('+'))
            .find_map(|line| function(line));
        match (name, function(lines[first])) {
            (None, _) => "at the top".to_owned(),
            (Some(name), Some(_)) => format!("after {name}"),
            (Some(name), None) => format!("in {name}"),
        }
    };
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let begins = at == 0 || !is_near(at - 1);
        if is_near(at) && begins {
            text += &format!("@@ {} @@\n", place(at));
        }
        if is_near(at) {
            text += &format!("{line}\n");
        }
    }
    text
}

fn pin(name: &str, text: &str) {
    insta::with_settings!({
        omit_expression => true,
        prepend_module_to_snapshot => false,
    }, {
        insta::assert_snapshot!(name, text);
    });
}
