//! The player: goes through a scene line by line, does what is done, waits for what is
//! said, and writes down what really happened, in the same form.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::mem;
use std::sync::mpsc::RecvTimeoutError::Timeout;
use std::thread;
use std::time::{Duration, Instant};

use super::A_MOMENT;
use super::cast::Actor;
use super::ear::Ear;
use super::programs::Programs;
use super::props::{Act, Props};
use super::running::{Running, Signal};
use crate::failure::{Failure, Played};
use crate::scene::bytes::shown;
use crate::scene::deed::Deed;
use crate::scene::line::{Kind, Line, SKIP};
use crate::scene::names::Names;
use crate::scene::script::{Script, Step};

/// How long a wait may last. Far more than any answer takes, for a machine that is busy
/// with something else.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How many lines a program may print that nobody tells to stop.
const MOST_LINES: usize = 500;

/// How many lines are shown that no scene waited for: a program gone wild has a million.
const LEFT_OVER: usize = 20;

/// How long nobody may have said anything before all is said.
const AT_REST: Duration = Duration::from_millis(60);

/// What a scene is played for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether all happens as it says.
    Compare,
    /// To write down anew what is said: nothing said is missed before the next deed,
    /// unless two deeds stand in a row.
    Rewrite,
    /// To write down what is said in a draft, between any two deeds.
    Fill,
}

/// Is told each line as it happens.
pub type Listener<'a> = &'a mut dyn FnMut(&Line);

/// What became of a scene.
pub struct Performance {
    /// What it says, but for what was not to be judged.
    pub expected: String,
    /// What happened.
    pub seen: String,
    /// Why it came to no end, if so.
    pub outcome: Played,
    /// The lines that were waited for in vain, though the scene went on, as ``line 4:
    /// `server> hello` ``.
    pub lost: Vec<String>,
}

/// Plays a scene, and ends what still runs. A wait lasts at most `patience`.
pub fn play(
    programs: &Programs,
    script: &Script,
    patience: Duration,
    purpose: Purpose,
    listener: Listener<'_>,
) -> Performance {
    let mut player = Player {
        programs,
        patience,
        purpose,
        listener,
        names: Names::default(),
        lines: Vec::new(),
        lost: Vec::new(),
        cast: Vec::new(),
        props: Props::new(patience),
    };
    let outcome = player.plays(&script.steps).and_then(|()| player.leaves_alone());
    player.ends_all();
    let lines = script.steps.iter().map(|step| &step.line);
    let expected = text(lines.filter(|line| !player.is_mute(line)));
    Performance { expected, seen: text(&player.lines), outcome, lost: player.lost }
}

fn text<'l>(lines: impl IntoIterator<Item = &'l Line>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

struct Player<'p> {
    programs: &'p Programs,
    patience: Duration,
    purpose: Purpose,
    listener: Listener<'p>,
    names: Names,
    lines: Vec<Line>,
    lost: Vec<String>,
    cast: Vec<Actor>,
    props: Props,
}

