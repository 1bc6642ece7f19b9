//! A scene, read: its lines, each with the deed that it tells. What can't be played is
//! refused here, with the number of its line.

use std::collections::BTreeSet;

use super::bytes::{meant, shown};
use super::deed::Deed;
use super::line::{Kind, Line, SKIP};
use super::names::{is_one_word, names_in};
use crate::failure::{Failure, Played};

/// A scene, read.
pub struct Script {
    /// Its lines, in order.
    pub steps: Vec<Step>,
}

/// A line of a scene.
#[derive(Clone, Debug)]
pub struct Step {
    /// Counted from 1 on.
    pub number: usize,
    /// As it stands.
    pub line: Line,
    /// What it tells, if that is done, or waited for, by a verb.
    pub deed: Option<Deed>,
}

impl Step {
    /// Whether the player does it, rather than waiting for it.
    pub fn is_done(&self) -> bool {
        let is_typed = matches!(self.line.kind, Kind::Started | Kind::Typed);
        is_typed || self.deed.as_ref().is_some_and(|deed| !deed.waits)
    }

    /// Whether it is more than an answer: it is done, somebody comes by it, or it is looked
    /// at.
    pub fn stays_in_a_draft(&self) -> bool {
        let answers = ["ends ", "receives ", "says ", "hears "];
        let is_more = |deed: &Deed| {
            deed.brings_in() || !answers.iter().any(|verb| deed.form.starts_with(verb))
        };
        let told = self.line.kind == Kind::Remark || self.line.text == SKIP;
        self.is_done() || told || self.deed.as_ref().is_some_and(is_more)
    }
}

/// A snapshot without its header, which stands between two lines of `---`; any other text
/// as it is. With git's line ends for Windows it says the same.
pub fn without_header(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    match text.strip_prefix("---\n").and_then(|rest| rest.split_once("---\n")) {
        Some((_, scene)) => scene.to_owned(),
        None => text,
    }
}

impl Script {
    /// Reads a scene.
    ///
    /// # Errors
    /// At the first line that cannot be played: what is wrong with it, and what comes
    /// nearest.
    pub fn read(text: &str) -> Played<Self> {
        Self::read_with(text, &["folder"])
    }

    /// Reads a draft: deeds alone, whose answers are yet to be filled in. `<port>` is
    /// where the first server listens, `<port-2>` where the second does.
    ///
    /// # Errors
    /// As [`Script::read`].
    pub fn read_draft(text: &str) -> Played<Self> {
        Self::read_with(text, &["folder", "port", "port-2", "port-3"])
    }

    /// Reads a text that may use these names before it captures them.
    fn read_with(text: &str, names: &[&str]) -> Played<Self> {
        let scene = without_header(text);
        let header = text.lines().count() - scene.lines().count();
        let mut reader = Reader::default();
        reader.names.extend(names.iter().map(ToString::to_string));
        let mut steps = Vec::new();
        for (number, text) in (header + 1..).zip(scene.trim_end().lines()) {
            if text.trim().is_empty() && !reader.alone {
                continue;
            }
            let step = reader.line(text.trim_end()).and_then(|line| {
                let deed = reader.deed(&line)?;
                reader.notes(&line);
                Ok(Step { number, line, deed })
            });
            steps.push(step.map_err(|failure| failure.in_line(number))?);
        }
        if steps.iter().any(Step::is_done) {
            return Ok(Self { steps });
        }
        Err(Failure::new("nobody does anything here").in_line(header + 1))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    started: BTreeSet<String>,
    connected: BTreeSet<String>,
    names: BTreeSet<String>,
    /// Whether a program runs alone, whose output needs no speaker.
    alone: bool,
}

impl Reader {
    fn line(&self, text: &str) -> Played<Line> {
        let line = Line::read(text);
        let is_ours = |line: &Line| {
            let who = &line.speaker;
            let known = self.started.contains(who) || self.connected.contains(who);
            who.is_empty() || known || line.kind == Kind::Started
        };
        match line {
            Some(line) if !self.alone || is_ours(&line) => Ok(line),
            _ if self.alone => Ok(Line::new("", Kind::Alone, text)),
            _ => Err(Failure::new(format!(
                "`{}` does not begin with somebody and a sign, as `server> hello` does; \
                 signs are $ < > ! : and # for a remark",
                shown(text)
            ))),
        }
    }

    /// The deed that a line tells, if it tells one that has a form.
    fn deed(&self, line: &Line) -> Played<Option<Deed>> {
        let Line { speaker, kind, text } = line;
        let started = self.started.contains(speaker);
        let speaks = started || speaker == "tap" && *kind == Kind::Printed;
        match kind {
            Kind::Started => self.knows(text)?,
            Kind::Typed | Kind::Printed | Kind::Complained if !speaks => {
                return Err(self.nobody(speaker));
            }
            Kind::Typed => drop(meant(text)?),
            Kind::Did => return self.form(speaker, text).map(Some),
            _ => {}
        }
        Ok(None)
    }

