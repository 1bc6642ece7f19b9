//! Plays the chapters in the terminal and compares what happens with their snapshots.
//!
//! ```console
//! cargo run                          # the tour: the main scene of each chapter
//! cargo run -- basic-tcp             # all scenes of a chapter
//! cargo run -- basic-tcp reset       # one of them
//! cargo run -- play my.txt           # a conversation of your own
//! cargo run -- list                  # what there is
//! cargo run -- doctor                # what this machine has, and what a missing thing
//!                                    # costs
//! cargo run --release -- measure     # what the servers cost on this machine
//! cargo run -- draw                  # the pictures of the book anew, from real runs
//! ```

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstyle::Style;
use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use socket_tour::chapters::{CHAPTERS, Chapter, Scene, chapter};
use socket_tour::failure::{Failure, Played};
use socket_tour::learn::steps::steps;
use socket_tour::learn::workshop::{Workshop, shown, write};
use socket_tour::learn::{attempt, hints};
use socket_tour::picture::{PICTURES, Picture};
use socket_tour::stage::programs::{Programs, Progress, guest_words};
use socket_tour::stage::running::wait_if_interrupted;
use socket_tour::{doctor, measure, play, tour};

fn main() -> ExitCode {
    let mut out = Out { stdout: anstream::stdout(), broken: None };
    let outcome = run(&mut out);
    wait_if_interrupted();
    match (out.broken, outcome) {
        // The reader has seen enough, as in `cargo run -- list | head -1`.
        (Some(ErrorKind::BrokenPipe), _) => return ExitCode::SUCCESS,
        (Some(kind), _) => complain(format_args!("cannot write to stdout: {kind}")),
        (None, Err(failure)) => complain(failure),
        (None, Ok(code)) => return code.into(),
    }
    ExitCode::FAILURE
}

/// Stdout, which notes why it could not be written to.
struct Out {
    stdout: anstream::AutoStream<io::Stdout>,
    broken: Option<ErrorKind>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdout.write(bytes).inspect_err(|error| self.broken = Some(error.kind()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush().inspect_err(|error| self.broken = Some(error.kind()))
    }
}

/// Prints a line on stderr. When that is gone there is nowhere left to tell it.
fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "socket-tour: {line}");
}

/// Returns the exit code: 0 if all was as it should be.
///
/// # Errors
/// Why not, if it cannot be seen in what was printed.
fn run(out: &mut dyn Write) -> Played<u8> {
    let arguments = command_line().get_matches_from(by_name(std::env::args_os()));
    let good = match arguments.subcommand() {
        Some(("play", chosen)) => {
            let files = chosen.get_many::<PathBuf>("FILE").into_iter().flatten();
            let programs = build()?;
            let programs = match words(chosen) {
                Some(words) => programs.with_guest(words, chosen.get_flag("wire")),
                None => programs,
            };
            return play::play_files(out, &programs, files, chosen.get_flag("fill"));
        }
        Some(("list", _)) => {
            list(out)?;
            Ok(true)
        }
        Some(("doctor", _)) => doctor::examine(out).map_err(Failure::from),
        Some(("draw", chosen)) => {
            draw(out, chosen.get_one::<String>("CHAPTER")).map(|()| true)
        }
        Some(("measure", chosen)) => {
            let time = *chosen.get_one::<u64>("milliseconds").unwrap_or(&1000);
            measure(out, Duration::from_millis(time)).map(|()| true)
        }
        Some((verb, chosen)) if LEARNING.iter().any(|(name, _)| *name == verb) => {
            learn(out, verb, chosen)
        }
        // clap lets no other name pass than a chapter's and its scenes'.
        Some((name, chosen)) => {
            let scene = chosen.get_one::<String>("SCENE");
            let chosen = |one: &&Scene| scene.is_none_or(|name| name == one.name);
            let scenes = |chapter: &'static Chapter| {
                chapter.scenes.iter().filter(chosen).collect()
            };
            let chapters: Vec<_> =
                chapter(name).map(|one| (one, scenes(one))).into_iter().collect();
            play_scenes(out, &chapters)
        }
        None => {
            let main_scene = |chapter: &'static Chapter| {
                (chapter, chapter.scenes.iter().take(1).collect())
            };
            let good =
                play_scenes(out, &CHAPTERS.iter().map(main_scene).collect::<Vec<_>>())?;
            writeln!(out, "\nAll scenes of a chapter: cargo run -- basic-tcp")?;
            writeln!(
                out,
                "What happened, step by step: the book, from book/src/introduction.md on"
            )?;
            Ok(good)
        }
    };
    good.map(|good| u8::from(!good))
}

/// The command line with the name of a chapter where its number stands: `6`, `try 6`.
fn by_name(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let is_verb = |word: &OsString| LEARNING.iter().any(|(verb, _)| word == verb);
    let at = if arguments.get(1).is_some_and(is_verb) { 2 } else { 1 };
    if let Some(word) = arguments.get_mut(at) {
        let number = CHAPTERS.iter().find(|one| *word == *one.number().to_string());
        *word = number.map_or(mem::take(word), |chapter| chapter.name.into());
    }
    arguments
}

