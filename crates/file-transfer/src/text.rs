//! Bytes as a reader can see them. What arrives may end inside a character, may not be
//! text at all, and may try to command the terminal.

use std::fmt::Write;
use std::mem;

/// Decodes UTF-8 that arrives in pieces: shows each character once it is whole.
#[derive(Default)]
pub struct Decoder {
    /// The bytes of a character whose rest has not come: 3 at most (RFC 3629).
    partial: Vec<u8>,
}

// ANCHOR: decoder
impl Decoder {
    /// The characters that `bytes` complete, with invalid bytes as `\xff` and control
    /// characters escaped.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut all = mem::take(&mut self.partial);
        all.extend_from_slice(bytes);

        let mut text = String::new();
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            show(chunk.valid(), &mut text);
            if chunks.peek().is_none() && may_go_on(chunk.invalid()) {
                self.partial = chunk.invalid().to_vec();
            } else {
                mark(chunk.invalid(), &mut text);
            }
        }
        text
    }

    /// What is left of a character that will not be completed any more.
    pub fn finish(&mut self) -> String {
        let mut text = String::new();
        mark(&mem::take(&mut self.partial), &mut text);
        text
    }
}
// ANCHOR_END: decoder

/// All of `bytes`, to be seen.
pub fn printable(bytes: &[u8]) -> String {
    let mut decoder = Decoder::default();
    let text = decoder.push(bytes);
    text + &decoder.finish()
}

fn may_go_on(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// A control character would move the cursor or worse: it is shown, not obeyed.
fn show(valid: &str, text: &mut String) {
    for part in valid.split_inclusive(char::is_control) {
        let plain = part.trim_end_matches(char::is_control);
        *text += plain;
        text.extend(part[plain.len()..].chars().flat_map(char::escape_default));
    }
}

fn mark(invalid: &[u8], text: &mut String) {
    for byte in invalid {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_characters_whole_and_marks_the_rest() {
        type Case<'a> = (&'a [&'a [u8]], &'a [&'a str], &'a str);
        let cases: [Case; 8] = [
            (&[b"plain"], &["plain"], ""),
            (&["你好".as_bytes()], &["你好"], ""),
            (&[b"\xe4", b"\xbd", b"\xa0!"], &["", "", "你!"], ""),
            (&[b"a\xe4\xbd"], &["a"], "\\xe4\\xbd"),
            (&[b"\xe4\xbd", b"b"], &["", "\\xe4\\xbdb"], ""),
            (&[b"\xff\xfeok"], &["\\xff\\xfeok"], ""),
            (&[b"\xc0\x80"], &["\\xc0\\x80"], ""),
            (&[b"\x1b[2J\r\n"], &["\\u{1b}[2J\\r\\n"], ""),
        ];
        for (pieces, shown, rest) in cases {
            let mut decoder = Decoder::default();
            let texts: Vec<_> =
                pieces.iter().map(|piece| decoder.push(piece)).collect();
            assert_eq!(texts, shown, "{pieces:x?}");
            assert_eq!(decoder.finish(), rest, "{pieces:x?}");
        }
    }

    #[test]
    fn pieces_show_what_the_whole_shows() {
        let bytes = "é你\u{1f980}"
            .as_bytes()
            .iter()
            .copied()
            .chain(*b"\xf0\x9fx\xed\xa0\x80\xe4\xbd")
            .collect::<Vec<_>>();
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                let mut decoder = Decoder::default();
                let text = decoder.push(&bytes[..first])
                    + &decoder.push(&bytes[first..second])
                    + &decoder.push(&bytes[second..]);
                assert_eq!(
                    text + &decoder.finish(),
                    printable(&bytes),
                    "split at {first} and {second}"
                );
            }
        }
    }
}
