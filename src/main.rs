//! Plays the chapters in the terminal and compares what happens with their snapshots.
//!
//! ```console
//! cargo run                          # the tour: the main scene of each chapter
//! cargo run -- basic-tcp             # all scenes of a chapter
//! cargo run -- basic-tcp reset       # one of them
//! cargo run -- list                  # what there is
//! cargo run -- doctor                # what this machine has, and what a missing thing
//! costs
//! ```

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::Style;
use clap::builder::PossibleValue;
use clap::{Arg, Command};
use socket_tour::programs::{Programs, Progress};
use socket_tour::scenes::{CHAPTERS, Chapter, Scene, chapter};
use socket_tour::{doctor, running, tour};

/// The exit code of a program that Ctrl-C ended: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader has seen enough, as in `cargo run -- list | head -1`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("socket-tour: cannot write to stdout: {}", error.kind());
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all was as it should be.
///
/// # Errors
/// Those of stdout alone.
fn run() -> io::Result<bool> {
    let mut out = anstream::stdout();
    let arguments = command_line().get_matches();
    match arguments.subcommand() {
        Some(("list", _)) => list(&mut out),
        Some(("doctor", _)) => doctor::examine(&mut out),
        // clap lets no other name pass than a chapter's and its scenes'.
        Some((name, chosen)) => {
            let scene = chosen.get_one::<String>("SCENE");
            let chosen = |one: &&Scene| scene.is_none_or(|name| name == one.name);
            let scenes = |chapter: &'static Chapter| {
                chapter.scenes.iter().filter(chosen).collect()
            };
            let chapters: Vec<_> =
                chapter(name).map(|one| (one, scenes(one))).into_iter().collect();
            play(&mut out, &chapters)
        }
        None => {
            let main_scene = |chapter: &'static Chapter| {
                (chapter, chapter.scenes.iter().take(1).collect())
            };
            let good =
                play(&mut out, &CHAPTERS.iter().map(main_scene).collect::<Vec<_>>())?;
            writeln!(out, "\nAll scenes of a chapter: cargo run -- basic-tcp")?;
            writeln!(
                out,
                "What happened, step by step: the book, from book/src/introduction.md on"
            )?;
            Ok(good)
        }
    }
}

/// Builds the programs, then plays.
fn play(out: &mut dyn Write, chapters: &[(&Chapter, Vec<&Scene>)]) -> io::Result<bool> {
    // Without a handler Ctrl-C ends us the system's way, and our programs when their
    // input ends.
    let _ = ctrlc::set_handler(|| {
        eprintln!("\nsocket-tour: interrupted");
        running::end_all(INTERRUPTED)
    });

    if Programs::are_missing(CHAPTERS.iter().map(|chapter| chapter.name)) {
        eprintln!(
            "Building the programs of the chapters, once; this takes some seconds..."
        );
    }
    match Programs::build(Progress::Shown) {
        Ok(programs) => tour::play(out, &programs, chapters),
        Err(failure) => {
            eprintln!("socket-tour: {failure}");
            Ok(false)
        }
    }
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
        .disable_help_subcommand(true)
        .after_help("Example:\n  cargo run -- basic-tcp reset   plays one scene")
}

fn list(out: &mut dyn Write) -> io::Result<bool> {
    let bold = Style::new().bold();
    for chapter in CHAPTERS {
        let Chapter { name, title, question, scenes } = chapter;
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
    Ok(true)
}
