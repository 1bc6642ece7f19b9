//! Names for what the system chooses anew at each run.
//!
//! `<port>`, a name of one word, stands for one word of the output, the same throughout
//! the scene: it is captured where it is first met. `<some time>`, a name of several
//! words, stands for anything, each time anew.

use std::cmp::Reverse;
use std::iter;
use std::net::SocketAddr;

use super::bytes::{meant, printable};
use crate::failure::Played;

/// The names of a scene, and what they stand for.
#[derive(Default)]
pub struct Names(Vec<(String, String)>);

/// Names, each with what it stands for in a text.
type Found<'t> = Vec<(&'t str, &'t str)>;

impl Names {
    /// From now on `name` stands for `value`, and for nothing else.
    pub fn bind(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The first of `first`, `NAME-2`, `NAME-3` ... that stands for nothing yet.
    fn free(&self, first: &str, name: &str) -> String {
        let further = (2..).map(|number| format!("{name}-{number}"));
        let mut names = iter::once(first.to_owned()).chain(further);
        names.find(|name| self.value(name).is_none()).unwrap_or_default()
    }

    /// Gives the next free name to where a program says that it listens.
    pub fn name_port(&mut self, text: &str) {
        if let Some(port) = text.strip_prefix("listening on 127.0.0.1:") {
            self.bind(&self.free("port", "port"), port);
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    // ANCHOR: capture
    /// Whether `text` is what `pattern` says. If so, a name that is met for the first
    /// time stands from now on for what it was here.
    pub fn capture(&mut self, pattern: &str, text: &str) -> bool {
        let Some(found) = self.found(pattern, text) else { return false };
        for (name, value) in found {
            if is_one_word(name) && self.value(name).is_none() {
                self.bind(name, value);
            }
        }
        true
    }
    // ANCHOR_END: capture

    /// The same, and nothing is captured.
    pub fn fit(&self, pattern: &str, text: &str) -> bool {
        self.found(pattern, text).is_some()
    }

    /// What the names of `pattern` stand for, if `text` is what it says.
    fn found<'t>(&self, pattern: &'t str, text: &'t str) -> Option<Found<'t>> {
        self.follow(&parts(pattern), "", text, Vec::new())
    }

    /// The same for what is left of both, once so much is found.
    fn follow<'t>(
        &self,
        parts: &[&'t str],
        before: &str,
        text: &'t str,
        found: Found<'t>,
    ) -> Option<Found<'t>> {
        let [part, rest @ ..] = parts else { return text.is_empty().then_some(found) };
        let Some(name) = name(part) else {
            return self.follow(rest, part, text.strip_prefix(part)?, found);
        };
        let here = found.iter().find(|(one, _)| *one == name).map(|(_, value)| *value);
        let known = here.or_else(|| self.value(name)).filter(|_| is_one_word(name));
        if let Some(value) = known {
            return self.follow(rest, "", text.strip_prefix(value)?, found);
        }
        // The shortest value with which the rest fits.
        let is_of_it = |one: char| one != ' ' || !is_one_word(name);
        let ends = text.char_indices().take_while(|(_, one)| is_of_it(*one));
        let mut values = ends.map(|(at, one)| text.split_at(at + one.len_utf8()));
        values.find_map(|(value, text)| {
            let with_it = found.iter().copied().chain([(name, value)]);
            let fits = self.has_shape(name, before, value);
            fits.then(|| self.follow(rest, "", text, with_it.collect())).flatten()
        })
    }

    /// What can be told of a value by its name: what follows a colon is a port; clients
    /// and peers are addresses, of which none has two names.
    fn has_shape(&self, name: &str, before: &str, value: &str) -> bool {
        if before.ends_with(':') {
            return value.parse::<u16>().is_ok();
        }
        let is_new = || self.0.iter().all(|(_, known)| known != value);
        let address = ["client-", "peer"].iter().any(|kind| name.starts_with(kind));
        !address || value.parse::<SocketAddr>().is_ok() && is_new()
    }

    /// `text` with what its names stand for; a name that is not known stays.
    pub fn filled_in(&self, text: &str) -> String {
        let known = |part| name(part).and_then(|name| self.value(name));
        parts(text).into_iter().map(|part| known(part).unwrap_or(part)).collect()
    }

    /// The bytes that `text` stands for. A name's value is what it is: in a path of
    /// Windows a backslash escapes nothing.
    ///
    /// # Errors
    /// When an escape has no meaning.
    pub fn meant(&self, text: &str) -> Played<Vec<u8>> {
        let escaped = parts(text).into_iter().map(|part| match name(part) {
            Some(_) => printable(self.filled_in(part).as_bytes()),
            None => part.to_owned(),
        });
        meant(&escaped.collect::<String>())
    }

    /// A name of one word in `text` that stands for nothing yet.
    pub fn missing<'t>(&self, text: &'t str) -> Option<&'t str> {
        names_in(text).find(|name| self.value(name).is_none())
    }

