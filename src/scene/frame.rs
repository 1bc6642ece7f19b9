//! The frames of chapter 7, as a peer writes and reads them: four bytes of length, and
//! that many bytes.

use super::bytes::{hex, printable};

/// The length of what stands before a frame's body.
pub const HEADER: usize = 4;

/// A frame.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), body].concat()
}

/// How long the body is of which this is the header.
pub fn body_length(header: &[u8]) -> usize {
    header.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// Frames that came one after the other: each header, its body 16 bytes a line, and what
/// that says, if it is text. Every line begins with `name`.
pub fn dump(name: &str, mut bytes: &[u8]) -> String {
    let mut dump = String::new();
    while let Some((header, rest)) = bytes.split_at_checked(HEADER) {
        let (body, rest) = rest.split_at(body_length(header).min(rest.len()));
        dump += &format!("{name} {}   length {}\n", hex(header), body.len());
        for line in body.chunks(16) {
            dump += &format!("{name}   {}\n", hex(line));
        }
        if str::from_utf8(body).is_ok() {
            dump += &format!("{name}   = {}\n", printable(body));
        }
        bytes = rest;
    }
    dump
}
