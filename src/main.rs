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
//! cargo run --release -- measure     # what servers cost on this machine
//! cargo run -- draw                  # the pictures of the book anew, from real runs
//! ```

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Command, FromArgMatches, Subcommand, value_parser};
use socket_tour::chapters::{CHAPTERS, Chapter, Scene, chapter};
use socket_tour::failure::{Failure, Played};
use socket_tour::learn::attempt::{self, Trial};
use socket_tour::learn::files::write;
use socket_tour::learn::{hints, workshop};
use socket_tour::picture::{PICTURES, Picture};
use socket_tour::stage::programs::Programs;
use socket_tour::stage::running::wait_if_interrupted;
use socket_tour::style::BOLD;
use socket_tour::{doctor, measure, play, tour};

/// Said before cargo says what it compiles, which is much.
const FIRST_BUILD: &str =
    "Building the programs of the chapters, once; it takes some seconds...";

fn main() -> ExitCode {
    let mut out = Out { stdout: anstream::stdout(), broken: None };
    let outcome = run(&mut out);
    wait_if_interrupted();
    let outcome = match out.broken {
        // The reader has seen enough, as in `cargo run -- list | head -1`.
        Some(ErrorKind::BrokenPipe) => Ok(0),
        Some(kind) => Err(Failure::new(format!("cannot write to stdout: {kind}"))),
        None => outcome,
    };
    if let Err(failure) = &outcome {
        // When stderr is gone there is nowhere left to tell it.
        let _ = writeln!(io::stderr(), "socket-tour: {failure}");
    }
    outcome.unwrap_or(1).into()
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

/// Plays the tour: the main scene of each chapter, over real sockets on this machine
#[derive(Subcommand)]
enum Verb {
    /// Lists the chapters and their scenes
    List,
    /// Tells what this machine lacks, and what that costs
    Doctor,
    /// Plays conversations of your own, each a text file
    ///
    /// The exit code is 0 if all went as it is told, 1 if not, and 2 if a text is no
    /// scene.
    Play {
        /// A scene, as the book's page on conversations has it
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Writes into FILE what was said, once it has played that again
        #[arg(long, conflicts_with = "wire")]
        fill: bool,
        #[command(flatten)]
        guest: Guest,
    },
    /// Draws the pictures of the book anew, from real runs (on Linux, with strace)
    Draw {
        /// Draws this one alone
        #[arg(value_parser = known_chapter(is_drawn))]
        chapter: Option<&'static Chapter>,
    },
    /// Measures servers, best with `cargo run --release`: round trips, memory, and what silent clients cost
    Measure {
        /// How long each is measured
        #[arg(long, value_name = "TIME", default_value_t = 1000)]
        milliseconds: u64,
    },
    /// Lays a program out in my/, for you to write step by step
    Start {
        #[arg(value_parser = known_chapter(Chapter::has_program))]
        chapter: &'static Chapter,
        /// Begins anew; your version so far is moved aside
        #[arg(long)]
        fresh: bool,
    },
    /// Plays the scenes with your version, and says what comes next
    Try {
        #[arg(value_parser = known_chapter(Chapter::has_program))]
        chapter: &'static Chapter,
        /// Plays the scenes of a task of this chapter
        #[arg(long, conflicts_with = "program")]
        task: Option<String>,
        #[command(flatten)]
        guest: Guest,
    },
    /// Tries again whenever you save a file
    Watch {
        #[arg(value_parser = known_chapter(Chapter::has_program))]
        chapter: &'static Chapter,
    },
    /// Helps with the step that `try` named: a question, a nudge, the code
    Hint {
        #[arg(value_parser = known_chapter(Chapter::has_program))]
        chapter: &'static Chapter,
        /// 1 to 3
        #[arg(default_value_t = 1, value_parser = value_parser!(u8).range(1..=3))]
        level: u8,
        /// For this step
        #[arg(long)]
        step: Option<usize>,
    },
    /// Shows how the finished program differs from yours
    Solution {
        #[arg(value_parser = known_chapter(Chapter::has_program))]
        chapter: &'static Chapter,
        /// Shows this step alone; of a mend, the program as it is after it
        step: Option<usize>,
    },
}

#[derive(Args)]
struct Guest {
    /// Plays with this program, in any language, run in the project's folder; last on the line
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    program: Option<Vec<String>>,
    /// COMMAND is a server, of which bytes on the wire, exit codes and behaviour count. It says first where it listens, as ours do; {port} in it stands for the port, which is 0 for a free one, else `server --bind HOST:PORT` is added
    #[arg(long, requires = "program")]
    wire: bool,
}

/// Each chapter is a subcommand and each scene a possible value: clap then lists them,
/// and suggests the nearest to a wrong one.
fn command_line() -> Command {
    let chapters = CHAPTERS.iter().map(|chapter| {
        let scenes = chapter.scenes.iter();
        let scenes = scenes.map(|one| PossibleValue::new(one.name).help(one.about));
        let scene = Arg::new("SCENE").help("Plays this scene alone");
        Command::new(chapter.name)
            .alias(number(chapter))
            .about(format!("Plays chapter {}: {}", chapter.number(), chapter.title))
            .arg(scene.value_parser(PossibleValuesParser::new(scenes)))
    });
    let command = Command::new("socket-tour")
        .subcommand_value_name("CHAPTER")
        .subcommand_help_heading("Chapters")
        .subcommands(chapters)
        .after_help("Example:\n  cargo run -- basic-tcp reset   plays one scene");
    Verb::augment_subcommands(command)
}

/// Takes a chapter of which this is true, by its name or its number.
fn known_chapter(
    is_meant: fn(&Chapter) -> bool,
) -> impl TypedValueParser<Value = &'static Chapter> {
    let chapters = CHAPTERS.iter().filter(|one| is_meant(one));
    let names = chapters.map(|one| PossibleValue::new(one.name).alias(number(one)));
    PossibleValuesParser::new(names)
        .try_map(|word| chapter(&word).ok_or("no such chapter"))
}

