//! When a response is complete. Its bytes come in pieces of any size; nothing here
//! knows of sockets.

use httparse::{EMPTY_HEADER, ParserConfig, Status, parse_chunk_size};

use crate::output::{count, visible};

// ANCHOR: limits
/// A header is rarely a tenth of this. A server that never ends one is not waited for.
const LONGEST_HEADER: usize = 64 << 10;

/// A response is kept until it is complete, so this is the memory that a server which
/// never stops can cost.
const LONGEST: usize = 16 << 20;
// ANCHOR_END: limits

/// Lines that one header may have.
const MOST_LINES: usize = 256;

/// The size of a chunk, and what may stand beside it.
const LONGEST_SIZE: usize = 1024;

/// What every response begins with that we understand.
const VERSION: &[u8] = b"HTTP/1.";

/// What has come of a response.
#[derive(Default)]
pub struct Response {
    /// As received.
    pub bytes: Vec<u8>,
    /// The status, once the header is complete.
    pub code: Option<u16>,
    part: Part,
    /// Where this part begins.
    begin: usize,
    /// Up to here is no empty line: no byte is searched twice.
    searched: usize,
}

// ANCHOR: part
/// A part of a response, by how its end is known.
#[derive(Clone, Copy, Default)]
enum Part {
    /// Ends with an empty line.
    #[default]
    Header,
    /// A body that ends here: the header said how long it is.
    Counted(usize),
    /// A body in chunks, each with its size in front; the next size stands here.
    Chunks(usize),
    /// Ends with an empty line, after the last chunk.
    Trailer,
    /// A body that ends when the server closes the connection.
    UntilEnd,
}
// ANCHOR_END: part

impl Response {
    // ANCHOR: push
    /// Takes what has come. Returns whether the response is complete; what a server
    /// sends after its end is none of it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, String> {
        self.bytes.extend_from_slice(bytes);
        loop {
            let next = match self.part {
                Part::Header => self.header()?,
                Part::Counted(end) if end <= self.bytes.len() => {
                    self.bytes.truncate(within_limit(end)?);
                    return Ok(true);
                }
                Part::Chunks(next) => self.chunk(next)?,
                Part::Trailer => self.empty_line()?.map(Part::Counted),
                Part::Counted(_) | Part::UntilEnd => None,
            };
            let Some(part) = next else { break };
            self.part = part;
        }
        within_limit(self.bytes.len())?;
        Ok(false)
    }
    // ANCHOR_END: push

    /// Whether the server may close the connection now.
    pub fn may_end_here(&self) -> bool {
        matches!(self.part, Part::UntilEnd)
    }

    /// How far it has come, to follow what ended it.
    pub fn progress(&self) -> String {
        let length = self.bytes.len() - self.begin;
        match self.part {
            Part::Header if self.bytes.is_empty() => {
                "before the first byte of a response".to_owned()
            }
            Part::Header => format!("in the header, after {}", count(length, "byte")),
            Part::Counted(end) => {
                format!(
                    "in the body, after {length} of {}",
                    count(end - self.begin, "byte")
                )
            }
            Part::Chunks(_) | Part::Trailer => {
                "in a body of chunks, before its end".to_owned()
            }
            Part::UntilEnd => format!("in the body, after {}", count(length, "byte")),
        }
    }

    /// Reads the header once it is complete, and tells what follows.
    fn header(&mut self) -> Result<Option<Part>, String> {
        let rest = &self.bytes[self.begin..];
        if !rest.iter().zip(VERSION).all(|(byte, expected)| byte == expected) {
            let line = rest.split(|byte| b"\r\n".contains(byte)).next().unwrap_or(rest);
            let line: String = visible(line, &[]).chars().take(20).collect();
            return Err(format!("this is not HTTP; it begins with `{line}`"));
        }
        let Some(end) = self.empty_line()? else { return Ok(None) };

        let mut lines = [EMPTY_HEADER; MOST_LINES];
        let mut header = httparse::Response::new(&mut lines);
        let mut parser = ParserConfig::default();
        // Rare by now, but allowed: a value that goes on in the next line (RFC 9112, 5.2).
        parser.allow_obsolete_multiline_headers_in_responses(true);
        parser
            .parse_response(&mut header, &self.bytes[self.begin..end])
            .map_err(|error| format!("the header is broken: {error}"))?;
        let code = header.code;
        let body = body(end, code, header.headers)?;
        (self.begin, self.searched) = (end, end);
        if !matches!(body, Part::Header) {
            self.code = code;
        }
        Ok(Some(body))
    }

    /// The end of the empty line that ends a header or a trailer, once it has come.
    fn empty_line(&mut self) -> Result<Option<usize>, String> {
        let rest = &self.bytes[self.searched..];
        let ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = ends.map(|(at, _)| at + 1).find_map(|at| {
            let empty = |line: &&str| rest[at..].starts_with(line.as_bytes());
            ["\n", "\r\n"].iter().find(|line| empty(line)).map(|line| at + line.len())
        });
        let end = end.map(|end| self.searched + end);

        // The last two may be the first two of three.
        self.searched = self.searched.max(self.bytes.len().saturating_sub(2));
        if end.unwrap_or(self.bytes.len()) - self.begin > LONGEST_HEADER {
            return Err(format!("a header of more than {} KiB", LONGEST_HEADER >> 10));
        }
        Ok(end)
    }

    // ANCHOR: chunk
    /// Steps over the chunk whose size stands at `at`, once that has come.
    fn chunk(&mut self, at: usize) -> Result<Option<Part>, String> {
        // STEP 9: read the size at `at`, and tell where the next one stands
        let Some(rest) = self.bytes.get(at..) else { return Ok(None) };
        // The one before ends with a line end that its size does not count.
        let ended = at == self.begin || self.bytes[..at].ends_with(b"\r\n");
        if !ended || rest.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
            return Err("a chunk does not end where its size says".to_owned());
        }
        // What may stand beside a size is not waited for without end.
        let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if line > LONGEST_SIZE {
            return Err("the line of a chunk's size is too long".to_owned());
        }
        match parse_chunk_size(rest) {
            Ok(Status::Complete((line, 0))) => {
                self.begin = at + line;
                // The end of this line and an empty one may be all of the trailer.
                self.searched = self.begin - 1;
                Ok(Some(Part::Trailer))
            }
            Ok(Status::Complete((line, size))) => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let end = within_limit((at + line + 2).saturating_add(size))?;
                Ok(Some(Part::Chunks(end)))
            }
            Ok(Status::Partial) => Ok(None),
            Err(_) => Err("a chunk without a size".to_owned()),
        }
    }
    // ANCHOR_END: chunk
}