    fn nobody(&self, speaker: &str) -> Failure {
        let like = |name: &&String| strsim::normalized_levenshtein(name, speaker) > 0.5;
        let near = self.started.iter().find(like);
        let near = near.map(|name| format!("; {name} has been")).unwrap_or_default();
        Failure::new(format!(
            "{speaker} has not been started, as by `{speaker}$ COMMAND`{near}"
        ))
    }

    fn form(&self, speaker: &str, text: &str) -> Played<Deed> {
        let is_program = speaker.is_empty() || self.started.contains(speaker);
        let whose = match speaker {
            "folder" | "tap" => speaker,
            _ if is_program => "program",
            _ => "peer",
        };
        if whose == "peer" && Deed::read("program", text).is_ok() {
            return Err(self.nobody(speaker));
        }
        let deed = Deed::read(whose, text).map_err(|form| {
            Failure::new(format!(
                "`{text}` is nothing that {speaker} can do; the nearest is `{form}`"
            ))
        })?;
        if whose == "peer" && !deed.brings_in() && !self.connected.contains(speaker) {
            return Err(Failure::new(format!(
                "{speaker} has no connection, as by `{speaker}: connects to ADDRESS`, \
                 or for a web server `{speaker}: receives GET /PATH HTTP/1.1`"
            )));
        }
        self.knows(deed.argument("ADDRESS"))?;
        meant(deed.argument("BYTES"))?;
        Ok(deed)
    }

    /// Each name in `text` was captured.
    fn knows(&self, text: &str) -> Played {
        let Some(name) = names_in(text).find(|name| !self.names.contains(*name)) else {
            return Ok(());
        };
        let known: Vec<_> = self.names.iter().map(|name| format!("<{name}>")).collect();
        Err(Failure::new(format!(
            "<{name}> was never captured, but {}; if answers are missing, \
             play --fill writes them",
            known.join(" ")
        )))
    }

    /// Notes what a line brings in.
    fn notes(&mut self, line: &Line) {
        let Line { speaker, kind, text } = line;
        match kind {
            Kind::Started if speaker.is_empty() => self.alone = true,
            Kind::Started => {
                self.alone = false;
                self.started.insert(speaker.clone());
            }
            Kind::Did => {
                self.connected.insert(speaker.clone());
                self.names.insert(speaker.clone());
            }
            _ => {}
        }
        if !matches!(kind, Kind::Started | Kind::Typed | Kind::Remark) {
            let captured = names_in(text).filter(|name| is_one_word(name));
            self.names.extend(captured.map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Script::read(text).map(|_| text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn output_of_a_program_alone_needs_no_speaker() {
        let text = "$ demo\nlocalhost: 127.0.0.1\n\n: ends with exit code 1\n# so\n";
        let script = Script::read(text).unwrap();
        let kinds: Vec<_> = script.steps.iter().map(|step| step.line.kind).collect();
        let expected =
            [Kind::Started, Kind::Alone, Kind::Alone, Kind::Did, Kind::Remark];
        assert_eq!(kinds, expected);
        let lines = script.steps.iter().map(|step| format!("{}\n", step.line));
        assert_eq!(lines.collect::<String>(), text);
    }

    #[test]
    fn who_was_there_before_speaks_beside_a_program_alone() {
        let text = "server$ serve\n$ look\nserver> no\nserver: killed\nother: x\n";
        let script = Script::read(text).unwrap();
        let alone = |step: &Step| step.line.kind == Kind::Alone;
        let bare: Vec<_> = script.steps.iter().map(alone).collect();
        assert_eq!(bare, [false, false, false, false, true]);
    }

    #[test]
    fn a_text_that_is_no_scene_is_refused_with_its_line() {
        let server =
            "---\nsource: x\n---\nserver$ serve\nserver> on 127.0.0.1:<port>\n";
        let peer = format!("{server}peer: connects to 127.0.0.1:<port>\n");
        for (text, number, part) in [
            (format!("{server}server says hello"), 6, "signs are"),
            (format!("{server}sever> hello"), 6, "server has been"),
            (format!("{server}client-1< hello"), 6, "client-1$ COMMAND"),
            (format!("{server}server: Ctrl-D"), 6, "`Ctrl-C`"),
            (format!("{server}peer: sends: x"), 6, "peer: connects to"),
            (format!("{server}client$ x 127.0.0.1:<prot>"), 6, "<port>"),
            (format!("{server}peer: connects to <prot>"), 6, "<prot>"),
            (format!("{peer}peer: send: x"), 7, "`sends: BYTES`"),
            (format!("{peer}peer: sends: \\q"), 7, "has no meaning"),
        ] {
            let why = refused(&text);
            let line = format!("line {number}: ");
            assert!(why.starts_with(&line) && why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn a_draft_knows_the_port_before_it_is_told() {
        let text = "server$ serve\npeer: connects to 127.0.0.1:<port>\npeer: closes\n";
        assert!(Script::read(text).is_err());
        let draft = Script::read_draft(text).unwrap();
        assert!(draft.steps.iter().all(Step::is_done));
    }
}