/// What a learner does with a chapter.
const LEARNING: [(&str, &str); 6] = [
    ("start", "Lays a program out in my/, for you to write step by step"),
    ("try", "Plays the scenes with your version, and says what comes next"),
    ("watch", "Tries again whenever you save a file"),
    ("hint", "Helps with the next step: a question, a nudge, the code"),
    ("solution", "Shows how the finished steps differ from yours"),
    ("progress", "Tells how far you are in each chapter"),
];

fn learn(out: &mut dyn Write, verb: &str, chosen: &ArgMatches) -> Played<bool> {
    match chosen.try_get_one::<String>("CHAPTER").ok().flatten() {
        None => attempt::progress(out).map(|()| true),
        Some(name) => {
            let chapter = chapter(name).ok_or(io::Error::from(ErrorKind::NotFound))?;
            let number = |name: &str| chosen.get_one::<usize>(name).copied();
            match verb {
                "start" => start(out, chapter, chosen.get_flag("fresh")),
                "try" if let Some(words) = words(chosen) => {
                    attempt::attempt_guest(out, chapter, words, chosen.get_flag("wire"))
                }
                "try" => {
                    let task = chosen.get_one::<String>("task");
                    let known = task.map(|name| {
                        chapter.task(name).ok_or_else(|| no_task(chapter, name))
                    });
                    attempt::attempt(out, chapter, known.transpose()?, Progress::Shown)
                }
                "watch" => attempt::watch(out, chapter).map(|()| true),
                "hint" => hints::tell(out, chapter, number("LEVEL"), number("step")),
                _ => hints::solution(out, chapter, number("STEP")).map(|()| true),
            }
        }
    }
}

/// The command of another program, if one is chosen.
fn words(chosen: &ArgMatches) -> Option<Vec<String>> {
    let words = chosen.get_many::<String>("program")?;
    Some(guest_words(words.cloned().collect()))
}

fn start(out: &mut dyn Write, chapter: &'static Chapter, fresh: bool) -> Played<bool> {
    let mine = Workshop::mine();
    if let Some(aside) = mine.start(chapter, fresh)? {
        writeln!(out, "Your version so far is now in {}.", shown(&aside))?;
    }
    let folder = mine.folder(chapter);
    writeln!(out, "{} is yours now. Its steps:", shown(&folder))?;
    for step in steps(&folder)? {
        let place = format!("{}:{}", step.file.display(), step.line);
        writeln!(out, "  {}. {:16} {place:22} {}", step.number, step.name, step.task)?;
    }
    writeln!(out, "Keep the lines `// STEP n: ...` where they are.")?;
    writeln!(out, "Write the first step, then: cargo run -- try {}", chapter.name)?;
    Ok(true)
}

fn no_task(chapter: &Chapter, name: &str) -> Failure {
    let names: Vec<_> = chapter.tasks.iter().map(|task| task.name).collect();
    Failure::new(format!(
        "{} has no task {name}, but {}",
        chapter.name,
        names.join(", ")
    ))
}

/// Builds the programs of all chapters, which is said when it takes a while.
fn build() -> Played<Programs> {
    if Programs::are_missing(CHAPTERS.iter().map(|chapter| chapter.name)) {
        let what =
            "Building the programs of the chapters, once; this takes some seconds...";
        // As in `complain`.
        let _ = writeln!(io::stderr(), "{what}");
    }
    Programs::build(Progress::Shown)
}

fn play_scenes(
    out: &mut dyn Write,
    chapters: &[(&Chapter, Vec<&Scene>)],
) -> Played<bool> {
    tour::play(out, &build()?, chapters)
}

/// Each chapter is a subcommand and each scene a possible value: clap then lists them,
/// and suggests the nearest to a wrong one.
fn command_line() -> Command {
    let chapters = CHAPTERS.iter().map(|chapter| {
        let scenes = chapter
            .scenes
            .iter()
            .map(|scene| PossibleValue::new(scene.name).help(scene.about));
        let scene = Arg::new("SCENE")
            .value_parser(scenes.collect::<Vec<_>>())
            .help("Plays this scene alone");
        Command::new(chapter.name)
            .about(format!("Plays chapter {}: {}", chapter.number(), chapter.title))
            .arg(scene)
    });
    Command::new("socket-tour")
        .about("Plays the tour: the main scene of each chapter, over real sockets on this machine")
        .subcommand_value_name("CHAPTER")
        .subcommand_help_heading("Chapters")
        .subcommands(chapters)
        .subcommand(Command::new("list").about("Lists the chapters and their scenes"))
        .subcommand(
            Command::new("doctor").about("Tells what this machine lacks, and what that costs"),
        )
        .subcommand(play_command())
        .subcommand(draw_command())
        .subcommand(measure_command())
        .subcommands(LEARNING.map(|(verb, about)| learning(verb, about)))
        .after_help("Example:\n  cargo run -- basic-tcp reset   plays one scene")
}