/// Whether there is a picture of it.
fn is_drawn(chapter: &Chapter) -> bool {
    PICTURES.iter().any(|picture| picture.chapter == chapter.name)
}

/// A chapter's number, which stands for its name. clap keeps it to the end.
fn number(chapter: &Chapter) -> &'static str {
    chapter.number().to_string().leak()
}

/// Returns the exit code: 0 if all was as it should be.
///
/// # Errors
/// Why not, if it cannot be seen in what was printed.
fn run(out: &mut dyn Write) -> Played<u8> {
    let arguments = command_line().get_matches();
    if let Ok(verb) = Verb::from_arg_matches(&arguments) {
        return act(out, verb);
    }
    let chosen = arguments.subcommand();
    let chapters: Vec<_> = match chosen {
        None => CHAPTERS.iter().map(|one| (one, vec![&one.scenes[0]])).collect(),
        // clap lets no other name pass than a chapter's and its scenes'.
        Some((name, chosen)) => {
            let scene = chosen.get_one::<String>("SCENE");
            let is_chosen = |one: &&Scene| scene.is_none_or(|name| name == one.name);
            let scenes = |one: &'static Chapter| one.scenes.iter().filter(is_chosen);
            chapter(name).iter().map(|one| (*one, scenes(one).collect())).collect()
        }
    };
    // The tour needs the one of chapter 8: a first run is short.
    let examples = if chosen.is_none() { "first_datagram" } else { "first_*" };
    let good = tour::play(out, &build_examples(examples)?, &chapters)?;
    if chosen.is_none() {
        writeln!(
            out,
            "\nAll scenes of a chapter: cargo run -- basic-tcp\n\
             What happened, step by step: the book, from book/src/introduction.md on"
        )?;
    }
    Ok(u8::from(!good))
}

/// Does what is not a chapter. Returns the exit code, as [`run`].
fn act(out: &mut dyn Write, verb: Verb) -> Played<u8> {
    match verb {
        Verb::List => list(out)?,
        Verb::Doctor => return Ok(u8::from(!doctor::examine(out)?)),
        Verb::Play { files, fill, guest } => {
            let mut programs = build()?;
            if let Some(words) = guest.program {
                programs = programs.with_guest(words, guest.wire);
            }
            return play::play_files(out, &programs, &files, fill);
        }
        Verb::Draw { chapter } => draw(out, chapter)?,
        Verb::Measure { milliseconds } => {
            let time = Duration::from_millis(milliseconds);
            measure::measure(&build()?, time, out)?;
        }
        Verb::Start { chapter, fresh } => workshop::start(out, chapter, fresh)?,
        Verb::Try { chapter, task, guest } => {
            let trial = match (task, guest.program) {
                (_, Some(words)) => Trial::Guest(words, guest.wire),
                (Some(name), None) => Trial::Task(chapter.task(&name)?),
                (None, None) => Trial::Chapter,
            };
            return Ok(u8::from(!attempt::attempt(out, chapter, &trial)?));
        }
        Verb::Watch { chapter } => attempt::watch(out, chapter)?,
        Verb::Hint { chapter, level, step } => hints::tell(out, chapter, level, step)?,
        Verb::Solution { chapter, step } => hints::solution(out, chapter, step)?,
    }
    Ok(0)
}

/// Builds the programs of all chapters. Where one was never built, cargo has much to say:
/// first of all we say why.
fn build() -> Played<Programs> {
    build_examples("first_*")
}

/// The same with these examples alone.
fn build_examples(names: &str) -> Played<Programs> {
    let ours = std::env::current_exe().unwrap_or_default();
    // Beside a program cargo notes what it is made of.
    let is_there =
        |one: &Chapter| ours.with_file_name(one.name).with_extension("d").exists();
    if !CHAPTERS.iter().filter(|one| one.has_program()).all(is_there) {
        // As in `main`.
        let _ = writeln!(io::stderr(), "{FIRST_BUILD}");
    }
    Programs::build_examples(names)
}

/// Writes the pictures of all chapters, or of one, into the book.
fn draw(out: &mut dyn Write, chapter: Option<&Chapter>) -> Played {
    let programs = build()?;
    let is_chosen = |one: &&Picture| chapter.is_none_or(|it| it.name == one.chapter);
    for picture in PICTURES.iter().filter(is_chosen) {
        write(&picture.path(), &picture.draw(&programs)?)?;
        writeln!(out, "drawn anew: {}", picture.path().display())?;
    }
    Ok(())
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for chapter in CHAPTERS {
        let Chapter { name, title, question, scenes, .. } = chapter;
        let number = chapter.number();
        writeln!(out, "{number}. {BOLD}{name}{BOLD:#}: {title}. {question}")?;
        let width = scenes.iter().map(|scene| scene.name.len()).max().unwrap_or(0);
        for scene in *scenes {
            writeln!(out, "   {:width$}  {}", scene.name, scene.about)?;
        }
    }
    Ok(())
}
