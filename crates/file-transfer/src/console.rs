//! The two streams of a program: the conversation on stdout, everything about it on
//! stderr.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process;

/// Prints a line of the conversation.
pub fn say(line: impl Display) {
    show(format_args!("{line}\n"));
}

/// Prints `text` at once.
///
/// Ends the program when nobody can read it: quietly when the reader has left
/// (`... server | head -1`), with a line when the write failed (a full disk).
pub fn show(text: impl Display) {
    // Made before stdout is locked, so that threads do not wait for each other longer
    // than the write takes.
    let text = text.to_string();
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .unwrap_or_else(|error| end(&error));
}

fn end(error: &io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        process::exit(0);
    }
    complain(format_args!("cannot write to stdout: {}", reason(error)));
    process::exit(1);
}

/// Prints a line about the conversation.
pub fn complain(line: impl Display) {
    // One write for the whole line, since stderr has no buffer and others use the same
    // terminal. When stderr is gone there is nowhere left to tell it.
    let line = format!("{}: {line}\n", env!("CARGO_PKG_NAME"));
    let _ = io::stderr().write_all(line.as_bytes());
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