fn play_command() -> Command {
    let file = Arg::new("FILE")
        .required(true)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf));
    let fill = Arg::new("fill").long("fill").action(ArgAction::SetTrue);
    Command::new("play")
        .about("Plays conversations of your own, each a text file")
        .arg(file.help("A scene, as the book's page on conversations has it"))
        .arg(fill.help("Writes into FILE what was said, once it has played that again"))
        .args(other_program())
        .after_help(
            "Exit code: 0 if all went as it is told, 1 if not, 2 if a text is no scene",
        )
}

/// The options that put another program in the place of ours.
fn other_program() -> [Arg; 2] {
    let program = Arg::new("program")
        .long("program")
        .value_name("COMMAND")
        .num_args(1..)
        .allow_hyphen_values(true)
        .help("Plays with this program, in any language; last on the line");
    let wire = Arg::new("wire")
        .long("wire")
        .action(ArgAction::SetTrue)
        .requires("program")
        .help("COMMAND is a server, of which bytes on the wire, exit codes and behaviour count; {port} in it stands for the port, else `server --bind HOST:PORT` is added");
    [program, wire]
}

fn draw_command() -> Command {
    let names: Vec<_> = PICTURES.iter().map(|picture| picture.chapter).collect();
    Command::new("draw")
        .about("Draws the pictures of the book anew, from real runs (on Linux, with strace)")
        .arg(Arg::new("CHAPTER").value_parser(names).help("Draws this one alone"))
}

fn measure_command() -> Command {
    Command::new("measure")
        .about("Measures the three servers: round trips, and memory for silent clients")
        .arg(
            Arg::new("milliseconds")
                .long("milliseconds")
                .value_name("TIME")
                .value_parser(value_parser!(u64).range(1..))
                .help("How long each is measured; a second unless told otherwise"),
        )
}

/// The command line of what a learner does.
fn learning(verb: &'static str, about: &'static str) -> Command {
    let number = |name: &'static str| Arg::new(name).value_parser(value_parser!(usize));
    let names: Vec<_> = CHAPTERS.iter().map(|chapter| chapter.name).collect();
    let chapter = Arg::new("CHAPTER").required(true).value_parser(names);
    let command = Command::new(verb).about(about);
    match verb {
        "progress" => command,
        "start" => command.arg(chapter).arg(
            Arg::new("fresh")
                .long("fresh")
                .action(ArgAction::SetTrue)
                .help("Begins anew; your version so far is moved aside"),
        ),
        "hint" => command
            .arg(chapter)
            .arg(number("LEVEL").help("1 to 3; the first one unless told otherwise"))
            .arg(number("step").long("step").value_name("STEP").help("For this step")),
        "solution" => {
            command.arg(chapter).arg(number("STEP").help("Shows this step alone"))
        }
        "try" => command
            .arg(chapter)
            .arg(
                Arg::new("task")
                    .long("task")
                    .value_name("TASK")
                    .help("Plays the scenes of a task of this chapter"),
            )
            .args(other_program())
            .group(ArgGroup::new("whose").args(["task", "program"])),
        _ => command.arg(chapter),
    }
}

/// Writes the pictures of all chapters, or of one, into the book.
fn draw(out: &mut dyn Write, chapter: Option<&String>) -> Played {
    let chosen =
        |picture: &&Picture| chapter.is_none_or(|name| name == picture.chapter);
    let programs = build()?;
    for picture in PICTURES.iter().filter(chosen) {
        let drawn = picture.draw(&programs)?;
        if let Some(step) = drawn.unseen {
            let why = format!(
                "{}: `{step}` was not seen to wait; is this machine busy?",
                picture.chapter
            );
            return Err(Failure::new(why));
        }
        write(&picture.path(), &drawn.html)?;
        writeln!(out, "drawn anew: {}", picture.path().display())?;
    }
    Ok(())
}

/// Measures the three servers.
fn measure(out: &mut dyn Write, time: Duration) -> Played {
    if cfg!(debug_assertions) {
        complain("for figures that mean something: cargo run --release -- measure");
    }
    measure::measure(&build()?, time, out)
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    let bold = Style::new().bold();
    for chapter in CHAPTERS {
        let Chapter { name, title, question, scenes, .. } = chapter;
        writeln!(
            out,
            "{}. {bold}{name}{bold:#}: {title}. {question}",
            chapter.number()
        )?;
        let width = scenes.iter().map(|scene| scene.name.len()).max().unwrap_or(0);
        for scene in *scenes {
            writeln!(out, "   {:width$}  {}", scene.name, scene.about)?;
        }
    }
    Ok(())
}
