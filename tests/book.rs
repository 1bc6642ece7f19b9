//! Holds the book to the code: what it includes exists, what was played is shown, what
//! it tells the reader to type works.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use socket_tour::chapters::{CHAPTERS, chapter};
use socket_tour::picture::PICTURES;
use socket_tour::stage::needs::Need;
use socket_tour::stage::programs::{Programs, workspace};

/// Snapshots that the book does not show, each with the reason.
const NOT_SHOWN: [(&str, &str); 3] = [
    (
        "mend-select-server-08-whatever-comes.snap",
        "the page shows what comes of it, the program",
    ),
    ("mend-threaded-server-05-as-in-chapter-3.snap", "likewise"),
    ("mend-file-transfer-09-as-before.snap", "likewise"),
];

struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// The targets of its `{{#include TARGET}}`.
    fn includes(&self) -> impl Iterator<Item = &str> {
        self.text
            .split("{{#include ")
            .skip(1)
            .filter_map(|rest| rest.split_once("}}"))
            .map(|(target, _)| target)
    }

    /// The anchors of its headings, as mdBook makes them.
    fn headings(&self) -> impl Iterator<Item = String> {
        let headings = self.text.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| {
            let title = line.trim_start_matches('#').trim();
            let kept = title.chars().filter_map(|c| match c {
                c if c.is_whitespace() => Some('-'),
                c if c.is_alphanumeric() || "-_".contains(c) => Some(c),
                _ => None,
            });
            kept.flat_map(char::to_lowercase).collect()
        })
    }

    /// Its lines inside of code blocks of this language.
    fn code(&self, language: &str) -> impl Iterator<Item = &str> {
        let fence = format!("```{language}\n");
        self.text
            .split(fence.as_str())
            .skip(1)
            .flat_map(|rest| rest.split("```").next().unwrap_or_default().lines())
            .collect::<Vec<_>>()
            .into_iter()
    }
}

fn pages() -> Vec<Page> {
    let folder = workspace().join("book").join("src");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let pages = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.map(|path| Page { text: fs::read_to_string(&path).unwrap(), path }).collect()
}

