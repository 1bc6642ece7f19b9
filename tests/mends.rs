//! Proves how a chapter mends its first version: each mend is a patch, applied to the one
//! before; each version is built, and plays the scenes that it mends. What that changes,
//! in the code and in the conversation, is what the page shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::thread;

use socket_tour::chapters::{CHAPTERS, Chapter, First, Scene};
use socket_tour::learn::course::{told_once, version};
use socket_tour::learn::files::{finished, texts};
use socket_tour::learn::workshop::Workshop;
use socket_tour::scene::difference::difference;
use socket_tour::scene::script::Step;
use socket_tour::stage::player::{PATIENCE, Purpose, play};
use socket_tour::stage::programs::{Programs, workspace};

/// What differs between the last version and the program but for the cut into files: how
/// the command line is read, that the client says when it is connected, and that the
/// fetcher tells how long it took.
const ONLY_IN_THE_LAST: &[&str] = &[
    "use std::env;",
    "fn server(address: &str) -> io::Result<()> {",
    "fn client(address: &str) -> io::Result<()> {",
    "let role = env::args().nth(1).unwrap_or_default();",
    "let address = env::args().nth(2).unwrap_or(\"127.0.0.1:8888\".to_string());",
    "let address = env::args().nth(2).unwrap_or(\"127.0.0.1:8080\".to_string());",
    "let outcome = if role == \"server\" { server(&address) } else { client(&address) };",
    "let listener = listen(address.parse().map_err(io::Error::other)?)?;",
    "let idle = number(3, 60_000);",
    "let most = number(4, 256) as usize;",
    "fn number(position: usize, otherwise: u64) -> u64 {",
    "let word = env::args().nth(position);",
    "word.and_then(|word| word.parse().ok()).unwrap_or(otherwise)",
    "connection.set_read_timeout(Some(Duration::from_millis(idle)))?;",
    "connection.set_write_timeout(Some(Duration::from_millis(idle)))?;",
    "const CONCURRENCY: usize = 16;",
    "struct When(TcpStream, fn(usize) -> Event, Callback);",
    "fn new(key: usize, (url, addresses): Page, room: usize, milliseconds: u64) -> Self {",
    "patience: Duration::from_millis(milliseconds),",
    "until: Instant::now(),",
    "let outcome = fetch_all();",
    "fn fetch_all() -> io::Result<bool> {",
    "let mut numbers = env::args().filter_map(|word| word.parse().ok());",
    "let milliseconds = numbers.next().unwrap_or(10_000);",
    "let urls = env::args().skip(1).filter(|word| word.contains('/'));",
    "let urls: Vec<String> = urls.collect();",
    "for url in &urls {",
    "match find(url) {",
    "let mut all_good = pages.len() == urls.len();",
    "let most = CONCURRENCY.min(urls.len());",
    "let fetches =",
    "fetches.map(|(key, page)| Fetch::new(key, page, ROOM / most, milliseconds));",
    "run(fetches, most, |fetch, outcome| {",
    "report(fetch, outcome, urls.len() > 1)",
    "fn find(text: &str) -> io::Result<Page> {",
    "let addresses = url.socket_addrs(|| None)?;",
    ") -> io::Result<()> {",
    "let Some(until) = until else { return Ok(()) };",
    "complain(&format!(\"{url}: {how}, {} bytes\", bytes.len()));",
    "fn server(bind: &str) -> io::Result<()> {",
    "fn client(host: &str) -> io::Result<()> {",
    "let role = argument(1, \"\");",
    "let address = argument(2, \"127.0.0.1:8080\");",
    "let dir = argument(3, \"received\");",
    "let dir = Path::new(&dir);",
    "let path = PathBuf::from(argument(3, \"README.md\"));",
    "let patience = patience(4)?;",
    "let patience = patience(5)?;",
    "fn argument(number: usize, otherwise: &str) -> String {",
    "env::args().nth(number).unwrap_or(otherwise.to_string())",
    "fn patience(number: usize) -> io::Result<Duration> {",
    "let milliseconds = argument(number, \"30000\").parse().map_err(io::Error::other)?;",
    "Ok(Duration::from_millis(milliseconds))",
];

/// How many scenes are played at the same time.
const AT_ONCE: usize = 24;

/// A buffer for less than one character.
const SMALL: &str = "let mut buffer = [0; 3]";

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| Programs::build().unwrap());

/// The first version, and what each mend makes of it.
fn versions(chapter: &Chapter, first: &First) -> Vec<String> {
    (0..=first.mends.len())
        .map(|mends| version(chapter, first, mends).unwrap())
        .collect()
}

