//! The programs of a scene: each is started, typed to, and heard on its two streams.

use std::io::{self, PipeWriter, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::A_MOMENT;
use super::ear::Ear;
use super::programs::{Programs, workspace};
use super::running::{Running, Signal, set_apart};
use crate::failure::{Failure, Played};
use crate::scene::bytes::unfolded;
use crate::scene::line::{Kind, Line};
use crate::scene::names::Names;

/// What `todo!` says of an unwritten step.
pub const MISSING: &str = "not yet implemented: step ";

/// A program of the scene; or the tap, which has a voice as well.
pub struct Actor {
    /// Empty for a program that runs alone.
    pub name: String,
    /// Nothing for the tap.
    pub running: Option<Running>,
    /// Whether how it ended was told, or is known.
    pub is_over: bool,
    /// Whether only the wire is judged: what it prints does not count, but where it
    /// listens.
    pub mute: bool,
    stdin: Option<PipeWriter>,
    out: Ear,
    err: Ear,
}

impl Actor {
    /// Somebody who speaks, and is no program.
    pub fn speaker(name: &str, words: String) -> Self {
        let (out, err) = (Ear::on(io::Cursor::new(words)), Ear::on(io::empty()));
        let (name, running, stdin) = (name.to_owned(), None, None);
        Self { name, running, is_over: true, mute: false, stdin, out, err }
    }

    /// Starts a program, as its line tells it. One without a name runs alone: as on a
    /// terminal, its two streams are one.
    ///
    /// # Errors
    /// When it cannot be started, or is about more than the wire.
    pub fn start(programs: &Programs, names: &Names, line: &Line) -> Played<Self> {
        let (name, command) = (line.speaker.as_str(), unfolded(&line.text));
        let (command, shell) = without_shell(&command);
        let words = words(names, command);
        let (program, arguments) =
            words.split_first().ok_or_else(|| Failure::new("`$` without a command"))?;
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mute = programs.guest(program, &arguments).is_some_and(|guest| guest.wire);
        if mute {
            on_the_wire(name, shell.is_some(), &mut arguments)?;
        }
        let mut command = programs.command(program, &arguments)?;
        if let Some([before, after]) = shell {
            command = by_shell(&command, [before, &names.filled_in(after)]);
        }
        Self::spawn(name, command, mute)
    }

    fn spawn(name: &str, mut command: Command, mute: bool) -> Played<Self> {
        prepare(&mut command);
        let (out, stdout) = io::pipe()?;
        let (err, stderr) = io::pipe()?;
        let (stdin, typed) = io::pipe()?;
        if name.is_empty() {
            command.stdin(Stdio::null()).stderr(stdout.try_clone()?);
            drop((stdin, stderr));
        } else {
            command.stdin(stdin).stderr(stderr);
        }
        command.stdout(stdout);
        let (name, running) = (name.to_owned(), Some(Running::start(command)?));
        let (mut out, err) = (Ear::on(out), Ear::on(err));
        out.skips = mute;
        let stdin = Some(typed);
        Ok(Self { name, running, is_over: false, mute, stdin, out, err })
    }

    /// One of its two streams.
    pub fn voice(&mut self, kind: Kind) -> &mut Ear {
        if kind == Kind::Complained { &mut self.err } else { &mut self.out }
    }

    /// Types a line, in one write, as a terminal hands it over.
    ///
    /// # Errors
    /// When it reads no more.
    pub fn types(&mut self, line: &[u8]) -> io::Result<()> {
        let line = [line, b"\n"].concat();
        self.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(&line))
    }

    /// Does to it what a deed of this form says.
    ///
    /// # Errors
    /// When it is no program, and on a system without signals.
    pub fn acts(&mut self, form: &str) -> io::Result<()> {
        let running = self.running.as_ref().ok_or(io::ErrorKind::NotFound)?;
        match form {
            "end of input (Ctrl-D)" => drop(self.stdin.take()),
            "Ctrl-C" => running.interrupt()?,
            "paused (SIGSTOP)" => running.pause()?,
            "resumed (SIGCONT)" => running.signal(Signal::CONT)?,
            _ => {
                running.kill();
                self.is_over = true;
            }
        }
        Ok(())
    }

    /// Whether it runs no more.
    pub fn has_ended(&self) -> bool {
        let running = self.running.as_ref();
        running.is_none_or(|running| !matches!(running.ended(), Ok(None)))
    }

    /// Whether it has come to a step that is not written yet.
    pub fn misses_a_step(&self) -> bool {
        self.err.so_far().contains(MISSING)
    }

    /// Waits until it does nothing more by itself, and all is heard that it has said.
    pub fn comes_to_rest(&self) {
        self.running.iter().for_each(Running::comes_to_rest);
        self.out.comes_to_rest();
        self.err.comes_to_rest();
    }

    /// All that it has said so far, told or not.
    pub fn so_far(&self) -> [String; 2] {
        [&self.out, &self.err].map(Ear::so_far)
    }

    /// Whether it still runs, and what it has said.
    pub fn report(&self) -> String {
        // One whose output has just ended is about to end too.
        let soon = Instant::now() + A_MOMENT;
        let state = match self.running.as_ref().map(|running| running.wait(soon)) {
            Some(Ok(None)) => "still runs".to_owned(),
            Some(Ok(Some(status))) => format!("has ended ({status})"),
            Some(Err(error)) => error.to_string(),
            None => "has spoken".to_owned(),
        };
        let [out, err] = self.so_far();
        let name = &self.name;
        format!("\n{name} {state}\n  stdout so far:{out}\n  stderr so far:{err}")
    }
}

