//! The player when something goes wrong: what a scene says and what happens are not the
//! same.

use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use socket_tour::chapters::CHAPTERS;
use socket_tour::scene::line::{Kind, Line};
use socket_tour::scene::names::{name, parts};
use socket_tour::scene::script::{Script, Step};
use socket_tour::stage::player::{Performance, Purpose, play};
use socket_tour::stage::programs::Programs;
use socket_tour::stage::python;
use socket_tour::stage::rewrite::rewrite;

const PATIENCE: Duration = Duration::from_secs(2);

/// How many wrong texts are played by each `cargo test`.
const SAMPLE: usize = 24;

/// How many scenes are played at a time. They sleep most of it.
const AT_ONCE: usize = 8;

static PROGRAMS: LazyLock<Programs> =
    LazyLock::new(|| Programs::build().unwrap_or_else(|failure| panic!("{failure}")));

fn perform(programs: &Programs, text: &str) -> Performance {
    let script = Script::read(text).unwrap_or_else(|mistake| panic!("{mistake}"));
    play(programs, &script, PATIENCE, Purpose::Compare, &mut |_| ())
}

/// Where two speak, it is chance who is first; a scene says who is asked first.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

const TALK: &str = r#"server$ basic-tcp server --bind 127.0.0.1:0
server> listening on 127.0.0.1:<port>
client-1$ basic-tcp client --connect 127.0.0.1:<port>
client-1! basic-tcp: connected to 127.0.0.1:<port>
server> <client-1> connected
client-1< hello
server> <client-1> 5 bytes: "hello"
client-1> "hello 我收到了"
client-1: end of input (Ctrl-D)
client-1: ends with exit code 0
server> <client-1> closed
"#;

#[test]
fn a_wait_in_vain_tells_what_everyone_said() {
    let text = format!("{TALK}server> the answer to everything\n");
    let Performance { seen, outcome, .. } = perform(&PROGRAMS, &text);
    let report = outcome.unwrap_err().to_string();
    for part in [
        "line 12: waited up to 2s for server to say `the answer to everything`, in vain",
        "server still runs\n  stdout so far:\n    listening on 127.0.0.1:",
        " closed\n  stderr so far: nothing",
        "client-1 has ended (exit ",
        "  stderr so far:\n    basic-tcp: connected to 127.0.0.1:",
    ] {
        assert!(report.contains(part), "{part:?} in {report}");
    }
    assert_eq!(seen, TALK);
}

/// What is said otherwise stands in its place; what is said besides, where it was said;
/// what is missing does not end the scene.
#[test]
fn a_scene_goes_on_where_it_differs() {
    let line = "server> <client-1> 5 bytes: \"hello\"\n";
    for (text, lost) in [
        (TALK.replace(line, "server> <client-1> 6 bytes: \"hello\"\n"), 0),
        (TALK.replace(line, ""), 0),
        (TALK.replace("closed\n", "and so on\nserver> <client-1> closed\n"), 1),
        (TALK.replace("server> <client-1> closed\n", ""), 0),
    ] {
        let performance = perform(&PROGRAMS, &text);
        assert_ne!(performance.expected, TALK);
        assert_eq!(sorted(&performance.seen), sorted(TALK), "{text}");
        assert!(performance.outcome.is_ok(), "{text}: {:?}", performance.outcome);
        assert_eq!(performance.lost.len(), lost, "{text}");
    }
}