// ANCHOR: body
/// What follows a header that ends at `end` (RFC 9112, 6.3).
fn body(
    end: usize,
    code: Option<u16>,
    lines: &[httparse::Header<'_>],
) -> Result<Part, String> {
    // STEP 8: tell from status and header how the end of the body is known
    match code {
        // A word in between; the response itself follows. (101 is its own last word.)
        Some(100 | 102..=199) => return Ok(Part::Header),
        Some(204 | 304) => return Ok(Part::Counted(end)),
        _ => {}
    }
    // Before the length: where both are given, this one is right.
    if let Some(last) =
        values(lines, "Transfer-Encoding").iter().rfind(|value| !value.is_empty())
    {
        let chunked = last.eq_ignore_ascii_case(b"chunked");
        return Ok(if chunked { Part::Chunks(end) } else { Part::UntilEnd });
    }
    match content_length(lines)? {
        Some(length) => within_limit(end.saturating_add(length)).map(Part::Counted),
        None => Ok(Part::UntilEnd),
    }
}
// ANCHOR_END: body

/// What the lines of this name say: several in one line stand between commas.
fn values<'a>(lines: &[httparse::Header<'a>], name: &str) -> Vec<&'a [u8]> {
    lines
        .iter()
        .filter(|line| line.name.eq_ignore_ascii_case(name))
        .flat_map(|line| line.value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .collect()
}

