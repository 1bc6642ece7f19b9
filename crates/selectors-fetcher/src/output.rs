//! The two streams of a program: what was fetched on stdout, everything about it on
//! stderr.

use std::fmt::{Display, Write as _};
use std::io::{self, ErrorKind, Write};
use std::process;

/// Prints bytes as they are.
///
/// Ends the program when nobody can read them: quietly when the reader has left
/// (`selectors-fetcher | head -1`), with a line when the write failed (a full disk).
pub fn print(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            process::exit(0);
        }
        complain(format_args!("cannot write to stdout: {}", reason(&error)));
        process::exit(1);
    }
}

/// Prints a line about what was fetched.
pub fn complain(line: impl Display) {
    complain_all(&[line]);
}

/// Prints lines about what was fetched.
pub fn complain_all(lines: &[impl Display]) {
    let text: String =
        lines.iter().map(|line| format!("selectors-fetcher: {line}\n")).collect();
    // One write for all, since stderr has no buffer and others use the same terminal.
    // When stderr is gone there is nowhere left to tell it.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Why a call failed, in words that are the same on every system where Rust has such
/// words.
pub fn reason(error: &io::Error) -> String {
    match error.kind().to_string().as_str() {
        "uncategorized error" | "other error" => error.to_string(),
        kind => kind.to_owned(),
    }
}

/// `1 byte`, `2 bytes`.
pub fn count(number: usize, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Bytes as a terminal may show them: a stranger's control characters are shown, not
/// obeyed, but for those in `kept`.
pub fn visible(bytes: &[u8], kept: &[char]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() && !kept.contains(&character) {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_terminal_would_obey() {
        for (bytes, all, page) in [
            (b"a\tb\nc".as_slice(), "a\\tb\\nc", "a\tb\nc"),
            (b"\x1b[2J\x07\r", "\\u{1b}[2J\\u{7}\\r", "\\u{1b}[2J\\u{7}\\r"),
            ("你\u{9b}m".as_bytes(), "你\\u{9b}m", "你\\u{9b}m"),
            (b"\xff\xe4\xbd", "\\xff\\xe4\\xbd", "\\xff\\xe4\\xbd"),
        ] {
            assert_eq!(visible(bytes, &[]), all);
            assert_eq!(visible(bytes, &['\n', '\t']), page);
        }
    }
}