fn snapshots() -> BTreeSet<String> {
    let files = fs::read_dir(workspace().join("tests").join("snapshots")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_include_resolves() {
    for page in pages() {
        assert_eq!(
            page.text.matches("{{#").count(),
            page.includes().count(),
            "{}: a directive is cut",
            page.path.display()
        );
        for target in page.includes() {
            let (file, part) = target.split_once(':').unwrap_or((target, ""));
            let file = page.path.parent().unwrap().join(file);
            let text = fs::read_to_string(&file).unwrap_or_else(|error| {
                panic!("{}: {target}: {error}", page.path.display())
            });
            assert!(
                part_exists(&text, part),
                "{}: {target}: no such part",
                page.path.display()
            );
        }
    }
}

/// A part is `anchor`, or `first:last` with either left out.
fn part_exists(text: &str, part: &str) -> bool {
    let mut bounds = part.split(':').map(str::parse::<usize>);
    if part.is_empty() || bounds.all(|bound| bound.is_ok() || part.ends_with(':')) {
        let first =
            part.split(':').next().and_then(|first| first.parse().ok()).unwrap_or(1);
        return text.lines().count() >= first;
    }
    let marks = |mark: &str| {
        text.lines()
            .filter(|line| {
                line.trim_start().trim_start_matches(['/', '#', ' '])
                    == format!("{mark}: {part}")
            })
            .count()
    };
    marks("ANCHOR") == 1 && marks("ANCHOR_END") == 1
}

#[test]
fn every_scene_has_a_snapshot_and_every_snapshot_a_scene() {
    let scenes = CHAPTERS.iter().flat_map(|chapter| {
        let of_tasks = chapter.tasks.iter().flat_map(|task| task.scenes);
        let scenes = chapter.scenes.iter().chain(of_tasks);
        scenes.map(move |scene| chapter.snapshot(scene))
    });
    let expected: BTreeSet<_> = scenes.map(|name| format!("{name}.snap")).collect();
    let mut kept = snapshots();
    // The reader's own have a test of their own, and so have mends.
    let others = ["own-", "what-if-", "mend-", "diff-"];
    kept.retain(|name| !others.iter().any(|other| name.starts_with(other)));
    let odd: Vec<_> = kept.symmetric_difference(&expected).collect();
    assert!(odd.is_empty(), "a scene without a snapshot, or the reverse: {odd:?}");
}

#[test]
fn every_snapshot_is_shown() {
    let shown: BTreeSet<_> = pages()
        .iter()
        .flat_map(|page| page.includes().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|target| {
            target
                .strip_prefix("../../tests/snapshots/")
                .map(|rest| rest.split(':').next().unwrap_or_default().to_owned())
        })
        .collect();
    for snapshot in snapshots() {
        let excused = NOT_SHOWN.iter().any(|(name, _)| *name == snapshot);
        assert!(
            shown.contains(&snapshot) != excused,
            "{snapshot}: shown or excused, and not both"
        );
    }
}

/// A task stands in its chapter: by its name, with its scenes and its solution.
#[test]
fn every_task_is_set() {
    for chapter in CHAPTERS {
        let page = page_of(chapter.name);
        for task in chapter.tasks {
            let solution =
                format!("crates/{}/tasks/{}.patch", chapter.name, task.name());
            let command = format!("try {} --task {}", chapter.name, task.name());
            for part in [solution, command] {
                assert!(page.contains(&part), "{}: {part}", chapter.name);
            }
        }
    }
}

fn page_of(name: &str) -> String {
    fs::read_to_string(workspace().join("book/src").join(format!("{name}.md"))).unwrap()
}

#[test]
fn every_crate_has_a_chapter_a_test_and_its_recipes() {
    let summary = fs::read_to_string(workspace().join("book/src/SUMMARY.md")).unwrap();
    let justfile = fs::read_to_string(workspace().join("justfile")).unwrap();
    let recipe = |name: &str| {
        justfile.lines().any(|line| line.split([' ', ':']).next() == Some(name))
    };
    for krate in fs::read_dir(workspace().join("crates")).unwrap() {
        let krate = krate.unwrap();
        let name = krate.file_name().into_string().unwrap();
        assert!(chapter(&name).is_some(), "{name} is not played");
        assert!(summary.contains(&format!("({name}.md)")), "{name} has no page");
        assert!(
            workspace().join("tests").join(format!("{name}.rs")).exists(),
            "{name} has no test"
        );
        assert!(recipe(&name), "{name} has no recipe");
        if krate.path().join("src/server.rs").exists() {
            assert!(
                recipe(&format!("{name}-server")) && recipe(&format!("{name}-client")),
                "{name} needs two terminals"
            );
        }
    }
}

/// What the reader types: recipes, scenes, and programs that exist, with options that
/// their `--help` knows.
#[test]
fn every_command_of_the_book_exists() {
    let justfile = fs::read_to_string(workspace().join("justfile")).unwrap();
    let programs = Programs::build().unwrap();
    for page in pages() {
        for line in page.code("console") {
            // Cargo may be asked to be quiet; a program of ours has no `-q`.
            let words = line.split_whitespace().filter(|word| *word != "-q");
            let words: Vec<_> = words.collect();
            let known = match words.as_slice() {
                [] | ["cargo", "run" | "test"] => true,
                [word, ..] if ["#", "mdbook"].contains(word) => true,
                ["cargo", "install", ..] | ["python3", "-m", ..] => true,
                ["cargo", "run", "--", name, scene @ ..] if chapter(name).is_some() => {
                    scene
                        .iter()
                        .all(|scene| chapter(name).unwrap().scene(scene).is_some())
                }
                ["cargo", "run", "--", rest @ ..]
                | ["cargo", "run", "--release", "--", rest @ ..] => {
                    knows(env!("CARGO_BIN_EXE_socket-tour").as_ref(), rest)
                }
                ["cargo", "run", "-p", name, "--", rest @ ..]
                | ["cargo", "run", "--release", "-p", name, "--", rest @ ..] => {
                    knows(&programs.path(name).unwrap(), rest)
                }
                ["cargo", "run", "-p", name, "--example", example]
                | ["cargo", "run", "-p", name, "--example", example, "--", ..]
                | ["cargo", "run", "--release", "-p", name, "--example", example] => {
                    let folder = workspace().join("crates").join(name).join("examples");
                    folder.join(format!("{example}.rs")).exists()
                }
                ["cargo", "test", "-p" | "--test", name] => chapter(name).is_some(),
                ["just", name, ..] => justfile
                    .lines()
                    .any(|line| line.split([' ', ':']).next() == Some(name)),
                ["python3", script, ..] => workspace().join(script).exists(),
                // Its options, and then a program of ours.
                ["strace", rest @ ..] => {
                    let program = rest.iter().position(|word| word.contains('/'));
                    let (program, rest) =
                        rest[program.unwrap()..].split_first().unwrap();
                    let name = program.strip_prefix("target/debug/").unwrap();
                    knows(&programs.path(name).unwrap(), rest)
                }
                _ => false,
            };
            assert!(known, "{}: `{line}`", page.path.display());
        }
    }
}

/// Whether a program has the subcommand and the options of this command line. What comes
/// after `--program` is the command line of another one.
fn knows(program: &Path, arguments: &[&str]) -> bool {
    let help = |arguments: &[&str]| {
        let output =
            Command::new(program).args(arguments).arg("--help").output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let general = help(&[]).unwrap();
    let is_command = |word: &&str| {
        general.lines().any(|line| line.split_whitespace().next() == Some(word))
    };
    let command = arguments.first().filter(|word| is_command(word));
    let Some(help) = help(command.map_or(&[][..], std::slice::from_ref)) else {
        return false;
    };
    let ours = arguments.split(|word| *word == "--program").next().unwrap();
    let mut options =
        ours.iter().filter(|word| word.starts_with('-') && word.len() > 1);
    options.all(|option| {
        let option = option.split('=').next().unwrap();
        help.split([' ', ',', '\n']).any(|word| word == option)
    })
}

/// The one picture that no run is drawn in shows the number that its scene tells.
#[test]
fn an_address_is_drawn_as_its_number() {
    let kept = |path: &str| fs::read_to_string(workspace().join(path)).unwrap();
    let scene = kept("tests/snapshots/ipaddress-demo-address.snap");
    let told = scene.lines().find_map(|line| line.strip_prefix("integer: "));
    let number: u32 = told.unwrap().parse().unwrap();
    let row = |title: &str, cells: [String; 4]| {
        let cells = cells.map(|cell| format!("<td><code>{cell}</code></td>")).concat();
        format!("<tr><th scope=\"row\">{title}</th>{cells}</tr>\n")
    };
    let bytes = number.to_be_bytes();
    let picture = kept("book/pictures/ipaddress-demo.html");
    for part in [
        row("as text", bytes.map(|byte| byte.to_string())),
        row("in hexadecimal", bytes.map(|byte| format!("{byte:02x}"))),
        row("bits", bytes.map(|byte| format!("{byte:08b}"))),
        format!("<td colspan=\"4\"><code>{number}</code></td>"),
    ] {
        assert!(picture.contains(&part), "{part}");
    }
    assert!(page_of("ipaddress-demo").contains("../pictures/ipaddress-demo.html}}"));
}

/// Each picture stands in its chapter, and can be read by those who do not see it.
#[test]
fn every_figure_has_its_text() {
    for picture in PICTURES {
        let include = format!("{{{{#include ../pictures/{}.html}}}}", picture.chapter);
        assert!(page_of(picture.chapter).contains(&include), "{include}");
    }
    for file in fs::read_dir(workspace().join("book/pictures")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let has = |part: &str| text.contains(part);
        let described = has("<caption>") && !has("<svg")
            || has("role=\"group\"") && has("<title") && has("<desc");
        assert!(described && has("<figcaption>"), "{}", path.display());
        // An empty line would end the picture, in Markdown.
        assert!(!has("\n\n"), "{}", path.display());
    }
    for page in pages() {
        let bare = page.text.contains("<img") || page.text.contains("![](");
        assert!(!bare, "{}: an image without words", page.path.display());
    }
}

/// What the summary leaves out cannot be found by turning pages.
#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(workspace().join("book/src/SUMMARY.md")).unwrap();
    for page in pages() {
        let name = page.path.file_name().unwrap().to_str().unwrap();
        let listed = summary.contains(&format!("({name})"));
        assert!(listed || name == "SUMMARY.md", "{name}");
    }
}

/// A chapter opens with its question, and closes with what can be explained now.
#[test]
fn every_chapter_has_its_parts() {
    let begin = ["Predict", "Run", "Compare"];
    let end = ["Beside Python", "Your turn", "Now you can explain"];
    // Where a first version is mended, it stands whole before anything is explained.
    let mended =
        ["The first version", "What the system did", "What breaks it", "The program"];
    let given = ["What the system did", "When it goes wrong"];
    for chapter in CHAPTERS {
        let page = page_of(chapter.name);
        let folder = workspace().join("crates").join(chapter.name);
        let middle = match (chapter.has_program(), folder.join("mends").exists()) {
            (true, true) => &mended[..],
            (true, false) => &given,
            // It ends with small programs: there is no last one.
            (false, _) => &mended[..3],
        };
        let parts = [&begin[..], middle, &end].concat();
        let question = format!("\n\n*{}*\n\n", chapter.question);
        assert!(page.contains(&question), "{}: {question}", chapter.name);
        let find = |part: &&str| page.find(&format!("\n## {part}\n"));
        let places: Vec<_> = parts.iter().map(find).collect();
        assert!(places.iter().all(Option::is_some), "{}: {places:?}", chapter.name);
        assert!(places.is_sorted(), "{}: {places:?}", chapter.name);
    }
}

#[test]
fn every_link_between_pages_resolves() {
    let pages = pages();
    for page in &pages {
        for link in
            page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
        {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = if file.is_empty() {
                page.path.clone()
            } else {
                page.path.parent().unwrap().join(file)
            };
            assert!(target.exists(), "{}: {link}", page.path.display());
            let target = pages.iter().find(|other| other.path == target);
            assert!(
                heading.is_empty()
                    || target.unwrap().headings().any(|id| id == heading),
                "{}: {link}: no such heading",
                page.path.display()
            );
        }
    }
}

/// Whoever meets a failure finds it in the gallery, with a run that shows it.
#[test]
fn every_failure_is_in_the_gallery() {
    let gallery = page_of("when-it-goes-wrong");
    for chapter in CHAPTERS {
        for scene in chapter.scenes {
            let name = format!("{}.snap", chapter.snapshot(scene));
            let file = workspace().join("tests/snapshots").join(&name);
            let text = fs::read_to_string(file).unwrap();
            // A first version's failures are mended in its chapter.
            let is_first = scene.name.starts_with("first-");
            // What a server complains of, but for the rounds of select, and its good-bye.
            let complains = |line: &str| {
                let told = line.contains(" exceptional ")
                    || line.contains("clients served")
                    || line.ends_with("! ...");
                line.starts_with("server! ") && !told
            };
            let fails = text
                .lines()
                .any(|line| line.ends_with("exit code 1") || complains(line));
            assert!(!fails || is_first || gallery.contains(&name), "{name}");
        }
    }
}

/// Where a program or a scene asks which system this is, the page on systems says so.
#[test]
fn every_difference_between_systems_is_told() {
    let page = page_of("platforms");
    for chapter in CHAPTERS {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| {} | ", chapter.name)));
        for scene in chapter.scenes.iter().filter(|scene| scene.on != Need::Nothing) {
            let told =
                row.is_some_and(|row| row.contains(&format!("`{}`", scene.name)));
            assert!(told, "{} {}", chapter.name, scene.name);
        }
        let sources = workspace().join("crates").join(chapter.name).join("src");
        for file in fs::read_dir(sources).into_iter().flatten() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let asks = ["unix", "windows", "target_os"].iter().any(|system| {
                text.lines().any(|line| {
                    line.split_once("cfg").is_some_and(|(_, of)| of.contains(system))
                })
            });
            let name = path.file_name().unwrap().to_str().unwrap();
            let told = page.contains(&format!("`{name}`"))
                && page.contains(&format!("`{}`", chapter.name))
                || page.contains(&format!("crates/{}/src/{name}:", chapter.name));
            assert!(!asks || told, "{}/{name}", chapter.name);
        }
    }
}

#[test]
fn the_glossary_is_in_order() {
    let glossary = page_of("glossary");
    let terms: Vec<_> = glossary
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(str::to_lowercase)
        .collect();
    assert!(terms.is_sorted() && terms.len() > 50, "{terms:?}");
}