/// How long the body is, where the header says so: if more than once, then the same.
fn content_length(lines: &[httparse::Header<'_>]) -> Result<Option<usize>, String> {
    let lengths = values(lines, "Content-Length");
    let Some(length) = lengths.first() else { return Ok(None) };
    if length.is_empty() || !length.iter().all(u8::is_ascii_digit) {
        return Err("its Content-Length is no length".to_owned());
    }
    if lengths.iter().any(|other| other != length) {
        return Err("it has two Content-Lengths, and they differ".to_owned());
    }
    // All digits: what cannot be parsed is too large.
    let length = str::from_utf8(length).ok().and_then(|length| length.parse().ok());
    Ok(Some(length.unwrap_or(usize::MAX)))
}

fn within_limit(length: usize) -> Result<usize, String> {
    if length > LONGEST {
        return Err(format!("the response is longer than {} MiB", LONGEST >> 20));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a response that comes in pieces of `size`, and then ends: how
    /// much of it was taken, or why it is broken.
    fn outcome(bytes: &[u8], size: usize) -> Result<(Option<u16>, usize), String> {
        let mut response = Response::default();
        for piece in bytes.chunks(size) {
            if response.push(piece)? {
                return Ok((response.code, response.bytes.len()));
            }
        }
        if response.may_end_here() {
            return Ok((response.code, response.bytes.len()));
        }
        Err(format!("closed {}", response.progress()))
    }

    /// The outcome in pieces of any size, which must not depend on it.
    #[track_caller]
    fn check(bytes: &str, expected: Result<(u16, usize), &str>) {
        let expected =
            expected.map(|(code, length)| (Some(code), length)).map_err(str::to_owned);
        for size in (1..=bytes.len().max(1)).filter(|size| *size < 20 || size % 97 == 0)
        {
            assert_eq!(
                outcome(bytes.as_bytes(), size),
                expected,
                "{bytes:?} by {size}"
            );
        }
        assert_eq!(
            outcome(bytes.as_bytes(), bytes.len().max(1)),
            expected,
            "{bytes:?}"
        );
    }

    #[track_caller]
    fn complete(bytes: &str, code: u16) {
        check(bytes, Ok((code, bytes.len())));
    }

    #[test]
    fn complete_responses_end_where_they_say() {
        complete("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200);
        complete("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", 200);
        complete(
            "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nhi",
            200,
        );
        complete("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n", 404);
        complete("HTTP/1.0 200 OK\nContent-Length: 2\n\nhi", 200);
        complete("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204);
        complete(
            "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
            304,
        );
        complete("HTTP/1.1 200\r\n\r\nuntil the end", 200);
        complete(
            "HTTP/1.1 200 OK\r\nA: one\r\n two\r\nContent-Length: 2\r\n\r\nhi",
            200,
        );
        complete(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nuntil the end",
            200,
        );
    }

    #[test]
    fn chunks_are_counted() {
        let header = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 1\r\n\r\n";
        for chunks in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "5;name=\"value\"\r\nhello\r\n00000000\r\n\r\n",
            "a\r\n0\r\n\r\n12345\r\nA\r\n1234567890\r\n0\r\nTrailer: one\r\nAnother: two\r\n\r\n",
        ] {
            complete(&format!("{header}{chunks}"), 200);
        }
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, ,\r\n\r\n5\r\nhel",
            Err("closed in a body of chunks, before its end"),
        );
        for (chunks, why) in [
            ("", "closed in a body of chunks, before its end"),
            ("5\r\nhel", "closed in a body of chunks, before its end"),
            ("5\r\nhello\r\n", "closed in a body of chunks, before its end"),
            ("5\r\nhello\r\n0\r\n", "closed in a body of chunks, before its end"),
            ("0\r\nTrailer: one\r\n", "closed in a body of chunks, before its end"),
            ("5\r\nhello!\r\n0\r\n\r\n", "a chunk does not end where its size says"),
            ("5\r\nhello\r\n\r\n0\r\n\r\n", "a chunk does not end where its size says"),
            ("\r\n", "a chunk does not end where its size says"),
            ("5 x\r\nhello", "a chunk without a size"),
            ("fffffffffffffffff\r\n", "a chunk without a size"),
            ("ffffffffffffffff\r\n", "the response is longer than 16 MiB"),
        ] {
            check(&format!("{header}{chunks}"), Err(why));
        }
    }

    #[test]
    fn what_follows_a_complete_response_is_none_of_it() {
        for response in [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n",
        ] {
            let code = response[9..12].parse().unwrap();
            check(&format!("{response}HTTP/1.1 500"), Ok((code, response.len())));
        }
    }

    #[test]
    fn words_in_between_are_kept_and_do_not_count() {
        let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n";
        complete(
            &format!("{early}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
            200,
        );
        check(early, Err("closed in the header, after 0 bytes"));
        check(&format!("{early}?"), Err("this is not HTTP; it begins with `?`"));
        complete("HTTP/1.1 101 Switching Protocols\r\n\r\n\x01\x02", 101);
    }

    #[test]
    fn short_and_broken_responses_are_told() {
        for (bytes, why) in [
            ("", "closed before the first byte of a response"),
            ("HT", "closed in the header, after 2 bytes"),
            ("HTTP/1.1 200 OK\r\n", "closed in the header, after 17 bytes"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r", "closed in the header, after 24 bytes"),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                "closed in the body, after 5 of 10 bytes",
            ),
            ("HTTP/1.1 abc\r\n\r\n", "the header is broken: invalid response status"),
            (
                "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
                "the header is broken: invalid header name",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "its Content-Length is no length",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
                "its Content-Length is no length",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
                "it has two Content-Lengths, and they differ",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "the response is longer than 16 MiB",
            ),
        ] {
            check(bytes, Err(why));
        }
    }

    #[test]
    fn another_protocol_is_noticed_at_its_first_bytes() {
        for (bytes, begin) in [
            ("SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2"),
            ("220 mail.example.org ESMTP ready\r\n", "220 mail.example.org"),
            ("HTTP/2 200\r\n", "HTTP/2 200"),
            ("\x16\x03\x01", "\\u{16}\\u{3}\\u{1}"),
            ("你好你好你好你好你好你好你好", "你好你好你好你好你好你好你好"),
            ("\n", ""),
        ] {
            let error = outcome(bytes.as_bytes(), bytes.len()).unwrap_err();
            assert_eq!(error, format!("this is not HTTP; it begins with `{begin}`"));
        }
    }

    #[test]
    fn limits_hold_however_the_bytes_come() {
        let line = "a".repeat(LONGEST_HEADER);
        let long = format!("HTTP/1.1 200 OK\r\nA: {line}\r\nContent-Length: 0\r\n\r\n");
        let extension = "a".repeat(LONGEST_SIZE);
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let beside = format!("{chunked}1;{extension}\r\na\r\n0\r\n\r\n");
        // A chunk that fits, and an end that does not.
        let size = LONGEST - chunked.len() - "ffffff\r\n\r\n".len();
        let large = format!("{chunked}{size:x}\r\n{}\r\n0\r\n\r\n", "a".repeat(size));
        for (bytes, why) in [
            (long, "a header of more than 64 KiB"),
            (beside, "the line of a chunk's size is too long"),
            (large, "the response is longer than 16 MiB"),
        ] {
            for size in [1 << 10, 1 << 14, bytes.len()] {
                assert_eq!(
                    outcome(bytes.as_bytes(), size),
                    Err(why.to_owned()),
                    "{size}"
                );
            }
        }
    }

    #[test]
    fn endless_servers_are_not_waited_for() {
        let endless = |begin: &str, piece: &[u8]| {
            let mut response = Response::default();
            let mut error = response.push(begin.as_bytes()).err();
            for _ in 0..LONGEST {
                if error.is_none() {
                    error = response.push(piece).err();
                }
            }
            assert!(response.bytes.len() <= LONGEST + piece.len());
            error.unwrap()
        };
        let start = std::time::Instant::now();
        assert_eq!(
            endless("HTTP/1.1 200 OK\r\n", b"x"),
            "a header of more than 64 KiB"
        );
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            endless(&format!("{chunked}1;"), b"x"),
            "the line of a chunk's size is too long"
        );
        assert_eq!(
            endless(&format!("{chunked}0\r\n"), b"a"),
            "a header of more than 64 KiB"
        );
        let piece = [b'x'; 1 << 14];
        assert_eq!(
            endless("HTTP/1.1 200 OK\r\n\r\n", &piece),
            "the response is longer than 16 MiB"
        );
        let words = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
        assert_eq!(endless("", words.as_bytes()), "the response is longer than 16 MiB");
        let lines =
            format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MOST_LINES + 1));
        assert_eq!(endless(&lines, b""), "the header is broken: too many headers");
        // Looking at all bytes again for each that comes would take minutes.
        assert!(start.elapsed().as_secs() < 60);
    }
}