    /// `text` with names for what is known.
    pub fn mask_known(&self, text: &str) -> String {
        let mut known = self.0.clone();
        known.sort_by_key(|(_, value)| Reverse(value.len()));
        let mut text = text.to_owned();
        for (name, value) in known {
            // A port alone is any number.
            let colon = if value.parse::<u16>().is_ok() { ":" } else { "" };
            let (value, name) = (format!("{colon}{value}"), format!("{colon}<{name}>"));
            text = replace_whole(&text, &value, &name);
        }
        text
    }

    /// The same, and a name for each address that has none yet.
    pub fn mask(&mut self, text: &str) -> String {
        for address in addresses(&self.mask_known(text)) {
            self.bind(&self.free("client-1", "client"), &address);
        }
        self.mask_known(text)
    }

    /// `text` masked, with those names of several words that stand in `pattern` where
    /// the words around them still do.
    pub fn mask_like(&mut self, pattern: &str, text: &str) -> String {
        let text = self.mask(text);
        let (old, new) = (words(pattern), words(&text));
        let mut result: Vec<&str> = Vec::new();
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for change in diff::slice(&old, &new) {
            match change {
                diff::Result::Left(word) => gone.push(word.as_str()),
                diff::Result::Right(word) => come.push(word.as_str()),
                diff::Result::Both(word, _) => {
                    result.extend(self.kept(&gone, &come));
                    (gone, come) = (Vec::new(), Vec::new());
                    result.push(word);
                }
            }
        }
        result.extend(self.kept(&gone, &come));
        result.join(" ")
    }

    /// The words that have come; or the name that is gone, if they are what it stands for.
    fn kept<'t>(&self, gone: &[&'t str], come: &[&'t str]) -> Vec<&'t str> {
        match gone {
            [name] if name.contains('<') && self.fit(name, &come.join(" ")) => {
                vec![name]
            }
            _ => come.to_vec(),
        }
    }
}

/// Whether what a name stands for is one word, and the same each time.
pub fn is_one_word(name: &str) -> bool {
    !name.contains(' ')
}

/// A text, piece by piece: words and names, of which some may be empty.
pub fn parts(text: &str) -> Vec<&str> {
    let parted = text.split_inclusive('>').flat_map(|part| {
        let name = part.rfind('<').filter(|at| name(&part[*at..]).is_some());
        let (words, name) = part.split_at(name.unwrap_or(part.len()));
        [words, name]
    });
    parted.collect()
}

/// The name that a piece of a text is, without its brackets.
pub fn name(part: &str) -> Option<&str> {
    let name = part.strip_prefix('<')?.strip_suffix('>')?;
    let is_of_it = |one: char| one.is_ascii_alphanumeric() || "-', .".contains(one);
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    (begins && name.chars().all(is_of_it)).then_some(name)
}

/// The names in a text.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(name)
}

/// The words of a line; a name is one, with what touches it.
fn words(line: &str) -> Vec<String> {
    // A line has no line end in it, so that one can stand between words.
    let parted = parts(line).into_iter().map(|part| match name(part) {
        Some(_) => part.to_owned(),
        None => part.replace(' ', "\n"),
    });
    parted.collect::<String>().split('\n').map(str::to_owned).collect()
}

