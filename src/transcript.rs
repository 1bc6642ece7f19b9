//! The text of one scene: who said what, with what differs from run to run replaced by
//! a name.

use std::fmt::{self, Display, Formatter};

/// What a line of a transcript tells about its speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `$`: the command that started it.
    Started,
    /// `<`: a line typed to it.
    Typed,
    /// `>`: a line that it printed on stdout.
    Printed,
    /// `!`: a line that it printed on stderr.
    Complained,
    /// `:`: something that it did or that happened to it.
    Did,
    /// `#`: a remark of the guide's.
    Remark,
    /// The output of a program that plays alone, as a terminal shows it.
    Alone,
}

/// One line of a transcript.
#[derive(Clone, Debug)]
pub struct Line {
    /// `server`, `client-1`; empty for a remark and for a program that plays alone.
    pub speaker: String,
    /// What the line tells.
    pub kind: Kind,
    /// The line, masked.
    pub text: String,
}

impl Line {
    /// What stands before the text: the speaker and the sign of the line's kind.
    pub fn prefix(&self) -> String {
        let sign = match self.kind {
            Kind::Started => "$ ",
            Kind::Typed => "< ",
            Kind::Printed => "> ",
            Kind::Complained => "! ",
            Kind::Did => ": ",
            Kind::Remark => "# ",
            Kind::Alone => "",
        };
        format!("{}{sign}", self.speaker)
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(format!("{}{}", self.prefix(), self.text).trim_end())
    }
}

/// Is told each line as it happens.
pub type Listener<'a> = Box<dyn FnMut(&Line) + 'a>;

/// The lines of a scene so far, and the names that it gave.
pub struct Transcript<'a> {
    lines: Vec<Line>,
    names: Names,
    repeating: Vec<String>,
    listener: Listener<'a>,
}

impl<'a> Transcript<'a> {
    /// An empty transcript.
    pub fn new(listener: Listener<'a>) -> Self {
        Self {
            lines: Vec::new(),
            names: Names::default(),
            repeating: Vec::new(),
            listener,
        }
    }

    /// Adds a line, masked and with long runs of one character folded.
    pub fn add(&mut self, speaker: &str, kind: Kind, text: &str) {
        let text = match kind {
            Kind::Alone => self.names.mask_known(text),
            _ => self.names.mask(text),
        };
        // A program of ours escapes what a terminal would obey; a learner's may not.
        let text = fold_runs(&visible(&text));
        let line = Line { speaker: speaker.to_owned(), kind, text };
        let again =
            self.lines.last().is_some_and(|last| last.to_string() == line.to_string());
        if again && self.repeating.iter().any(|prefix| line.text.starts_with(prefix)) {
            return;
        }
        (self.listener)(&line);
        self.lines.push(line);
    }

    /// `lines` as they would be shown.
    pub fn masked(&mut self, lines: &[String]) -> Vec<String> {
        lines.iter().map(|line| self.names.mask(line)).collect()
    }

    /// From now on `value` is shown as `name`.
    pub fn name(&mut self, value: &str, name: &str) {
        self.names.known.push((value.to_owned(), name.to_owned()));
    }

    /// From now on what follows `prefix` at the start of a line is shown as `name`.
    pub fn varies(&mut self, prefix: &str, name: &str) {
        self.names.prefixes.push((prefix.to_owned(), name.to_owned()));
    }

    /// From now on a measured time, as in `12.3 ms` and `1.23 s`, is shown as `<time>`.
    pub fn masks_times(&mut self) {
        self.names.times = true;
    }

    /// From now on a line that begins with `prefix` and repeats the line before it is
    /// left out.
    pub fn repeats(&mut self, prefix: &str) {
        self.repeating.push(prefix.to_owned());
    }

    /// Everything so far, a line each.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// Names for what the system chooses anew at each run.
#[derive(Default)]
struct Names {
    known: Vec<(String, String)>,
    prefixes: Vec<(String, String)>,
    clients: usize,
    times: bool,
}

impl Names {
    // ANCHOR: mask
    /// Replaces what has a name, and gives one to each address that appears for the
    /// first time: `<client-1>`, ...
    fn mask(&mut self, text: &str) -> String {
        for address in addresses(text) {
            if !self.known.iter().any(|(value, _)| *value == address) {
                self.clients += 1;
                self.known.push((address, format!("<client-{}>", self.clients)));
            }
        }
        self.mask_known(text)
    }
    // ANCHOR_END: mask

    fn mask_known(&self, text: &str) -> String {
        for (prefix, name) in &self.prefixes {
            if text.starts_with(prefix) {
                return format!("{prefix}{name}");
            }
        }
        let mut text = text.to_owned();
        for (value, name) in &self.known {
            text = replace_whole(&text, value, name);
        }
        if self.times { without_times(&text) } else { text }
    }
}

/// The loopback addresses in `text` whose port the system chose (it chooses none below
/// 1024).
fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for host in ["127.0.0.1:", "[::1]:"] {
        for (start, _) in text.match_indices(host) {
            let port =
                text[start + host.len()..].split(|c: char| !c.is_ascii_digit()).next();
            if let Some(Ok(1024..)) = port.map(str::parse::<u16>) {
                found.push(format!("{host}{}", port.unwrap_or_default()));
            }
        }
    }
    found
}

