//! What can be done in a scene, or waited for, besides starting, typing and hearing: the
//! forms in which it is written, of which each is its own verb.
//!
//! What stands in capitals is something else each time. A form that begins as another one
//! does comes before it.

/// Before the form of what is waited for, and not done.
const WAIT: &str = "wait: ";

// ANCHOR: forms
/// A program that the scene has started.
pub const PROGRAM: &[&str] = &[
    "end of input (Ctrl-D)",
    "Ctrl-C",
    "killed",
    "paused (SIGSTOP)",
    "resumed (SIGCONT)",
    "wait: says the next N lines in any order",
    "wait: ends with exit code N",
];

/// Anybody else: a client that the guide plays call by call; a web server of its own; an
/// address on which nobody answers.
pub const PEER: &[&str] = &[
    // Little room: what is sent to it soon has to wait, if it does not read.
    "connects to ADDRESS, with little room",
    "connects to ADDRESS",
    "begins to connect to ADDRESS",
    "wait: still waits after 300ms: neither connected nor refused",
    "wait: is connected at once",
    "wait: is connected",
    "sends a byte of urgent data: BYTES",
    // Each heard: before the next is sent, the next line of the scene has to come.
    "sends N bytes, one at a time, each heard: BYTES",
    "sends N messages of N bytes, each heard: BYTES",
    "begins to send N bytes, and reads nothing: BYTES",
    "sends N bytes: BYTES",
    "sends: BYTES",
    "wait: receives the end of the stream",
    "wait: receives a reset",
    // All that it has sent, once TEXT is left out wherever it stands.
    "wait: receives its N bytes back, each in its place, with TEXT in between",
    "wait: receives N bytes: TEXT",
    "wait: hears nothing for 300ms",
    "half-closes: sends no more, still listens",
    "half-closes",
    // Is heard: the other system has the end when this is done.
    "closes, and is heard",
    "closes",
    "resets the connection",
    // The frames of chapter 7: four bytes of length, and that many bytes.
    "says: BYTES",
    "wait: hears: TEXT",
    // A web server; who takes a request in has its connection from then on.
    "listens on 127.0.0.1:<NAME>, with little room",
    "listens on 127.0.0.1:<NAME>",
    "wait: receives METHOD PATH HTTP/TEXT",
    // An address on which nobody answers: calls are refused, or wait for ever.
    "has 127.0.0.1:<NAME>, and does not listen",
    "has 127.0.0.1:<NAME>, and has no room",
];

/// Whoever is called `tap`: stands between a client and a server.
pub const TAP: &[&str] = &[
    "listens on 127.0.0.1:<NAME>, and passes on to ADDRESS, but no more than N bytes",
    "listens on 127.0.0.1:<NAME>, and passes on to ADDRESS",
    "passes N bytes more",
    "passes the rest",
    "loses the rest",
    "wait: tells that it holds back the rest",
    "wait: tells all that was said",
];

/// Whoever is called `folder`: a folder of the scene's own.
pub const FOLDER: &[&str] = &[
    "has a folder PATH",
    "has a link PATH to PATH",
    "has PATH, of N zeros",
    "has PATH: BYTES",
    "PATH is now of N bytes",
    "wait: PATH is the same as PATH",
    "wait: PATH reads TEXT",
    "wait: holds LIST",
    "wait: PATH holds LIST",
];
// ANCHOR_END: forms

/// A deed that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The form of which it is.
    pub form: &'static str,
    /// Whether it is waited for, and not done.
    pub waits: bool,
    /// What stands where the form has capitals: their word, and what it is here.
    arguments: Vec<(&'static str, String)>,
}

impl Deed {
    /// The argument that the form calls so, or nothing.
    pub fn argument(&self, word: &str) -> &str {
        self.arguments(word).next().unwrap_or_default()
    }

    /// All that it calls so.
    pub fn arguments(&self, word: &str) -> impl DoubleEndedIterator<Item = &str> {
        let called = self.arguments.iter().filter(move |(one, _)| *one == word);
        called.map(|(_, text)| text.as_str())
    }

