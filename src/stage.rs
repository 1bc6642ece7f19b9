//! The stage: programs are started, spoken to and heard in lock-step. Say a line, wait
//! for the answer, go on.
//!
//! Nothing here sleeps to get an order right, and nothing waits without a deadline.

use std::cell::{RefCell, RefMut};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use crate::ear::{Ear, Heard};
use crate::failure::{Failure, Played};
use crate::peer::Peer;
use crate::programs::{Programs, workspace};
use crate::python;
use crate::running::{Running, set_apart};
use crate::transcript::{Kind, Listener, Transcript, visible};

/// How long a wait may last. Far more than any answer takes, for a machine that is busy
/// with something else.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often a wait looks whether it is worth while, and how long a program may take to
/// end that has said its last.
const A_MOMENT: Duration = Duration::from_millis(200);

/// What `todo!` says of an unwritten step.
pub(crate) const MISSING: &str = "not yet implemented: step ";

/// How many lines are shown that no scene waited for: a program gone wild has a million.
const LEFT_OVER: usize = 20;

/// How many lines a program may print that nobody tells to stop.
const MOST_LINES: usize = 500;

/// Where one scene is played.
pub struct Stage<'a> {
    programs: &'a Programs,
    patience: Duration,
    transcript: RefCell<Transcript<'a>>,
    cast: RefCell<Vec<Rc<Player>>>,
    kept: RefCell<Vec<TcpStream>>,
}

impl<'a> Stage<'a> {
    /// An empty stage, on which a wait lasts at most `patience`; `listener` is told
    /// each line of the transcript as it happens.
    pub fn new(
        programs: &'a Programs,
        patience: Duration,
        listener: Listener<'a>,
    ) -> Self {
        let transcript = RefCell::new(Transcript::new(listener));
        Self {
            programs,
            patience,
            transcript,
            cast: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// Plays `scene`, ends what still runs, and returns the transcript with what came
    /// of it.
    pub fn play(&self, scene: fn(&Stage<'_>) -> Played) -> (String, Played) {
        let outcome = scene(self);
        for player in self.cast.borrow().iter() {
            player.running.kill();
            if player.mute {
                continue;
            }
            // A line that the scene did not wait for was not expected: it shows as a
            // difference.
            for (ear, kind) in
                [(&player.out, Kind::Printed), (&player.err, Kind::Complained)]
            {
                for count in 0.. {
                    let Heard::Line(line) = ear.next(self.deadline()) else { break };
                    if count == LEFT_OVER {
                        let remark = "and more, which nobody waited for";
                        self.transcript().add(&player.name, Kind::Did, remark);
                        break;
                    }
                    self.transcript().add(&player.name, kind, &line);
                }
            }
        }
        (self.transcript().text(), outcome)
    }

    /// Waits until none of the programs does anything more by itself.
    pub fn comes_to_rest(&self) {
        for player in self.cast.borrow().iter() {
            player.running.comes_to_rest();
        }
    }

    /// Runs a program that needs nobody else, from start to end. Its two streams are
    /// one here, as on a terminal.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Played {
        if self.programs.judged_by_the_wire() {
            return Err(Failure::beyond_the_wire("it has no peer, so no wire"));
        }
        let line = self.command_line(program, arguments);
        self.transcript().add("", Kind::Started, &line);
        let (reader, writer) = io::pipe()?;
        let mut command = self.command(program, arguments)?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let (running, ()) = Running::start(&mut command, |_| ())?;
        // It still holds the writing end of the pipe, which would never end.
        drop(command);

        let player = Player {
            name: program.to_owned(),
            running,
            stdin: RefCell::default(),
            out: Ear::on(reader),
            err: Ear::on(io::empty()),
            mute: false,
        };
        let player = self.enter(player);
        let mut lines = 0..MOST_LINES;
        loop {
            match player.out.next(self.deadline()) {
                Heard::Line(_) if lines.next().is_none() => {
                    return Err(without_end(program));
                }
                Heard::Line(line) => self.transcript().add("", Kind::Alone, &line),
                Heard::End => break,
                Heard::Nothing => return Err(self.fail(&format!("{program} to end"))),
            }
        }
        match self.exit_code(&player)? {
            0 => Ok(()),
            code => {
                self.transcript().add("", Kind::Remark, &format!("exit code {code}"));
                Ok(())
            }
        }
    }

    /// Starts a program under a name of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        &self,
        name: &str,
        program: &str,
        arguments: &[&str],
    ) -> Played<Actor<'_, 'a>> {
        let mute =
            self.programs.judged_by_the_wire() && self.programs.guest_plays(arguments);
        if !mute {
            let line = self.command_line(program, arguments);
            self.transcript().add(name, Kind::Started, &line);
        }
        if mute {
            let arguments = on_the_wire(arguments)?;
            return self.spawn(name, &mut self.command(program, &arguments)?, true);
        }
        self.spawn(name, &mut self.command(program, arguments)?, false)
    }

    fn spawn(
        &self,
        name: &str,
        command: &mut Command,
        mute: bool,
    ) -> Played<Actor<'_, 'a>> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (running, (stdin, out, err)) = Running::start(command, |child| {
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        })?;

        let out = out.map_or_else(|| Ear::on(io::empty()), Ear::on);
        let err = err.map_or_else(|| Ear::on(io::empty()), Ear::on);
        let player = Player {
            name: name.to_owned(),
            running,
            stdin: RefCell::new(stdin),
            out,
            err,
            mute,
        };
        Ok(Actor { stage: self, player: self.enter(player) })
    }