/// A draft is filled in with what a scene of the book says.
#[test]
fn deeds_alone_are_filled_in() {
    let deeds: String = TALK
        .lines()
        .filter(|line| {
            let kind = Line::read(line).map(|line| line.kind);
            let done = !line.contains("ends with");
            matches!(kind, Some(Kind::Started | Kind::Typed | Kind::Did)) && done
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let draft = Script::read_draft(&deeds).unwrap();
    assert!(draft.steps.iter().all(Step::is_done));
    let fill = |text: &str| {
        rewrite(&PROGRAMS, text, PATIENCE, Purpose::Fill, &mut |_| ()).unwrap()
    };
    let filled = fill(&deeds);
    assert_eq!(fill(&filled), filled, "the answers so far do not count");
    assert_eq!(sorted(&filled), sorted(TALK));
}

/// A program may take a while before it says where it listens.
#[cfg(unix)]
#[test]
fn a_name_is_waited_for_in_a_draft() {
    let path = PROGRAMS.path("basic-tcp").unwrap();
    let slow = format!("sleep 0.5; exec {} server --bind 127.0.0.1:0", path.display());
    let draft = format!(
        "server$ sh -c \"{slow}\"\npeer: connects to 127.0.0.1:<port>\npeer: closes\n"
    );
    let filled =
        rewrite(&PROGRAMS, &draft, PATIENCE, Purpose::Fill, &mut |_| ()).unwrap();
    assert!(filled.ends_with("peer: closes\nserver> <peer> closed\n"), "{filled}");
}

const VISIT: &str = "\
server$ basic-tcp server --bind 127.0.0.1:0
server> listening on 127.0.0.1:<port>
peer: connects to 127.0.0.1:<port>
server> <peer> connected
peer: half-closes
peer: receives the end of the stream
server> <peer> closed
";

/// A changed line is taken over, and one more; one that does not come any more is not
/// dropped, a failed deed is not hidden, and what is another thing each time is not
/// believed.
#[test]
fn only_what_happens_again_is_blessed() {
    let bless = |text: &str| {
        rewrite(&PROGRAMS, text, PATIENCE, Purpose::Rewrite, &mut |_| ())
            .map_err(|failure| failure.to_string())
    };
    assert_eq!(bless(&VISIT.replace("connected\n", "is here\n")).unwrap(), VISIT);
    assert_eq!(bless(&VISIT.replace("server> <peer> closed\n", "")).unwrap(), VISIT);

    let lost = VISIT.replace("server> <peer>", "server> never\nserver> <peer>");
    let why = bless(&lost).unwrap_err();
    assert!(why.contains("line 4: `server> never` was waited for"), "{why}");

    let failed = VISIT.replace("<port>\nserver", "1\nserver");
    let why = bless(&failed).unwrap_err();
    assert!(why.contains("line 3: `peer: connects to 127.0.0.1:1`"), "{why}");

    let varies = "$ python3 -c print(__import__('time').time())\n";
    if python::command().is_some() {
        let why = bless(varies).unwrap_err();
        assert!(why.contains("played again (+)"), "{why}");
    }
}

/// Plays scenes with a wrong character in an expected line, and returns those in which
/// nobody noticed.
fn unnoticed<'t>(
    texts: impl Iterator<Item = &'t (String, String)> + Send,
) -> Vec<&'t String> {
    let texts = Mutex::new(texts);
    let unnoticed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((name, text)) = texts.lock().unwrap().next() else {
                        break;
                    };
                    // Some words are refused before anybody plays.
                    let noticed = Script::read(text).is_err() || {
                        let told = perform(&PROGRAMS, text);
                        told.outcome.is_err() || told.expected != told.seen
                    };
                    if !noticed {
                        unnoticed.lock().unwrap().push(name);
                    }
                }
            });
        }
    });
    unnoticed.into_inner().unwrap()
}

#[test]
fn a_wrong_character_is_noticed() {
    let texts = wrong_texts();
    assert!(texts.len() > 1000, "{}", texts.len());
    let sample = unnoticed(texts.iter().step_by(texts.len() / SAMPLE));
    assert!(sample.is_empty(), "{sample:?}");
}

#[test]
#[ignore = "plays more than a thousand scenes"]
fn every_wrong_character_is_noticed() {
    let texts = wrong_texts();
    let unnoticed = unnoticed(texts.iter());
    assert!(unnoticed.is_empty(), "of {}: {unnoticed:#?}", texts.len());
}

/// Each expected line of the scenes with one character changed: which it is, and the
/// whole text.
fn wrong_texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for chapter in CHAPTERS {
        for scene in chapter.scenes.iter().filter(|scene| scene.impediment().is_none())
        {
            let steps = chapter.script(scene).unwrap().steps;
            let lines: Vec<_> =
                steps.iter().map(|step| step.line.to_string()).collect();
            for (at, step) in steps.iter().enumerate() {
                let expected = !step.is_done() && step.line.kind != Kind::Remark;
                if let Some(wrong) = wrong(&step.line).filter(|_| expected) {
                    let name = format!("{}: {wrong}", chapter.snapshot(scene));
                    let mut lines = lines.clone();
                    lines[at] = wrong;
                    texts.push((name, lines.join("\n")));
                }
            }
        }
    }
    texts
}

/// The last letter or digit of a line is another one, if it has one outside of names.
fn wrong(line: &Line) -> Option<String> {
    let words = parts(&line.text).into_iter().filter(|part| name(part).is_none());
    let text = words.rev().find(|words| words.contains(char::is_alphanumeric))?;
    let at = text.as_ptr().addr() - line.text.as_ptr().addr();
    let (within, one) =
        text.char_indices().rev().find(|(_, one)| one.is_alphanumeric())?;
    let other = match one {
        '7' => "8",
        '0'..='9' => "7",
        'x' => "y",
        _ => "x",
    };
    let mut line = line.clone();
    let place = at + within..at + within + one.len_utf8();
    line.text.replace_range(place, other);
    Some(line.to_string())
}