/// Replaces `value` where no digit follows it: port 5000 is not the beginning of port
/// 50001.
fn replace_whole(text: &str, value: &str, name: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(value) {
        let (before, after) = (&rest[..start], &rest[start + value.len()..]);
        result += before;
        result +=
            if after.starts_with(|c: char| c.is_ascii_digit()) { value } else { name };
        rest = after;
    }
    result + rest
}

/// `12.3 ms` becomes `<time>`. A number without a point was not measured: it stays.
fn without_times(text: &str) -> String {
    let is_measured = |number: &str| {
        number.split_once('.').is_some_and(|(before, after)| {
            [before, after].iter().all(|part| part.parse::<u32>().is_ok())
        })
    };
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = word.trim_end_matches([';', ',']);
        match words.last_mut() {
            Some(number)
                if ["ms", "s"].contains(&unit) && is_measured(number.as_str()) =>
            {
                *number = format!("<time>{}", &word[unit.len()..]);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// Runs longer than this are folded: nobody counts them by eye.
const LONGEST_RUN: usize = 40;

/// `xxxxx...` becomes `[x 1022 times]`.
pub(crate) fn fold_runs(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == first).count();
        let (same, after) = rest.split_at(run * first.len_utf8());
        result += &if run > LONGEST_RUN {
            format!("[{first} {run} times]")
        } else {
            same.to_owned()
        };
        rest = after;
    }
    result
}

/// `1 byte`, `2 bytes`.
pub(crate) fn counted(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// A line as a terminal may show it: but for tabs, control characters are escaped.
pub(crate) fn visible(text: &str) -> String {
    escaped(text, |character| character.is_control() && character != '\t')
}

/// Bytes as a reader can see them: text where they are text, `\xff` where they are not,
/// control characters escaped.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += &escaped(chunk.valid(), char::is_control);
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

fn escaped(text: &str, which: impl Fn(char) -> bool) -> String {
    let shown = text.chars().map(|character| {
        let escape = character.escape_default();
        if which(character) { escape.to_string() } else { character.to_string() }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_in_order_of_appearance() {
        let mut transcript = Transcript::new(Box::new(|_| ()));
        transcript.name("127.0.0.1:5000", "127.0.0.1:<port>");
        for text in [
            "listening on 127.0.0.1:5000",
            "127.0.0.1:50001 then 127.0.0.1:40000",
            "127.0.0.1:50001",
            ":443 127.0.0.1:443",
        ] {
            transcript.add("server", Kind::Printed, text);
        }
        let expected = "server> listening on 127.0.0.1:<port>\nserver> <client-1> then <client-2>\nserver> <client-1>\n\
                        server> :443 127.0.0.1:443\n";
        assert_eq!(transcript.text(), expected);
    }

    #[test]
    fn masks_what_follows_a_prefix() {
        let mut transcript = Transcript::new(Box::new(|_| ()));
        transcript.varies("this host: ", "<host>");
        transcript.add("", Kind::Alone, "this host: vm-17");
        transcript.add("", Kind::Alone, "that host: vm-17");
        assert_eq!(transcript.text(), "this host: <host>\nthat host: vm-17\n");
    }

    #[test]
    fn leaves_out_a_repeated_line_only_where_asked() {
        let mut transcript = Transcript::new(Box::new(|_| ()));
        transcript.repeats("IPv4");
        for text in ["IPv4 a", "IPv4 a", "IPv4 b", "IPv4 a", "IPv6 a", "IPv6 a"] {
            transcript.add("", Kind::Alone, text);
        }
        assert_eq!(transcript.text(), "IPv4 a\nIPv4 b\nIPv4 a\nIPv6 a\nIPv6 a\n");
    }

    #[test]
    fn masks_measured_times_only_where_asked() {
        let mut transcript = Transcript::new(Box::new(|_| ()));
        let text = "10 bytes in 12.3 ms; 1.23 s, after 1 s of 2.5 sheep";
        transcript.add("", Kind::Alone, text);
        transcript.masks_times();
        transcript.add("", Kind::Alone, text);
        assert_eq!(
            transcript.text(),
            format!("{text}\n10 bytes in <time>; <time>, after 1 s of 2.5 sheep\n")
        );
    }

    #[test]
    fn folds_only_long_runs() {
        assert_eq!(
            fold_runs(&format!("a{}b==========", "x".repeat(1022))),
            "a[x 1022 times]b=========="
        );
        assert_eq!(fold_runs(&"你".repeat(50)), "[你 50 times]");
    }
}