    /// Starts `PROGRAM server` on a free port and waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn server(&self, program: &str) -> Played<(Actor<'_, 'a>, SocketAddr)> {
        self.server_with(program, &[])
    }

    /// The same with further options.
    ///
    /// # Errors
    /// As [`Stage::server`].
    pub fn server_with(
        &self,
        program: &str,
        options: &[&str],
    ) -> Played<(Actor<'_, 'a>, SocketAddr)> {
        if self.programs.judged_by_the_wire() {
            return self.guest_server(program, options);
        }
        let arguments = [&["server", "--bind", "127.0.0.1:0"], options].concat();
        self.listens(self.start("server", program, &arguments)?)
    }

    /// Starts a server of which only the wire is judged, and waits until it can be
    /// reached.
    fn guest_server(
        &self,
        program: &str,
        options: &[&str],
    ) -> Played<(Actor<'_, 'a>, SocketAddr)> {
        let options = on_the_wire(options)?;
        let deadline = self.deadline();
        loop {
            // Free now, and most likely still free when the server binds it.
            let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let bind = address.to_string();
            let arguments = [&["server", "--bind", &bind], &options[..]].concat();
            let server = self.start("server", program, &arguments)?;
            self.name(&bind, "127.0.0.1:<port>");
            let ended = loop {
                let reached = TcpStream::connect(address).is_ok();
                let ended = server.player.running.ended()?.is_some();
                if reached && !ended {
                    return Ok((server, address));
                }
                if ended || Instant::now() > deadline {
                    break ended;
                }
                thread::sleep(Duration::from_millis(20));
            };
            let taken = ended && TcpListener::bind(address).is_err();
            if !taken || Instant::now() > deadline {
                return Err(self.fail(&format!("server to listen on {bind}")));
            }
            // Somebody else was quicker: another port, then.
        }
    }

    /// Starts `PROGRAM server` so that it can have no more than `descriptors` open at a
    /// time (Unix).
    ///
    /// # Errors
    /// As [`Stage::server`].
    pub fn server_limited(
        &self,
        program: &str,
        descriptors: usize,
    ) -> Played<(Actor<'_, 'a>, SocketAddr)> {
        if self.programs.judged_by_the_wire() {
            return self.guest_server(program, &["--limits"]);
        }
        let arguments = ["server", "--bind", "127.0.0.1:0"];
        let line = self.command_line(program, &arguments);
        let line = format!("ulimit -n {descriptors}; exec {line}");
        self.transcript().add("server", Kind::Started, &line);

        // What we have inherited, from a shell's `exec 3>&1` for instance, does not count.
        let closed = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
        let script = format!("{closed}; ulimit -n {descriptors}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(self.programs.path(program)?).args(arguments);
        prepare(&mut command);
        self.listens(self.spawn("server", &mut command, false)?)
    }

    /// Runs a program in Python, `tests/python/SCRIPT`, that needs nobody else.
    ///
    /// # Errors
    /// As [`Stage::run`].
    pub fn run_in_python(&self, script: &str) -> Played {
        self.run(python::NAME, &[&format!("tests/python/{script}")])
    }

    /// Starts a server in Python, `tests/python/SCRIPT`, and waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn server_in_python(
        &self,
        script: &str,
        arguments: &[&str],
    ) -> Played<(Actor<'_, 'a>, SocketAddr)> {
        self.listens(self.start_in_python("server", script, arguments)?)
    }

    /// Starts a program in Python, `tests/python/SCRIPT`, under a name of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_in_python(
        &self,
        name: &str,
        script: &str,
        arguments: &[&str],
    ) -> Played<Actor<'_, 'a>> {
        let script = format!("tests/python/{script}");
        self.start(name, python::NAME, &[&[script.as_str()], arguments].concat())
    }

    // ANCHOR: listens
    /// Waits until `server` says where it listens.
    fn listens<'s>(
        &'s self,
        server: Actor<'s, 'a>,
    ) -> Played<(Actor<'s, 'a>, SocketAddr)> {
        let announcement = "listening on ";
        let line = server.next_line(&server.player.out, announcement)?;
        let address =
            line.strip_prefix(announcement).and_then(|address| address.parse().ok());
        let address: SocketAddr = address.ok_or_else(|| {
            Failure::new(format!(
                "server should say `{announcement}` and an address: `{}`",
                visible(&line)
            ))
        })?;
        self.name(&address.to_string(), "127.0.0.1:<port>");
        self.transcript().add("server", Kind::Printed, &line);
        Ok((server, address))
    }
    // ANCHOR_END: listens

    /// Starts `PROGRAM client` and waits until it is connected to `server`.
    ///
    /// # Errors
    /// When it does not connect.
    pub fn client(
        &self,
        name: &str,
        program: &str,
        server: SocketAddr,
    ) -> Played<Actor<'_, 'a>> {
        let client =
            self.start(name, program, &["client", "--connect", &server.to_string()])?;
        client.complains("connected to")?;
        Ok(client)
    }

    /// Says something about what comes.
    pub fn remark(&self, text: &str) {
        self.transcript().add("", Kind::Remark, text);
    }

    /// From now on `value` is shown as `name`.
    pub fn name(&self, value: &str, name: &str) {
        self.transcript().name(value, name);
    }

    /// From now on what follows `prefix` at the start of a line is shown as `name`.
    pub fn varies(&self, prefix: &str, name: &str) {
        self.transcript().varies(prefix, name);
    }

    /// From now on a line that begins with `prefix` and repeats the line before it is
    /// left out.
    pub fn repeats(&self, prefix: &str) {
        self.transcript().repeats(prefix);
    }

    /// Keeps a connection open to the end of the scene.
    pub(crate) fn keep(&self, stream: TcpStream) {
        self.kept.borrow_mut().push(stream);
    }

    /// From now on a measured time, as in `12.3 ms`, is shown as `<time>`.
    pub fn masks_times(&self) {
        self.transcript().masks_times();
    }

    /// Writes down what `name` did.
    pub(crate) fn did(&self, name: &str, what: &str) {
        self.transcript().add(name, Kind::Did, what);
    }

    /// The longest that a wait may last.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The failure of a wait for `what`, with what each program has printed and which
    /// still run.
    pub(crate) fn fail(&self, what: &str) -> Failure {
        let mut report =
            format!("waited up to {:?} for {what}, in vain", self.patience);
        for player in self.cast.borrow().iter() {
            // One whose output has just ended is about to end too.
            let state = match player.running.wait(Some(Instant::now() + A_MOMENT)) {
                Ok(None) => "still runs".to_owned(),
                Ok(Some(status)) => format!("has ended ({status})"),
                Err(error) => error.to_string(),
            };
            report += &format!("\n{} {state}", player.name);
            for (stream, ear) in [("stdout", &player.out), ("stderr", &player.err)] {
                report += &format!("\n  {stream} so far:{}", ear.so_far());
            }
        }
        Failure::new(report)
    }

    /// The next line that `ear` hears. A thread that comes to an unwritten step ends,
    /// and may leave its program waiting for ever: we do not wait as long.
    fn hear(&self, ear: &Ear) -> Heard {
        let deadline = self.deadline();
        loop {
            let soon = deadline.min(Instant::now() + A_MOMENT);
            match ear.next(soon) {
                Heard::Nothing if soon < deadline && !self.misses_a_step() => {}
                heard => return heard,
            }
        }
    }

    fn misses_a_step(&self) -> bool {
        self.cast.borrow().iter().any(|player| player.err.has_heard(MISSING))
    }

    /// Whether no program runs any more, so that nothing is to be waited for.
    pub(crate) fn all_have_ended(&self) -> bool {
        let cast = self.cast.borrow();
        cast.iter().all(|player| !matches!(player.running.ended(), Ok(None)))
    }

    /// What would be typed to run it, an empty argument in quotes.
    fn command_line(&self, program: &str, arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let mut line = program.to_owned();
        // A folder of ours may have a space in its path, but not in its name here.
        for argument in self.transcript().masked(&arguments) {
            line += &if argument.is_empty() || argument.contains(' ') {
                format!(" \"{argument}\"")
            } else {
                format!(" {argument}")
            };
        }
        line
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Played<Command> {
        let mut command = self.programs.command(program, arguments)?;
        prepare(&mut command);
        Ok(command)
    }

    fn enter(&self, player: Player) -> Rc<Player> {
        let player = Rc::new(player);
        self.cast.borrow_mut().push(Rc::clone(&player));
        player
    }

    fn exit_code(&self, player: &Player) -> Played<i32> {
        let status = player.running.wait(Some(self.deadline()))?;
        // A program that a signal ended has no exit code.
        status
            .map(|status| status.code().unwrap_or(-1))
            .ok_or_else(|| self.fail(&format!("{} to end", player.name)))
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    fn transcript(&self) -> RefMut<'_, Transcript<'a>> {
        self.transcript.borrow_mut()
    }
}

/// What makes a program print more does not matter on the wire; other options do.
fn on_the_wire<'o>(arguments: &[&'o str]) -> Played<Vec<&'o str>> {
    let kept = |one: &&str| !["--rounds", "--trace"].contains(one);
    let arguments: Vec<_> = arguments.iter().copied().filter(kept).collect();
    let plain = ["--bind", "--dir"];
    match arguments.iter().find(|one| one.starts_with("--") && !plain.contains(one)) {
        Some(option) => Err(Failure::beyond_the_wire(format!("it needs {option}"))),
        None => Ok(arguments),
    }
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
    for warns in ["PYTHONDEVMODE", "PYTHONWARNINGS"] {
        command.env_remove(warns);
    }
    set_apart(command);
}

