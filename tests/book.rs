//! Holds the book to the code: what it includes exists, what was played is shown, what
//! it tells the reader to type works.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use socket_tour::programs::workspace;
use socket_tour::scenes::{CHAPTERS, chapter};
use socket_tour::snapshot;

/// Snapshots that the book does not show, each with the reason.
const NOT_SHOWN: &[(&str, &str)] = &[];

/// What a learner does with a chapter.
const LEARNING: [&str; 5] = ["start", "try", "watch", "hint", "solution"];

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
        scenes.map(move |scene| snapshot::name(chapter, scene))
    });
    let expected: BTreeSet<_> = scenes.map(|name| format!("{name}.snap")).collect();
    assert_eq!(snapshots(), expected);
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
            let solution = format!("crates/{}/tasks/{}.patch", chapter.name, task.name);
            let command = format!("try {} --task {}", chapter.name, task.name);
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

/// What the reader types: the guide's chapters and scenes, and recipes.
#[test]
fn every_command_of_the_book_exists() {
    let justfile = fs::read_to_string(workspace().join("justfile")).unwrap();
    for page in pages() {
        for line in page.code("console") {
            let words: Vec<_> = line.split_whitespace().collect();
            let known = match words.as_slice() {
                []
                | ["cargo", "run", "--", "list" | "doctor"]
                | ["cargo", "run" | "test"] => true,
                [word, ..] if ["#", "python3", "mdbook", "strace"].contains(word) => {
                    true
                }
                ["cargo", "install", ..] | ["cargo", "run", "--", "progress"] => true,
                ["cargo", "run", "--", verb, name, ..] if LEARNING.contains(verb) => {
                    chapter(name).is_some()
                }
                ["cargo", "run", "--", name]
                | ["cargo", "run", "-q", "-p", name, "--", ..]
                | ["cargo", "run", "-q", "-p", name, "--example", _]
                | ["cargo", "run", "--release", "-q", "-p", name, "--example", _]
                | ["cargo", "test", "-p" | "--test", name] => chapter(name).is_some(),
                ["cargo", "run", "--", name, scene] => {
                    chapter(name).is_some_and(|chapter| chapter.scene(scene).is_some())
                }
                ["just", name, ..] => justfile
                    .lines()
                    .any(|line| line.split([' ', ':']).next() == Some(name)),
                _ => false,
            };
            assert!(known, "{}: `{line}`", page.path.display());
        }
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