    /// The last number.
    pub fn number(&self) -> usize {
        let last = self.arguments("N").next_back();
        last.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// Whether somebody comes by it, or comes to listen.
    pub fn brings_in(&self) -> bool {
        ["ADDRESS", "NAME", "METHOD"].iter().any(|word| self.form.contains(word))
    }

    /// Reads what somebody does to whom these forms belong.
    ///
    /// # Errors
    /// The form that is most like it, if none is it.
    pub fn read(forms: &[&'static str], text: &str) -> Result<Self, &'static str> {
        // One byte is no bytes.
        let text = match text.split_once(" 1 byte:") {
            Some((verb, rest)) if !verb.contains(':') => {
                format!("{verb} 1 bytes:{rest}")
            }
            _ => text.to_owned(),
        };
        for form in forms {
            let form = plain(form);
            // Nothing stands behind the colon of no bytes.
            let nothing = || arguments(form, &format!("{text} "));
            let nothing = || text.ends_with(':').then(nothing).flatten();
            if let Some(arguments) = arguments(form, &text).or_else(nothing) {
                let waits = forms.iter().any(|it| it.strip_prefix(WAIT) == Some(form));
                return Ok(Self { form, waits, arguments });
            }
        }
        // The first word says most, and what stands behind the colon nothing.
        let like = |form: &str, ends: &[char]| {
            let before = |text| str::split(text, ends).next().unwrap_or_default();
            strsim::normalized_levenshtein(before(form), before(&text))
        };
        let like = |form: &str| 2.0 * like(form, &[' ', ':']) + like(form, &[':']);
        let forms = forms.iter().map(|form| plain(form));
        let nearest = forms.max_by(|one, other| like(one).total_cmp(&like(other)));
        Err(nearest.unwrap_or_default())
    }
}

fn plain(form: &'static str) -> &'static str {
    form.strip_prefix(WAIT).unwrap_or(form)
}

/// What stands in `text` where `form` has capitals, if it is of this form.
fn arguments(form: &'static str, text: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let (words, mut word, mut form) = next_capitals(form);
    let mut text = text.strip_prefix(words)?;
    while !word.is_empty() {
        let (words, next, rest) = next_capitals(form);
        let end = if form.is_empty() { text.len() } else { text.find(words)? };
        let (argument, after) = text.split_at(end);
        if word == "N" && argument.parse::<i64>().is_err() {
            return None;
        }
        found.push((word, argument.to_owned()));
        (word, form, text) = (next, rest, &after[words.len()..]);
    }
    text.is_empty().then_some(found)
}

/// The words before the next word in capitals, that word, and what follows it.
fn next_capitals(form: &str) -> (&str, &str, &str) {
    let is_capital = |one: char| one.is_ascii_uppercase();
    let mut from = 0;
    while let Some(start) = form[from..].find(is_capital).map(|at| from + at) {
        let rest = &form[start..];
        let end = rest.find(|one| !is_capital(one)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // Not a letter of Ctrl-D, nor a word that stands for itself: HTTP/, (SIGSTOP).
        if (word == "N" || word.len() > 1) && !after.starts_with(['/', ')']) {
            return (&form[..start], word, after);
        }
        from = start + end;
    }
    (form, "", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(forms: &[&'static str], text: &str) -> (&'static str, Vec<String>) {
        let deed =
            Deed::read(forms, text).unwrap_or_else(|form| panic!("{text}: {form}"));
        (deed.form, deed.arguments.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn every_form_is_read_as_itself() {
        for forms in [PROGRAM, PEER, TAP, FOLDER] {
            for form in forms.iter().map(|form| plain(form)) {
                let text = form.replace(" N", " 12").replace("12AME", "NAME");
                assert_eq!(read(forms, &text).0, form);
            }
        }
    }

    #[test]
    fn what_stands_for_capitals_is_found() {
        assert_eq!(read(PEER, "sends 1 byte: x").1, ["1", "x"]);
        assert_eq!(read(PEER, "sends 0 bytes:").1, ["0", ""]);
        assert_eq!(read(PEER, "sends: a: b").1, ["a: b"]);
        assert_eq!(read(FOLDER, "has a link x/y to ../z").1, ["x/y", "../z"]);
        let request = read(PEER, "receives GET /x HTTP/1.1\\r\\nHost: y");
        assert_eq!(request.1, ["GET", "/x", "1.1\\r\\nHost: y"]);
        assert!(Deed::read(PEER, "receives 5 bytes: x").unwrap().waits);
        assert!(!Deed::read(PEER, "closes").unwrap().waits);
    }

    #[test]
    fn a_wrong_verb_gets_the_nearest() {
        for (forms, wrong, right) in [
            (PEER, "snds: hello", "sends: BYTES"),
            (PEER, "conects to 127.0.0.1:<port>", "connects to ADDRESS"),
            (PEER, "halfcloses", "half-closes"),
            (PROGRAM, "Ctrl+C", "Ctrl-C"),
            (PROGRAM, "ends with code 1", "ends with exit code N"),
        ] {
            assert_eq!(Deed::read(forms, wrong).unwrap_err(), right);
        }
    }
}