impl Player<'_> {
    fn plays(&mut self, steps: &[Step]) -> Played {
        // Any line may name it.
        self.props.folder(&mut self.names)?;
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            // Two deeds in a row are done in a row: to settle between is another scene.
            let said = |step: &&Step| step.line.kind != Kind::Remark;
            let in_a_row =
                steps[..at].iter().rev().find(said).is_some_and(Step::is_done);
            let settles = self.purpose == Purpose::Fill
                || self.purpose == Purpose::Rewrite && !in_a_row;
            // What a folder holds is looked at once all is written.
            if settles && (step.is_done() || step.line.speaker == "folder") {
                self.comes_to_rest()?;
                self.waits_for_names(step)?;
            }
            let played = self.step(&steps[at..]);
            at += played.map_err(|failure| failure.in_line(step.number))?;
        }
        if self.purpose != Purpose::Compare {
            self.comes_to_rest()?;
        }
        Ok(())
    }

    /// Plays the first of these lines. Returns how many that took.
    fn step(&mut self, steps: &[Step]) -> Played<usize> {
        let line = &steps[0].line;
        match (line.kind, &steps[0].deed) {
            (Kind::Started, _) => self.starts(line)?,
            (Kind::Typed, _) => self.types(line)?,
            (Kind::Printed | Kind::Complained | Kind::Alone, _) => self.hears(steps)?,
            (_, None) => self.record(line),
            (_, Some(deed)) if deed.form.starts_with("says the next") => {
                return self.hears_in_any_order(steps, deed.number());
            }
            (_, Some(deed)) if deed.form.contains("each heard") => {
                return self.sends_in_pieces(steps, deed);
            }
            (_, Some(deed)) if self.cast.iter().any(|one| one.name == line.speaker) => {
                self.acts(line, deed)?;
            }
            (_, Some(deed)) => self.does(steps, deed)?,
        }
        Ok(1)
    }

    fn record(&mut self, line: &Line) {
        (self.listener)(line);
        self.lines.push(line.clone());
    }

    /// Writes down what no line of the scene tells.
    fn note(&mut self, speaker: &str, kind: Kind, text: &str) {
        let text = match kind {
            // What runs alone has no clients.
            Kind::Alone => self.names.mask_known(text),
            _ => self.names.mask(text),
        };
        self.record(&Line::new(speaker, kind, &shown(&text)));
    }

    /// Writes down what `line` waited for: the line itself, if `text` is what it says.
    fn saw(&mut self, line: &Line, text: &str) {
        let text = shown(text);
        if self.names.capture(&line.text, &text) {
            self.record(line);
        } else {
            let text = self.names.mask_like(&line.text, &text);
            self.record(&Line { text, ..line.clone() });
        }
    }

    // Programs.

    fn starts(&mut self, line: &Line) -> Played {
        self.leaves_alone()?;
        self.cast.push(Actor::start(self.programs, &self.names, line)?);
        self.record(line);
        Ok(())
    }

    /// Who goes by this name now.
    fn actor(&mut self, name: &str) -> Played<&mut Actor> {
        let found = self.cast.iter_mut().rev().find(|actor| actor.name == name);
        found.ok_or_else(|| Failure::new(format!("{name} has said nothing yet")))
    }

    fn voice(&mut self, line: &Line) -> Played<&mut Ear> {
        Ok(self.actor(&line.speaker)?.voice(line.kind))
    }

    /// Whether a line is not judged: one that a program says of which the wire alone is,
    /// unless it says where it listens.
    fn is_mute(&self, line: &Line) -> bool {
        let says = matches!(line.kind, Kind::Printed | Kind::Complained);
        let mute = |actor: &Actor| actor.mute && actor.name == line.speaker;
        says && !line.text.starts_with("listening on ") && self.cast.iter().any(mute)
    }

    fn types(&mut self, line: &Line) -> Played {
        let typed = self.names.meant(&line.text)?;
        self.record(line);
        let written = self.actor(&line.speaker)?.types(&typed);
        written.map_err(|error| self.failed(line, &error))
    }

    fn acts(&mut self, line: &Line, deed: &Deed) -> Played {
        if deed.form == "says nothing for 300ms" {
            let voice = self.voice(line)?;
            let said = voice.next(Instant::now() + A_MOMENT).ok();
            let silent = said.is_none();
            voice.early.extend(said);
            self.saw(line, if silent { deed.form } else { "says something" });
            return Ok(());
        }
        if deed.waits {
            let code = self.exit_code(&line.speaker)?;
            self.saw(line, &format!("ends with exit code {code}"));
            return Ok(());
        }
        let actor = self.actor(&line.speaker)?;
        let acted = actor.acts(deed.form);
        acted.map_err(|error| self.failed(line, &error))?;
        self.record(line);
        Ok(())
    }

    fn does(&mut self, steps: &[Step], deed: &Deed) -> Played {
        let line = &steps[0].line;
        let next = steps[1..].iter().find(|next| next.line.speaker == line.speaker);
        let goes_on = next.is_some_and(|next| next.line.text.starts_with("receives "));
        let takes_all = self.purpose != Purpose::Compare && !goes_on;
        let name = line.speaker.as_str();
        let said = &self.names.meant(deed.argument("BYTES"))?[..];
        let all_have_ended = &|| self.cast.iter().all(Actor::has_ended);
        let deadline = self.deadline();
        let (act, done) = loop {
            let seen = Vec::new();
            let mut act = Act { name, deed, said, takes_all, all_have_ended, seen };
            let done = self.props.does(&mut act, &mut self.names);
            // What is written into a file may not be there yet.
            let fits = |seen: &String| self.names.fit(&line.text, seen);
            let waits = name == "folder" && self.purpose == Purpose::Compare;
            if !waits || act.seen.iter().all(fits) || deadline < Instant::now() {
                break (act, done);
            }
            thread::sleep(A_MOMENT);
        };
        let mut seen = act.seen;
        match seen.pop() {
            Some(last) => {
                for more in seen {
                    self.note(&line.speaker, Kind::Did, &more);
                }
                self.saw(line, &last);
            }
            None if done.is_ok() => self.record(line),
            None => {}
        }
        done.map_err(|error| self.failed(line, &error))?;
        if deed.form == "tells all that was said" {
            self.cast.push(Actor::speaker(&line.speaker, self.props.tap()?.tells()));
        }
        Ok(())
    }

    /// The next line of a stream, if one comes. A thread that comes to an unwritten step
    /// ends, and may leave its program waiting for ever: we do not wait as long.
    fn next(&mut self, line: &Line, deadline: Instant) -> Played<Option<String>> {
        loop {
            let soon = deadline.min(Instant::now() + A_MOMENT);
            match self.voice(line)?.next(soon) {
                Ok(text) => return Ok(Some(shown(&text))),
                Err(Timeout) if soon < deadline && !self.misses_a_step() => {}
                _ => return Ok(None),
            }
        }
    }

    // ANCHOR: hears
    /// Waits for the first of these lines, which is a program's. Another one in its place
    /// is written down, and the scene goes on: the text is what differs.
    fn hears(&mut self, steps: &[Step]) -> Played {
        let (number, line) = (steps[0].number, &steps[0].line);
        if self.is_mute(line) {
            return Ok(());
        }
        let voice = self.voice(line)?;
        let skips = mem::replace(&mut voice.skips, line.text == SKIP);
        if line.text == SKIP {
            voice.goes_on = true;
            self.record(line);
            return Ok(());
        }
        let until_a_deed = steps[1..].iter().take_while(|step| !step.is_done());
        let mut after = until_a_deed.map(|step| &step.line);
        let then = after.find(|other| other.is_of_the_stream_of(line));
        // It may come one line later, or not at all, if the next one comes.
        let mut come: VecDeque<String> = VecDeque::new();
        let (mut passed, mut deadline) = (false, self.deadline());
        while !passed && let Some(text) = self.next(line, deadline)? {
            if self.names.fit(&line.text, &text) {
                for more in come {
                    self.note(&line.speaker, line.kind, &more);
                }
                self.saw(line, &text);
                return Ok(());
            }
            if skips {
                deadline = self.deadline();
                continue;
            }
            deadline = deadline.min(Instant::now() + A_MOMENT);
            passed = then.is_some_and(|then| self.names.fit(&then.text, &text));
            come.push_back(text);
        }
        let Some(text) = come.pop_front() else {
            let what = format_args!("{} to say `{}`", line.speaker, line.text);
            return Err(self.in_vain(what));
        };
        if passed && come.is_empty() {
            self.lost.push(format!("line {number}: `{line}`"));
            come.push_back(text);
        } else {
            self.saw(line, &text);
        }
        let early = &mut self.voice(line)?.early;
        come.append(early);
        *early = come;
        Ok(())
    }
    // ANCHOR_END: hears

    /// Waits for the next `count` lines of a program, whichever comes first.
    fn hears_in_any_order(&mut self, steps: &[Step], count: usize) -> Played<usize> {
        let (first, rest) = (&steps[0].line, &steps[1..]);
        let told = rest.iter().map(|step| &step.line).take(count);
        let lines: Vec<_> = told.filter(|line| !self.is_mute(line)).collect();
        self.record(first);
        let mut come = Vec::new();
        for line in &lines {
            let Some(text) = self.next(line, self.deadline())? else {
                let what = format_args!("{} to say {count} lines", first.speaker);
                return Err(self.in_vain(what));
            };
            come.push(text);
        }
        for line in &lines {
            let is = |text: &String| self.names.fit(&line.text, text);
            let text = come.remove(come.iter().position(is).unwrap_or(0));
            self.saw(line, &text);
        }
        Ok(1 + rest.len().min(count))
    }

    /// Sends in pieces. After each piece the next line of the scene is waited for, which
    /// is told once if it is the same each time.
    fn sends_in_pieces(&mut self, steps: &[Step], deed: &Deed) -> Played<usize> {
        let line = &steps[0].line;
        let bytes = self.names.meant(deed.argument("BYTES"))?;
        let skips = steps.get(1).is_some_and(|step| step.line.text == SKIP);
        let answer = 1 + usize::from(skips);
        let Some(heard) = steps.get(answer) else {
            return Err(Failure::new(format!("`{line}`: heard by whom?")));
        };
        let size = if deed.form.contains("messages") { deed.number() } else { 1 };
        for step in &steps[..answer] {
            self.record(&step.line);
        }
        let told = self.lines.len();
        for piece in bytes.chunks(size.max(1)) {
            self.props.peer(&line.speaker)?.sends(piece)?;
            let voice = self.voice(&heard.line)?;
            (voice.skips, voice.goes_on) = (skips, voice.goes_on || skips);
            self.hears(&steps[answer..=answer])?;
            let mut heard = self.lines.split_off(told);
            heard.dedup();
            self.lines.extend(heard);
        }
        Ok(answer + 1)
    }

    /// Waits until a program ends by itself, and writes down what it says until then.
    fn exit_code(&mut self, name: &str) -> Played<i32> {
        let deadline = self.deadline();
        for &kind in streams(name) {
            self.tells_the_rest(name, kind, deadline, MOST_LINES)?;
        }
        let actor = self.actor(name)?;
        actor.is_over = true;
        let status = actor.running.as_ref().map(|running| running.wait(deadline));
        let status = status.transpose()?.flatten();
        // A program that a signal ended has no exit code.
        let code = status.map(|status| status.code().unwrap_or(-1));
        code.ok_or_else(|| self.in_vain(format_args!("{name} to end")))
    }

    /// A program that runs alone ends before the next one begins. If nothing tells how, it
    /// succeeds.
    fn leaves_alone(&mut self) -> Played {
        if self.cast.iter().any(|actor| actor.name.is_empty() && !actor.is_over) {
            let code = self.exit_code("")?;
            if code != 0 {
                self.note("", Kind::Did, &format!("ends with exit code {code}"));
            }
        }
        self.cast.retain(|actor| !actor.name.is_empty());
        Ok(())
    }

    /// Writes down what a program says on a stream until the deadline, and nobody waits
    /// for: so many lines at most.
    fn tells_the_rest(
        &mut self,
        name: &str,
        kind: Kind,
        deadline: Instant,
        most: usize,
    ) -> Played {
        let actor = self.actor(name)?;
        let skips = actor.mute || actor.voice(kind).skips;
        let mut lines = 0..most;
        while let Ok(text) = self.actor(name)?.voice(kind).next(deadline) {
            if skips {
                continue;
            }
            if lines.next().is_none() {
                return Err(Failure::new(format!(
                    "{name} says more than {most} lines"
                )));
            }
            // So that a draft can name it in its next line.
            if self.purpose == Purpose::Fill {
                self.names.name_port(&text);
            }
            self.note(name, kind, &text);
        }
        Ok(())
    }

    /// Waits until nobody does anything more by itself, and writes down what was said.
    fn comes_to_rest(&mut self) -> Played {
        let deadline = self.deadline();
        let mut before = Vec::new();
        while Instant::now() < deadline {
            self.cast.iter().for_each(Actor::comes_to_rest);
            thread::sleep(AT_REST);
            let now: Vec<_> = self.cast.iter().map(Actor::so_far).collect();
            if now == before {
                break;
            }
            before = now;
        }
        for name in self.names_of_all() {
            for &kind in streams(&name) {
                if !self.actor(&name)?.voice(kind).goes_on {
                    self.tells_the_rest(&name, kind, Instant::now(), MOST_LINES)?;
                }
            }
            let actor = self.actor(&name)?;
            let over = actor.has_ended() && !actor.is_over && !name.is_empty();
            if over && self.purpose == Purpose::Fill {
                let code = self.exit_code(&name)?;
                self.note(&name, Kind::Did, &format!("ends with exit code {code}"));
            }
        }
        if self.purpose == Purpose::Fill {
            for (name, text) in self.props.left()? {
                self.note(&name, Kind::Did, &text);
            }
        }
        Ok(())
    }

    /// A draft needs names before it has a line that tells them: somebody has to say
    /// where it listens, and may take a while.
    fn waits_for_names(&mut self, step: &Step) -> Played {
        let text = match &step.deed {
            Some(deed) => deed.argument("ADDRESS"),
            None if step.line.kind == Kind::Started => &step.line.text,
            None => "",
        };
        let deadline = self.deadline();
        while let Some(name) = self.names.missing(text) {
            if Instant::now() > deadline || self.misses_a_step() {
                let what = format_args!("somebody to say what <{name}> is");
                return Err(self.in_vain(what));
            }
            self.comes_to_rest()?;
        }
        Ok(())
    }

    fn names_of_all(&self) -> Vec<String> {
        self.cast.iter().map(|actor| actor.name.clone()).collect()
    }

    /// Ends what still runs. What nobody waited for shows as a difference.
    fn ends_all(&mut self) {
        let running = || self.cast.iter().filter_map(|actor| actor.running.as_ref());
        running().for_each(Running::comes_to_rest);
        // Whoever outlives another would tell of its end, and be told of it by chance. Where
        // nobody can be stopped, they end as close to each other as can be.
        running().for_each(|one| drop(one.signal(Signal::STOP)));
        running().for_each(Running::begins_to_end);
        running().for_each(Running::kill);
        for name in self.names_of_all() {
            for &kind in streams(&name) {
                let deadline = self.deadline();
                if self.tells_the_rest(&name, kind, deadline, LEFT_OVER).is_err() {
                    self.note(&name, Kind::Did, "and more, which nobody waited for");
                }
            }
        }
    }

    // When it goes wrong.

    fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    fn misses_a_step(&self) -> bool {
        self.cast.iter().any(Actor::misses_a_step)
    }

    /// The failure of a line that could not be done, or did not come.
    fn failed(&self, line: &Line, error: &io::Error) -> Failure {
        match error.kind() {
            // A read that took too long is "would block" on Unix.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                self.in_vain(format_args!("`{line}`"))
            }
            ErrorKind::Other => Failure::new(format!("`{line}`: {error}")),
            kind => Failure::new(format!("`{line}`: {kind}{}", self.report())),
        }
    }

    fn in_vain(&self, what: impl Display) -> Failure {
        let (patience, report) = (self.patience, self.report());
        Failure::new(format!("waited up to {patience:?} for {what}, in vain{report}"))
    }

    /// What each program has said, and which still run.
    fn report(&self) -> String {
        self.cast.iter().map(Actor::report).collect()
    }
}

/// The streams of a program: one that runs alone has a single one, as on a terminal.
fn streams(name: &str) -> &'static [Kind] {
    if name.is_empty() { &[Kind::Alone] } else { &[Kind::Printed, Kind::Complained] }
}
