//! The protocol, byte by byte.
//!
//! Everything that travels is a message in a frame, so that it does not matter how TCP
//! cuts the stream:
//!
//! ```text
//! 1 byte    the kind of message, an ASCII letter
//! 4 bytes   the length of the body, highest byte first
//! length    the body
//! ```
//!
//! The conversation, in which nobody speaks out of turn:
//!
//! ```text
//! client   G  greeting   text
//! server   R  ready      text
//! client   S  size       the file's number of bytes, in ASCII digits, no zero in front
//! client   N  name       the file's name, in UTF-8
//! server   A  accepted   text
//! client   B  bytes      the next bytes of the file: as many frames as it takes
//! client   D  digest     32 bytes, BLAKE3 of the file; then the client ends its side
//! server   C  confirmed  text; then the server closes
//! ```
//!
//! At any moment either side may give up instead, with `X` and the reason in words.

use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind, Read};

use crate::name;

// ANCHOR: forms
/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Greeting,
    Ready,
    Size,
    Name,
    Accepted,
    Bytes,
    Digest,
    Confirmed,
    GiveUp,
}

/// The most bytes of a file in one frame. Larger ones are not faster, and each transfer
/// needs room for one.
pub const CHUNK: usize = 256 * 1024;

/// The most bytes of a text.
pub const TEXT: usize = 1024;

/// The most digits of a size: those of 2^64 - 1.
const DIGITS: usize = 20;

/// Of each kind: its letter, the least and the most bytes of its body, its name.
const FORMS: [(Kind, u8, usize, usize, &str); 9] = [
    (Kind::Greeting, b'G', 0, TEXT, "a greeting"),
    (Kind::Ready, b'R', 0, TEXT, "a readiness"),
    // An empty size or name is refused as well, later, and in better words.
    (Kind::Size, b'S', 0, DIGITS, "a size"),
    (Kind::Name, b'N', 0, name::LONGEST, "a name"),
    (Kind::Accepted, b'A', 0, TEXT, "an acceptance"),
    (Kind::Bytes, b'B', 1, CHUNK, "a piece of the file"),
    (Kind::Digest, b'D', blake3::OUT_LEN, blake3::OUT_LEN, "a digest"),
    (Kind::Confirmed, b'C', 0, TEXT, "a confirmation"),
    (Kind::GiveUp, b'X', 0, TEXT, "a reason to give up"),
];
// ANCHOR_END: forms

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(FORMS[*self as usize].4)
    }
}

// ANCHOR: header
/// The bytes of a header: the kind and the length.
pub const HEADER: usize = 5;

/// The header of a message with a body of `length` bytes.
pub fn header(kind: Kind, length: usize) -> [u8; HEADER] {
    let [.., a, b, c, d] = length.to_be_bytes();
    [FORMS[kind as usize].1, a, b, c, d]
}

/// The kind of a message and the length of its body, which has no room yet: a stranger
/// may claim four gigabytes.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_header(
    [letter, length @ ..]: [u8; HEADER],
) -> Result<(Kind, usize), String> {
    // STEP 2: find the kind of a letter, and check the length against its limits
    let form = FORMS.iter().find(|form| form.1 == letter);
    let (kind, _, least, most, name) =
        form.ok_or_else(|| format!("0x{letter:02x} begins no message"))?;
    let length = u32::from_be_bytes(length) as usize;
    if length > *most {
        return Err(format!("{name} of {length} bytes, and the limit is {most}"));
    }
    if length < *least {
        return Err(format!("{name} of {length} bytes, and it needs {least}"));
    }
    Ok((*kind, length))
}

/// The number of bytes that a size tells.
///
/// # Errors
/// Why it is none, in words.
pub fn parse_size(digits: &[u8]) -> Result<u64, String> {
    // `parse` takes `+5` and `007` as well, and a protocol should have one way to say a
    // thing.
    let plain = digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 1 || !digits.starts_with(b"0"));
    let number = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    number.filter(|_| plain).ok_or_else(|| "the size is not a number".to_owned())
}
// ANCHOR_END: header

