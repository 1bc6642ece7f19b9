//! Bytes as a reader can see them, and what a scene's text stands for.

use crate::failure::{Failure, Played};

/// Runs longer than this are folded: nobody counts them by eye.
const LONGEST_RUN: usize = 40;

/// A line as it is shown: control characters but tabs escaped, long runs folded.
pub fn shown(text: &str) -> String {
    let visible = escaped(text, |one| one.is_control() && one != '\t');
    let characters: Vec<_> = visible.chars().collect();
    let runs = characters.chunk_by(|one, other| one == other);
    let folded = runs.map(|run| match run.len() {
        count if count > LONGEST_RUN => format!("[{} {count} times]", run[0]),
        _ => run.iter().collect(),
    });
    folded.collect::<String>().trim_end().to_owned()
}

/// Bytes as a reader can see them: text where they are text, `\xff` where they are not,
/// control characters escaped, and the backslash: so one can say it too.
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += &escaped(chunk.valid(), |one| one.is_control() || one == '\\');
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

/// `68 69`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// `1 byte`, `2 bytes`.
pub fn counted(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// The bytes that `text` stands for, with `\n`, `\xff`, `\u{1b}`, `\\`, `[x 1022 times]`,
/// `[numbers, 0 to 1000]`, `[every byte]` and `[hex 00ff]` in it.
///
/// # Errors
/// When an escape has no meaning.
pub fn meant(text: &str) -> Played<Vec<u8>> {
    let wrong = || Failure::new(format!("`\\` in `{text}` has no meaning"));
    expanded(text, true).ok_or_else(wrong)
}

/// `text` with each `[x 3 times]` written out; a backslash is one.
pub fn unfolded(text: &str) -> String {
    // Where nothing is an escape, none is wrong.
    let bytes = expanded(text, false).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes that `text` stands for, with its groups written out and perhaps its escapes;
/// nothing if one of those has no meaning.
fn expanded(text: &str, escapes: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(one) = rest.chars().next() {
        let (piece, after) = if one == '\\' && escapes {
            escape(rest)?
        } else {
            let (itself, after) = rest.split_at(one.len_utf8());
            group(rest).unwrap_or((itself.into(), after))
        };
        bytes.extend(piece);
        rest = after;
    }
    Some(bytes)
}

/// What `\n` at the beginning of `text` stands for, and what follows it.
fn escape(text: &str) -> Option<(Vec<u8>, &str)> {
    let (letter, rest) = text.strip_prefix('\\')?.split_at_checked(1)?;
    let (bytes, rest) = match letter {
        "n" => (b"\n".into(), rest),
        "r" => (b"\r".into(), rest),
        "t" => (b"\t".into(), rest),
        "0" => (b"\0".into(), rest),
        "\\" | "[" => (letter.into(), rest),
        "x" => {
            let (digits, rest) = rest.split_at_checked(2)?;
            (vec![u8::from_str_radix(digits, 16).ok()?], rest)
        }
        "u" => {
            let (digits, rest) = rest.strip_prefix('{')?.split_once('}')?;
            let one = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            (one.to_string().into(), rest)
        }
        _ => return None,
    };
    Some((bytes, rest))
}

/// What `[x 3 times]` at the beginning of `text` stands for, and what follows it.
fn group(text: &str) -> Option<(Vec<u8>, &str)> {
    let (group, rest) = text.strip_prefix('[')?.split_once(']')?;
    let bytes = if group == "every byte" {
        (0..=255).collect()
    } else if let Some(digits) = group.strip_prefix("hex ") {
        let pairs = (0..digits.len()).step_by(2);
        let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        pairs.map(byte).collect::<Option<_>>()?
    } else if let Some(range) = group.strip_prefix("numbers, ") {
        let (from, to) = range.split_once(" to ")?;
        // Nothing is lost or exchanged without being seen.
        let numbers = (0_u32..).flat_map(|n| format!("{n} ").into_bytes());
        numbers.take(to.parse().ok()?).skip(from.parse().ok()?).collect()
    } else {
        let (what, count) = group.strip_suffix(" times")?.rsplit_once(' ')?;
        let what = meant(what).unwrap_or_else(|_| what.into());
        what.repeat(count.parse().ok()?)
    };
    Some((bytes, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_bytes() {
        assert_eq!(
            meant("a\\n\\xff\\u{1b}\\\\[x 3 times][y]").unwrap(),
            b"a\n\xff\x1b\\xxx[y]"
        );
        assert_eq!(meant("[\\0 3 times]").unwrap(), [0; 3]);
        assert_eq!(meant("[numbers, 2 to 5][hex 00ff]").unwrap(), b"1 2\x00\xff");
        assert_eq!(unfolded("http://[::1]/[ab 2 times]?"), "http://[::1]/abab?");
        for none in ["\\q", "\\", "\\x1", "\\xé", "\\u1b", "\\u{110000}"] {
            assert!(meant(none).is_err(), "{none}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_meant() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(meant(&printable(&bytes)).unwrap(), bytes);
    }

    #[test]
    fn folds_only_long_runs() {
        assert_eq!(
            shown(&format!("a{}b==========", "x".repeat(1022))),
            "a[x 1022 times]b=========="
        );
        assert_eq!(shown(&"你".repeat(50)), "[你 50 times]");
    }
}
