//! One line of a transcript: who, a sign, and what.

use std::fmt::{self, Display, Formatter};

/// Skips the lines until the next one that is told.
pub const SKIP: &str = "...";

/// What a line tells about its speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `$`: the command that starts it.
    Started,
    /// `<`: a line typed to it.
    Typed,
    /// `>`: a line that it prints on stdout.
    Printed,
    /// `!`: a line that it prints on stderr.
    Complained,
    /// `:`: something that it does or that happens to it.
    Did,
    /// `#`: a remark.
    Remark,
    /// The output of a program that runs alone, as a terminal shows it.
    Alone,
}

const SIGNS: [(char, Kind); 6] = [
    ('$', Kind::Started),
    ('<', Kind::Typed),
    ('>', Kind::Printed),
    ('!', Kind::Complained),
    (':', Kind::Did),
    ('#', Kind::Remark),
];

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `server`, `client-1`; empty for a remark and for a program that runs alone.
    pub speaker: String,
    /// What the line tells.
    pub kind: Kind,
    /// What stands behind the sign.
    pub text: String,
}

impl Line {
    /// A line of `speaker`.
    pub fn new(speaker: &str, kind: Kind, text: &str) -> Self {
        Self { speaker: speaker.to_owned(), kind, text: text.to_owned() }
    }

    /// Reads a line: `server> hello`, `# so`, `$ ipaddress-demo`.
    pub fn read(line: &str) -> Option<Self> {
        let is_sign = |one: char| SIGNS.iter().any(|(sign, _)| *sign == one);
        let (speaker, rest) = line.split_at(line.find(is_sign)?);
        let (sign, text) = rest.split_at(1);
        let text = text.strip_prefix(' ').or(text.is_empty().then_some(text))?;
        let (_, kind) = SIGNS.iter().find(|(one, _)| sign.starts_with(*one))?;
        let nobody = matches!(kind, Kind::Started | Kind::Did | Kind::Remark);
        let named = *kind != Kind::Remark && is_speaker(speaker);
        (named || nobody && speaker.is_empty()).then(|| Self::new(speaker, *kind, text))
    }

    /// What stands before the text: the speaker and the sign.
    pub fn prefix(&self) -> String {
        let sign = SIGNS.iter().find(|(_, kind)| *kind == self.kind);
        sign.map_or(String::new(), |(sign, _)| format!("{}{sign} ", self.speaker))
    }

    /// Whether both tell of the same stream.
    pub fn is_of_the_stream_of(&self, other: &Self) -> bool {
        self.kind == other.kind && self.speaker == other.speaker
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(format!("{}{}", self.prefix(), self.text).trim_end())
    }
}

/// `server`, `peer-1`, and `web /old`: the connection on which `/old` was asked for.
fn is_speaker(name: &str) -> bool {
    let (name, path) = name.split_once(' ').unwrap_or((name, "/"));
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '-')
        && path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_speaker_a_sign_and_a_text() {
        let line = Line::read("web /new?year=1999: receives GET").unwrap();
        assert_eq!(
            (line.speaker.as_str(), line.kind),
            ("web /new?year=1999", Kind::Did)
        );
        assert_eq!(Line::read("server>").unwrap().to_string(), "server>");
        assert_eq!(Line::read("$ demo > out").unwrap().text, "demo > out");
        for none in ["hello", "server says: no", "Server> no", "> no", "a#b", "x>y"] {
            assert_eq!(Line::read(none), None, "{none}");
        }
    }
}