/// The failure of a program that prints and prints.
fn without_end(name: &str) -> Failure {
    Failure::new(format!("{name} printed {MOST_LINES} lines, and did not stop there"))
}

/// A program on the stage.
struct Player {
    name: String,
    running: Running,
    stdin: RefCell<Option<ChildStdin>>,
    out: Ear,
    err: Ear,
    /// What it prints does not count, and is not waited for.
    mute: bool,
}

/// What a scene does with a program.
pub struct Actor<'s, 'a> {
    stage: &'s Stage<'a>,
    player: Rc<Player>,
}

impl Actor<'_, '_> {
    /// Types `line` to it.
    ///
    /// # Errors
    /// When it has ended.
    pub fn types(&self, line: &str) -> Played {
        self.note(Kind::Typed, line);
        let mut stdin = self.player.stdin.borrow_mut();
        // In one write, as a terminal hands a line over.
        let bytes = format!("{line}\n");
        let written =
            stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(bytes.as_bytes()));
        written.map_err(|_| {
            self.stage.fail(&format!("{} to read `{line}`", self.player.name))
        })
    }

    /// Ends its input, as Ctrl-D does in a terminal.
    pub fn gets_end_of_input(&self) {
        self.player.stdin.take();
        self.note(Kind::Did, "end of input (Ctrl-D)");
    }

    // ANCHOR: prints
    /// Waits for its next line on stdout, in which we expect `text`. Another line shows as a
    /// difference from the snapshot, and the scene goes on.
    ///
    /// # Errors
    /// When no line comes.
    pub fn prints(&self, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        let line = self.next_line(&self.player.out, text)?;
        self.note(Kind::Printed, &line);
        Ok(())
    }
    // ANCHOR_END: prints

    /// As [`Actor::prints`], but for lines about `other`, of which there may be some: its
    /// system may take a little more of what is queued for it.
    ///
    /// # Errors
    /// When no line comes.
    pub fn prints_beside(&self, other: &Peer<'_, '_>, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        let other = other.address()?;
        loop {
            let line = self.next_line(&self.player.out, text)?;
            if !line.starts_with(&format!("{other} ")) {
                self.note(Kind::Printed, &line);
                return Ok(());
            }
        }
    }

    /// Waits for as many lines on stdout as there are `texts`. Which of them comes first
    /// depends on the system: here they stand in alphabetical order.
    ///
    /// # Errors
    /// When one does not come.
    pub fn prints_in_any_order(&self, texts: &[&str]) -> Played {
        if self.player.mute {
            return Ok(());
        }
        let lines = texts.iter().map(|text| self.next_line(&self.player.out, text));
        let lines = lines.collect::<Played<Vec<_>>>()?;
        let mut named = self.stage.transcript().masked(&lines);
        named.sort();
        for line in named {
            self.note(Kind::Printed, &line);
        }
        Ok(())
    }

    /// Waits for a line on stdout with `text` in it. How many lines come before it
    /// depends on the system: `...` stands for them.
    ///
    /// # Errors
    /// When no such line comes.
    pub fn goes_on_to(&self, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        self.note(Kind::Printed, "...");
        let line = self.line_with(&self.player.out, text)?;
        self.note(Kind::Printed, &line);
        Ok(())
    }

    /// Waits for a line on stderr with `text` in it; those before it are left out.
    ///
    /// # Errors
    /// When no such line comes.
    pub fn complains_later(&self, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        let line = self.line_with(&self.player.err, text)?;
        self.note(Kind::Complained, &line);
        Ok(())
    }

    /// Waits for a line on stdout with `text` in it, and leaves all of them out.
    ///
    /// # Errors
    /// When no such line comes.
    pub fn hears(&self, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        self.line_with(&self.player.out, text).map(drop)
    }

    /// As [`Actor::prints`], on stderr.
    ///
    /// # Errors
    /// When no line comes.
    pub fn complains(&self, text: &str) -> Played {
        if self.player.mute {
            return Ok(());
        }
        let line = self.next_line(&self.player.err, text)?;
        self.note(Kind::Complained, &line);
        Ok(())
    }

    /// Presses Ctrl-C in its terminal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn is_interrupted(&self) -> Played {
        self.note(Kind::Did, "Ctrl-C");
        Ok(self.player.running.interrupt()?)
    }

    /// Stops it where it is, so that what happens meanwhile is there all at once when it
    /// goes on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn is_paused(&self) -> Played {
        self.note(Kind::Did, "paused (SIGSTOP)");
        Ok(self.player.running.pause()?)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn is_resumed(&self) -> Played {
        self.note(Kind::Did, "resumed (SIGCONT)");
        Ok(self.player.running.resume()?)
    }

    /// Ends it without giving it a chance to close anything.
    pub fn is_killed(&self) {
        self.player.running.kill();
        self.note(Kind::Did, "killed");
    }

    /// Waits until it ends by itself, and writes down what it printed until then.
    ///
    /// # Errors
    /// When it does not end.
    pub fn ends(&self) -> Played {
        for (ear, kind) in
            [(&self.player.out, Kind::Printed), (&self.player.err, Kind::Complained)]
        {
            let mut lines = 0..MOST_LINES;
            loop {
                match self.stage.hear(ear) {
                    Heard::Line(_) if lines.next().is_none() => {
                        return Err(without_end(&self.player.name));
                    }
                    Heard::Line(_) if self.player.mute => {}
                    Heard::Line(line) => self.note(kind, &line),
                    Heard::End => break,
                    Heard::Nothing => {
                        return Err(self
                            .stage
                            .fail(&format!("{} to end", self.player.name)));
                    }
                }
            }
        }
        let code = self.stage.exit_code(&self.player)?;
        self.note(Kind::Did, &format!("ends with exit code {code}"));
        Ok(())
    }

    fn line_with(&self, ear: &Ear, text: &str) -> Played<String> {
        loop {
            let line = self.next_line(ear, text)?;
            if line.contains(text) {
                return Ok(line);
            }
        }
    }

    fn next_line(&self, ear: &Ear, text: &str) -> Played<String> {
        match self.stage.hear(ear) {
            Heard::Line(line) => Ok(line),
            Heard::End | Heard::Nothing => {
                Err(self.stage.fail(&format!("{} to say `{text}`", self.player.name)))
            }
        }
    }

    fn note(&self, kind: Kind, text: &str) {
        self.stage.transcript().add(&self.player.name, kind, text);
    }
}