/// The chapters that have mends.
fn mended() -> impl Iterator<Item = (&'static Chapter, &'static First)> {
    CHAPTERS.iter().filter_map(|chapter| Some((chapter, chapter.first.as_ref()?)))
}

#[test]
fn each_patch_is_a_mend() {
    for (chapter, first) in mended() {
        let files = fs::read_dir(finished(chapter).join("mends")).unwrap();
        let patches = files.map(|file| file.unwrap().path());
        let patches = patches.filter(|path| path.extension().unwrap() == "patch");
        let mut kept: Vec<_> = patches
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        kept.sort();
        let told = (1..).zip(first.mends);
        let told = told.map(|(number, (name, _))| format!("{number:02}-{name}"));
        assert_eq!(kept, told.collect::<Vec<_>>());
    }
}

/// The lines of a program, but for what is formatted, explained or imported otherwise when
/// it stands in files of its own.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("pub "));
    let counts = |line: &&str| !line.starts_with("//") && !line.starts_with("use ");
    lines.filter(|line| !line.is_empty()).filter(counts).map(str::to_owned).collect()
}

#[test]
fn the_last_version_is_the_program() {
    for (chapter, first) in mended() {
        let last = lines(&version(chapter, first, first.mends.len()).unwrap());
        let program = texts(&finished(chapter)).unwrap();
        let program: Vec<_> =
            program.iter().flat_map(|(_, text)| lines(text)).collect();
        let gone: Vec<_> = last.iter().filter(|line| !program.contains(line)).collect();
        let allowed = |line: &&&String| ONLY_IN_THE_LAST.contains(&line.as_str());
        assert!(
            gone.iter().all(|line| allowed(&line)),
            "not in the program: {gone:#?}"
        );
    }
}