/// The loopback addresses in `text` whose port the system chose (none below 10000, unless
/// somebody told it otherwise).
fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for host in ["127.0.0.1:", "[::1]:"] {
        for rest in text.split(host).skip(1) {
            let port = rest.split(|one: char| !one.is_ascii_digit()).next();
            let chosen = |port: &&str| matches!(port.parse::<u16>(), Ok(10000..));
            found.extend(port.filter(chosen).map(|port| format!("{host}{port}")));
        }
    }
    found
}

/// Replaces `value` where no digit follows it: port 5000 is not the beginning of port
/// 50001.
fn replace_whole(text: &str, value: &str, name: &str) -> String {
    let digit = |one: char| one.is_ascii_digit();
    let parts = text.split(value).map(str::to_owned);
    let joined = parts.reduce(|told, part| {
        let between = if part.starts_with(digit) { value } else { name };
        told + between + &part
    });
    joined.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_once_and_compares_then() {
        let mut names = Names::default();
        let pattern = "listening on 127.0.0.1:<port>";
        assert!(names.capture(pattern, "listening on 127.0.0.1:50000"));
        assert!(!names.capture(pattern, "listening on 127.0.0.1:50001"));
        let pattern = "<client-1> connected";
        assert!(names.capture(pattern, "127.0.0.1:7000 connected"));
        assert!(!names.capture("<client-2> connected", "somebody connected"));
        assert!(!names.capture("<client-2> is", "127.0.0.1:7000 is"), "it is client-1");
        let url = "http://127.0.0.1:<port>/<x>";
        assert_eq!(names.filled_in(url), "http://127.0.0.1:50000/<x>");
        assert_eq!(
            names.mask("127.0.0.1:7000 at 127.0.0.1:50000, not 127.0.0.1:50001"),
            "<client-1> at 127.0.0.1:<port>, not <client-2>"
        );
    }

    #[test]
    fn a_value_is_not_read_as_escapes() {
        let mut names = Names::default();
        names.bind("folder", r"C:\users");
        let bytes = names.meant(r"<folder>/a\n").unwrap();
        assert_eq!(bytes, b"C:\\users/a\n");
        // What is repeated may have a `>` in it, and a name.
        let bytes = names.meant("[> 3 times][<b> 2 times][<folder> 1 times]").unwrap();
        assert_eq!(bytes, b">>><b><b>C:\\users");
    }

    #[test]
    fn a_name_of_one_word_is_one_word() {
        let names = Names::default();
        assert!(names.fit("so <word> it", "so be it"));
        assert!(!names.fit("so <word> it", "so let be it"));
        assert!(names.fit("<same> and <same>", "a and a"));
        assert!(!names.fit("<same> and <same>", "a and b"));
    }

    #[test]
    fn names_of_several_words_stand_for_anything_and_survive() {
        let mut names = Names::default();
        let pattern = "all took <some time>; they add up to <some time>";
        assert!(names.fit(pattern, "all took 1.2 ms; they add up to 3 s"));
        assert!(!names.fit(pattern, "all took 1.2 ms; they add up"));
        for (pattern, text, expected) in [
            (
                "44 bytes in <some time>",
                "41 bytes in 12.3 ms",
                "41 bytes in <some time>",
            ),
            ("failed: <a reason>", "failed: 1 2", "failed: <a reason>"),
            ("==> x <==", "==> y <==", "==> y <=="),
            (
                "44 bytes in <some time>",
                "panicked at 1: step 7",
                "panicked at 1: step 7",
            ),
        ] {
            assert_eq!(names.mask_like(pattern, text), expected);
        }
    }

    #[test]
    fn names_no_port_that_the_system_did_not_choose() {
        let text = ":443 127.0.0.1:443 127.0.0.1:8888";
        assert_eq!(Names::default().mask(text), text);
    }
}
