//! What can be done in a scene, or waited for, besides starting, typing and hearing: the
//! forms in which it is written, of which each is its own verb.
//!
//! What stands in capitals is something else each time. A form that begins as another one
//! does comes before it.

/// Before the form of what is waited for, and not done.
const WAIT: &str = "wait: ";

/// The forms, as the book shows them: of programs, of peers, of the tap and of the folder.
const FORMS: &str = include_str!("deeds.txt");

/// Those of whoever is meant by this word, each with whether it is waited for.
fn forms(whose: &str) -> impl Iterator<Item = (&'static str, bool)> {
    let lines = FORMS.split("\n\n").filter(move |of| of[2..].starts_with(whose));
    let lines = lines.flat_map(str::lines).filter(|line| !line.starts_with('#'));
    lines.map(|line| match line.strip_prefix(WAIT) {
        Some(form) => (form, true),
        None => (line, false),
    })
}

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
        ["ADDRESS", "NAME", "METHOD", "WHOM"]
            .iter()
            .any(|word| self.form.contains(word))
    }

    /// Reads what somebody does: a `program`, a `peer`, the `tap`, the `folder`.
    ///
    /// # Errors
    /// The form that is most like it, if none is it.
    pub fn read(whose: &str, text: &str) -> Result<Self, &'static str> {
        // One byte is no bytes.
        let text = match text.split_once(" 1 byte:") {
            Some((verb, rest)) if !verb.contains(':') => {
                format!("{verb} 1 bytes:{rest}")
            }
            _ => text.to_owned(),
        };
        for (form, waits) in forms(whose) {
            // Nothing stands behind the colon of no bytes.
            let nothing = || arguments(form, &format!("{text} "));
            let nothing = || text.ends_with(':').then(nothing).flatten();
            if let Some(arguments) = arguments(form, &text).or_else(nothing) {
                return Ok(Self { form, waits, arguments });
            }
        }
        // The first word says most, and what stands behind the colon nothing.
        let like = |form: &str, ends: &[char]| {
            let before = |text| str::split(text, ends).next().unwrap_or_default();
            strsim::normalized_levenshtein(before(form), before(&text))
        };
        let like = |form: &str| 2.0 * like(form, &[' ', ':']) + like(form, &[':']);
        let forms = forms(whose).map(|(form, _)| form);
        let nearest = forms.max_by(|one, other| like(one).total_cmp(&like(other)));
        Err(nearest.unwrap_or_default())
    }
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

    fn read(whose: &str, text: &str) -> (&'static str, Vec<String>) {
        let deed =
            Deed::read(whose, text).unwrap_or_else(|form| panic!("{text}: {form}"));
        (deed.form, deed.arguments.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn every_form_is_read_as_itself() {
        let mut count = 0;
        for whose in ["program", "peer", "tap", "folder"] {
            for (form, _) in forms(whose) {
                let text = form.replace(" N", " 12").replace("12AME", "NAME");
                assert_eq!(read(whose, &text).0, form);
                count += 1;
            }
        }
        let told = FORMS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(count, told.filter(|line| !line.is_empty()).count());
    }

    #[test]
    fn what_stands_for_capitals_is_found() {
        assert_eq!(read("peer", "sends 1 byte: x").1, ["1", "x"]);
        assert_eq!(read("peer", "sends 0 bytes:").1, ["0", ""]);
        assert_eq!(read("peer", "sends: a: b").1, ["a: b"]);
        assert_eq!(read("folder", "has a link x/y to ../z").1, ["x/y", "../z"]);
        let request = read("peer", "receives GET /x HTTP/1.1\\r\\nHost: y");
        assert_eq!(request.1, ["GET", "/x", "1.1\\r\\nHost: y"]);
        assert!(Deed::read("peer", "receives 5 bytes: x").unwrap().waits);
        assert!(!Deed::read("peer", "closes").unwrap().waits);
    }

    #[test]
    fn a_wrong_verb_gets_the_nearest() {
        for (whose, wrong, right) in [
            ("peer", "snds: hello", "sends: BYTES"),
            ("peer", "conects to 127.0.0.1:<port>", "connects to ADDRESS"),
            ("peer", "halfcloses", "half-closes"),
            ("program", "Ctrl+C", "Ctrl-C"),
            ("program", "ends with code 1", "ends with exit code N"),
        ] {
            assert_eq!(Deed::read(whose, wrong).unwrap_err(), right);
        }
    }
}