// ANCHOR: read_frame
/// Reads a frame: its kind, or what is wrong with it, and its body into `body`. `None` is
/// the end of the stream between two frames.
///
/// # Errors
/// Those of the stream, its end inside a frame among them.
pub fn read_frame(
    stream: &mut impl Read,
    body: &mut Vec<u8>,
) -> io::Result<Option<Result<Kind, String>>> {
    // STEP 1: read a whole frame, and tell an end before it from an end inside
    let mut header = [0; HEADER];
    let come = loop {
        match stream.read(&mut header) {
            Ok(0) => return Ok(None),
            Ok(come) => break come,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    stream.read_exact(&mut header[come..])?;
    match parse_header(header) {
        Err(wrong) => Ok(Some(Err(wrong))),
        Ok((kind, length)) => {
            body.resize(length, 0);
            stream.read_exact(body)?;
            Ok(Some(Ok(kind)))
        }
    }
}
// ANCHOR_END: read_frame

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stand_in_the_order_of_their_kinds() {
        for (number, (kind, letter, ..)) in FORMS.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
            assert_eq!(FORMS.iter().filter(|form| form.1 == letter).count(), 1);
        }
    }

    #[test]
    fn headers_hold_kind_and_length() {
        for (kind, length, bytes) in [
            (Kind::Greeting, 0, *b"G\0\0\0\0"),
            (Kind::Size, 5, *b"S\0\0\0\x05"),
            (Kind::Name, 255, *b"N\0\0\0\xff"),
            (Kind::Bytes, 1, *b"B\0\0\0\x01"),
            (Kind::Bytes, 0x3ffff, *b"B\0\x03\xff\xff"),
            (Kind::Bytes, CHUNK, *b"B\0\x04\0\0"),
            (Kind::Digest, 32, *b"D\0\0\0\x20"),
            (Kind::GiveUp, 1024, *b"X\0\0\x04\0"),
        ] {
            assert_eq!(header(kind, length), bytes);
            assert_eq!(parse_header(bytes), Ok((kind, length)));
        }
    }

    #[test]
    fn headers_that_break_a_rule_are_refused() {
        for (bytes, why) in [
            (*b"\0\0\0\0\0", "0x00 begins no message"),
            (*b"g\0\0\0\0", "0x67 begins no message"),
            (*b"HTTP/", "0x48 begins no message"),
            (*b"\xff\xff\xff\xff\xff", "0xff begins no message"),
            (*b"S\0\0\0\x15", "a size of 21 bytes, and the limit is 20"),
            (*b"N\0\0\x01\0", "a name of 256 bytes, and the limit is 255"),
            (*b"G\x01\0\0\0", "a greeting of 16777216 bytes, and the limit is 1024"),
            (*b"B\0\0\0\0", "a piece of the file of 0 bytes, and it needs 1"),
            (
                *b"B\0\x04\0\x01",
                "a piece of the file of 262145 bytes, and the limit is 262144",
            ),
            (*b"D\0\0\0\x1f", "a digest of 31 bytes, and it needs 32"),
            (*b"D\0\0\0\x21", "a digest of 33 bytes, and the limit is 32"),
            (
                *b"X\xff\xff\xff\xff",
                "a reason to give up of 4294967295 bytes, and the limit is 1024",
            ),
        ] {
            assert_eq!(parse_header(bytes), Err(why.to_owned()));
        }
    }

    #[test]
    fn sizes_are_digits_alone() {
        for (digits, size) in
            [(&b"0"[..], 0), (b"18964", 18964), (b"18446744073709551615", u64::MAX)]
        {
            assert_eq!(parse_size(digits), Ok(size));
        }
        for digits in [
            &b""[..],
            b"-1",
            b"+1",
            b" 1",
            b"1 ",
            b"1e9",
            b"0x10",
            b"007",
            b"00",
            b"12345.jpg",
            b"18446744073709551616",
            b"\xff",
            "１２".as_bytes(),
        ] {
            assert!(parse_size(digits).is_err(), "{digits:x?}");
        }
    }

    #[test]
    fn frames_come_out_of_a_stream_however_it_is_cut() {
        let stream = b"S\0\0\0\x041234N\0\0\0\x055.jpg";
        for cut in 0..=stream.len() {
            let (first, second) = stream.split_at(cut);
            let mut stream = first.chain(second);
            let mut body = Vec::new();
            for expected in
                [Some((Kind::Size, "1234")), Some((Kind::Name, "5.jpg")), None]
            {
                let kind = read_frame(&mut stream, &mut body).unwrap();
                assert_eq!(kind, expected.map(|(kind, _)| Ok(kind)));
                assert!(expected.is_none_or(|(_, text)| text.as_bytes() == body));
            }
        }
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error() {
        let stream = b"S\0\0\0\x041234";
        for length in 1..stream.len() {
            let error =
                read_frame(&mut &stream[..length], &mut Vec::new()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{length}");
        }
    }

    #[test]
    fn nothing_is_allocated_for_a_length_over_the_limit() {
        let mut body = Vec::new();
        let outcome = read_frame(&mut &b"N\xff\xff\xff\xff"[..], &mut body).unwrap();
        assert!(matches!(outcome, Some(Err(_))) && body.capacity() == 0);
    }
}