/// Chapter 6's program is chapter 3's, and the page shows what differs.
#[test]
fn a_thread_each_is_all_that_differs() {
    let read = |name: &str, file: &str| {
        let file = workspace().join("crates").join(name).join("src").join(file);
        fs::read_to_string(file).unwrap()
    };
    let code = |name: &str| -> String {
        let text = read(name, "server.rs");
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let differs = difference(&code("basic-tcp"), &code("threaded-server")).unwrap();
    let lines = differs.lines().filter(|line| !line.starts_with(' ')).count();
    assert!(lines < 40, "{lines} lines differ");
    pin("diff-threaded-server", &hunks(&differs));
    let client = |name| read(name, "client.rs");
    assert_eq!(client("basic-tcp"), client("threaded-server"));
}

/// The examples of chapter 8, each with the one that it is but for a few lines, and
/// whether the page shows these one by one.
const EXAMPLES: &[(&str, &str, bool)] = &[
    ("basic-tcp/examples/first_connected", "basic-tcp/examples/first_datagram", true),
    ("basic-tcp/examples/first_repeat", "basic-tcp/examples/first_connected", false),
    ("basic-tcp/examples/first_numbered", "basic-tcp/examples/first_repeat", false),
    ("basic-tcp/examples/first_path", "basic-tcp/examples/first_talk", false),
    ("basic-tcp/examples/first_again", "basic-tcp/examples/first_path", false),
    ("basic-tcp/examples/first_owner", "basic-tcp/examples/first_path", false),
    ("basic-tcp/examples/first_both", "basic-tcp/examples/first_talk", false),
    ("basic-tcp/examples/first_everyone", "basic-tcp/examples/first_group", false),
    ("select-server/examples/first_poll", "select-server/examples/first_select", false),
];

#[test]
fn an_example_is_another_one_but_for_a_few_lines() {
    let code = |name: &str| -> String {
        let file = workspace().join("crates").join(name).with_extension("rs");
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("//!"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    for (after, before, one_by_one) in EXAMPLES {
        let differs = hunks(&difference(&code(before), &code(after)).unwrap());
        let (_, name) = after.rsplit_once('/').unwrap();
        if !one_by_one {
            pin(&format!("diff-{name}"), &differs);
            continue;
        }
        for (number, hunk) in (1..).zip(differs.split("@@ ").skip(1)) {
            pin(&format!("diff-{name}-{number}"), &format!("@@ {hunk}"));
        }
    }
}

/// The versions of a chapter's program, built, and one with a small buffer, for which the
/// page's "Break it" asks.
fn build(chapter: &Chapter, versions: &[String]) -> Programs {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mends");
    let workshop = Workshop { root, prefix: "mends-" };
    let folder = workshop.folder(chapter);
    if !folder.exists() {
        workshop.lay_out(chapter, texts(&finished(chapter)).unwrap()).unwrap();
    }
    let numbered = versions.iter().enumerate();
    let named = numbered.map(|(number, text)| (format!("version_{number}"), text));
    let small =
        versions.last().unwrap().replacen("let mut buffer = [0; 1024]", SMALL, 1);
    for (name, text) in named.chain([("version_small".to_owned(), &small)]) {
        let path = folder.join(format!("src/bin/{name}.rs"));
        // What did not change is not built again.
        let text = format!("#![deny(warnings)]\n{text}");
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    workshop.build(chapter).unwrap()
}

/// What is said when the deeds of a scene are done with a version.
fn plays(chapter: &Chapter, built: &Programs, version: &str, scene: &Scene) -> String {
    let path = built.path(&format!("version_{version}")).unwrap();
    let words = vec![path.display().to_string()];
    let programs = PROGRAMS.clone().with_guest(words, false);
    let mut script = chapter.script(scene).unwrap();
    script.steps.retain(Step::stays_in_a_draft);
    let told = play(&programs, &script, PATIENCE, Purpose::Fill, &mut |_| ());
    let name = scene.name;
    assert!(told.outcome.is_ok(), "{name} {version}: {:?}", told.outcome);
    let seen = told_once(&told.seen);
    // A queue that has drained a little is full again: how often, is a matter of luck.
    let mut full = BTreeSet::new();
    let is_full = |line: &str| line.ends_with("we hear it no more");
    let lines = seen.lines().filter(|line| !is_full(line) || full.insert(*line));
    lines.map(|line| panicked_anywhere(line) + "\n").collect()
}

/// Which thread panicked, by its number, and in which line, is another one each time; so
/// is the end of an unfinished file's name.
fn panicked_anywhere(line: &str) -> String {
    if let Some((before, after)) = line.split_once(".file-transfer-") {
        let after = after.trim_start_matches(char::is_alphanumeric);
        return format!("{before}.file-transfer-<random>{after}");
    }
    let number = |said: &str| said.rfind(" (").unwrap_or(said.len());
    match line.split_once(" panicked at ") {
        Some((said, _)) => {
            format!("{} (<id>) panicked at <where>:", &said[..number(said)])
        }
        None => line.to_owned(),
    }
}

/// The scenes about a chapter's first version that can be played here, each with the mends
/// that it needs, and what is said in it with so many, with one more, and so on. The one
/// that is missing first is there, too.
fn transcripts(
    chapter: &'static Chapter,
    first: &First,
    built: &Programs,
) -> BTreeMap<&'static str, (usize, Vec<String>)> {
    let at_once = first.functions.iter().flat_map(|(_, _, scenes)| scenes.iter());
    let at_once = at_once.map(|name| (0, *name));
    let later = (1..).zip(first.mends).map(|(mends, (_, name))| (mends, *name));
    let mut needs: BTreeMap<_, usize> = BTreeMap::new();
    for (mends, name) in at_once.chain(later) {
        needs.entry(name).or_insert(mends);
    }
    let named = needs.into_iter().map(|(name, mends)| (chapter.scene(name), mends));
    let here = named.filter_map(|(scene, mends)| Some((scene?, mends)));
    let here = here.filter(|(scene, _)| scene.impediment().is_none());
    let here: Vec<(&Scene, usize)> = here.collect();
    let plays_of = |(scene, mends): &(&'static Scene, usize)| {
        let versions = mends.saturating_sub(1)..=first.mends.len();
        versions.map(|version| (*scene, version)).collect::<Vec<_>>()
    };
    // Many at once, since they wait most of the time. Who takes the next one, plays it.
    let to_play = Mutex::new(here.iter().flat_map(plays_of));
    let played = Mutex::new(BTreeMap::new());
    let works = || {
        let next = || to_play.lock().unwrap().next();
        while let Some((scene, version)) = next() {
            let said = plays(chapter, built, &version.to_string(), scene);
            played.lock().unwrap().insert((scene.name, version), said);
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| _ = scope.spawn(works)));
    let mut said: BTreeMap<_, _> =
        here.iter().map(|(scene, mends)| (scene.name, (*mends, Vec::new()))).collect();
    for ((name, _), text) in played.into_inner().unwrap() {
        said.get_mut(name).unwrap().1.push(text);
    }
    said
}

#[test]
fn each_mend_changes_what_its_page_shows() {
    for (chapter, first) in mended() {
        let versions = versions(chapter, first);
        let built = build(chapter, &versions);
        let said = transcripts(chapter, first, &built);
        for (mend, (name, scene)) in (1..).zip(first.mends) {
            let file = format!("mends/{mend:02}-{name}.patch");
            let patch = fs::read_to_string(finished(chapter).join(file)).unwrap();
            let name = format!("mend-{}-{mend:02}-{name}", chapter.name);
            pin(&name, &hunks(&in_full(&versions[mend - 1], &patch)));
            if let Some((needs, said)) = said.get(scene) {
                let at = mend - (*needs).max(1);
                let later = &said[at + 1..];
                assert!(
                    !later.contains(&said[at]),
                    "{scene} is the same without {name}"
                );
                let changed = difference(&said[at], &said[at + 1]).unwrap_or_default();
                let lines = changed.lines().filter(|line| !line.starts_with(' '));
                let lines: String = lines.map(|line| format!("{line}\n")).collect();
                pin(&format!("{name}-says"), &lines);
            }
        }
        if chapter.name == "basic-tcp" {
            a_small_buffer_tears_characters(chapter, &built);
        }
        for (scene, (needs, said)) in &said {
            // Without the one before.
            let said = &said[usize::from(*needs > 0)..];
            let mut text = String::new();
            for (at, one) in said.iter().enumerate() {
                if at == 0 || said[at - 1] != *one {
                    text += &format!("# From mend {} on:\n{one}\n", needs + at);
                }
            }
            insta::with_settings!({
                snapshot_path => finished(chapter).join("mends"),
            }, {
                pin(scene, &text);
            });
        }
    }
}

/// "Break it": the replies that the page promises for a small buffer.
fn a_small_buffer_tears_characters(chapter: &Chapter, built: &Programs) {
    let seen = plays(chapter, built, "small", chapter.scene("first-talk").unwrap());
    let page = fs::read_to_string(workspace().join("book/src/basic-tcp.md")).unwrap();
    for reply in ["你 我收到了好 我收到了", "it  我收到了is"] {
        assert!(seen.contains(&format!("client-1> \"{reply}")), "{seen}");
        assert!(page.contains(&format!("`\"{reply}")), "{reply}");
    }
}

/// A text with what a patch to it takes out and puts in.
fn in_full(text: &str, patch: &str) -> String {
    let (_, hunks) = patch.split_once("\n@@").unwrap();
    let same = |text: &str| -> String {
        text.lines().map(|line| format!(" {line}\n")).collect()
    };
    let (mut full, mut rest) = (String::new(), text);
    for hunk in hunks.split("\n@@") {
        let lines = hunk.lines().skip(1).filter(|line| !line.is_empty());
        let old = lines.clone().filter(|line| !line.starts_with('+'));
        let old: String = old.map(|line| format!("{}\n", &line[1..])).collect();
        let (before, after) = rest.split_once(&old).unwrap();
        full += &same(before);
        lines.for_each(|line| full += &format!("{line}\n"));
        rest = after;
    }
    full + &same(rest)
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
    let function = |line: &str| {
        let line = line.get(1..)?.trim_start_matches("pub ");
        let fun = line.strip_prefix("fn ").and_then(|line| line.split_once('('));
        let part = line.strip_prefix("struct ").and_then(|line| line.split_once(' '));
        Some(fun.or(part)?.0.to_owned())
    };
    // Where the first change of a piece stands: in a function, or after it.
    let place = |from: usize| {
        let first = lines[from..].iter().position(|line| !line.starts_with(' '));
        let (before, after) = lines.split_at(from + first.unwrap_or_default());
        let changed = after.iter().take_while(|line| !line.starts_with(' '));
        let mut goes = changed.clone().filter(|line| line.starts_with('-'));
        let mut of_comment = after.iter().filter(|_| after[0].starts_with("-///"));
        let goes = goes.find_map(|line| function(line));
        if let Some(name) = goes.or_else(|| of_comment.find_map(|line| function(line)))
        {
            return format!("in {name}");
        }
        let begins =
            |line: &&&str| !line[1..].starts_with([' ', '}']) && line.len() > 1;
        let is_inside = after[0][1..].starts_with(' ');
        let is_blank = after[0].len() == 1;
        let after = is_blank || !is_inside && changed.clone().any(|line| begins(&line));
        let mut known = before.iter().rev().filter(|line| !line.starts_with('+'));
        match known.find_map(|line| function(line)) {
            None => "at the top".to_owned(),
            Some(name) if after => format!("after {name}"),
            Some(name) => format!("in {name}"),
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