/// The words of a command; what is quoted is one. A name may stand for something with a
/// space in it.
fn words(names: &Names, command: &str) -> Vec<String> {
    let quoted = command.split('"').enumerate();
    let words = quoted.flat_map(|(number, part)| match number % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.map(|word| names.filled_in(word)).collect()
}

/// A command without what a shell does before and after it, and that: a limit, a file that
/// takes what is printed.
fn without_shell(command: &str) -> (&str, Option<[&str; 2]>) {
    match command.split_once("exec ") {
        Some((before, rest)) if before.is_empty() || before.starts_with("ulimit ") => {
            let end = rest.find(" > ").unwrap_or(rest.len());
            let (command, after) = rest.split_at(end);
            (command, Some([before, after]))
        }
        _ => (command, None),
    }
}

/// The same command, run by a shell that does that (Unix).
fn by_shell(command: &Command, [before, after]: [&str; 2]) -> Command {
    // What we have inherited, from a shell's `exec 3>&1` for instance, does not count.
    let closed = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
    let script = format!("{closed}; {before}exec \"$0\" \"$@\"{after}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).arg(command.get_program()).args(command.get_args());
    shell
}

/// What makes a program print more does not matter on the wire; all else does that is
/// more than a server has to do there.
fn on_the_wire(name: &str, shell: bool, arguments: &mut Vec<&str>) -> Played {
    arguments.retain(|one| !["--rounds", "--trace"].contains(one));
    let is_more =
        |one: &&&str| one.starts_with("--") && !["--bind", "--dir"].contains(one);
    let needs = match arguments.iter().find(is_more) {
        _ if name.is_empty() => "a peer",
        _ if shell => "a shell",
        Some(option) => option,
        None => return Ok(()),
    };
    Err(Failure::beyond_the_wire(format!("it needs {needs}")))
}

fn prepare(command: &mut Command) {
    command.current_dir(workspace());
    // Without a network, glibc's resolver would ask each name server for ten seconds.
    command.env("RES_OPTIONS", "timeout:1 attempts:1");
    // A panic is told in one line.
    command.env("RUST_BACKTRACE", "0");
    // Python writes at once and in UTF-8, as on most terminals, and without colours.
    command.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1");
    command.env("PYTHON_COLORS", "0");
    command.env_remove("PYTHONDEVMODE").env_remove("PYTHONWARNINGS");
    set_apart(command);
}
