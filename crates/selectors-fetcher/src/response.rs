//! When is a response complete (RFC 9112)? Nothing here knows of sockets.

use std::io;

use httparse::{EMPTY_HEADER, Header, Status, parse_chunk_size};

/// No header is longer, and no line with the size of a chunk. (While one is not complete, it
/// is read from its beginning each time.)
const LONGEST_HEADER: usize = 32 << 10;

/// What has come of a response.
pub struct Response {
    /// As received.
    pub bytes: Vec<u8>,
    pub status: u16,
    end: End,
    /// How many bytes it may have.
    room: usize,
}

/// Where a response ends, as far as is known yet.
enum End {
    /// The header that begins here will say it.
    Header(usize),
    /// Here: the header has said how long the body is.
    At(usize),
    /// Where the server closes.
    Close,
    /// After the last chunk. The next one begins here, with its size.
    Chunk(usize),
}

impl Response {
    pub fn new(room: usize) -> Self {
        Self { bytes: Vec::new(), status: 0, end: End::Header(0), room }
    }

    /// Takes what has come: nothing, if the server has closed. Returns whether that is all.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.bytes.extend_from_slice(bytes);
        while let Some(end) = self.look_further()? {
            self.end = end;
        }
        let length = self.bytes.len();
        match self.end {
            End::At(end) if end <= length => {
                // What follows is none of it.
                self.bytes.truncate(end);
                Ok(true)
            }
            End::Close if bytes.is_empty() => Ok(true),
            _ if bytes.is_empty() => {
                Err(io::Error::other("the server closed too soon"))
            }
            End::Header(at) | End::Chunk(at)
                if length.saturating_sub(at) > LONGEST_HEADER =>
            {
                Err(io::Error::other("a header of more than 32 KiB"))
            }
            _ if length > self.room => {
                Err(io::Error::other("longer than there is room for"))
            }
            _ => Ok(false),
        }
    }

    /// Reads what tells more about the end, once it has come.
    fn look_further(&mut self) -> io::Result<Option<End>> {
        let mut lines = [EMPTY_HEADER; 256];
        match self.end {
            End::Header(at) => {
                let text = &self.bytes[at..];
                let mut header = httparse::Response::new(&mut lines);
                let parsed = header.parse(text).map_err(|why| {
                    let begin = String::from_utf8_lossy(&text[..text.len().min(20)]);
                    io::Error::other(format!("{why}, it begins with {begin:?}"))
                })?;
                let Status::Complete(length) = parsed else { return Ok(None) };
                self.status = header.code.unwrap_or_default();
                body(self.status, header.headers, at + length).map(Some)
            }
            End::Chunk(at) if at < self.bytes.len() => {
                let Ok(parsed) = parse_chunk_size(&self.bytes[at..]) else {
                    return Err(io::Error::other("a chunk does not say its size"));
                };
                let Status::Complete((line, size)) = parsed else { return Ok(None) };
                // The end of a line follows, which the size does not count.
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let end = size.saturating_add(at + line + 2);
                Ok(Some(if size == 0 { End::At(end) } else { End::Chunk(end) }))
            }
            _ => Ok(None),
        }
    }
}

/// Where the body ends that begins at `at` (section 6.3).
fn body(status: u16, header: &[Header<'_>], at: usize) -> io::Result<End> {
    let value = |name: &str| {
        let line = header.iter().rfind(|line| line.name.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(line.value).to_lowercase())
    };
    match (status, value("Transfer-Encoding"), value("Content-Length")) {
        (..100, ..) => Err(io::Error::other(format!("{status:03} is no status"))),
        // A word in between: the response itself follows.
        (100 | 102..=199, ..) => Ok(End::Header(at)),
        // These have no body, whatever they say.
        (204 | 304, ..) => Ok(End::At(at)),
        // Before the length: where both are given, this one is right.
        (_, Some(coding), _) if coding.ends_with("chunked") => Ok(End::Chunk(at)),
        (_, Some(_), _) | (_, None, None) => Ok(End::Close),
        (_, None, Some(text)) => match text.parse::<usize>() {
            Ok(length) => Ok(End::At(length.saturating_add(at))),
            Err(_) => Err(io::Error::other(format!("{text:?} is no length"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "HTTP/1.1 200 OK\r\n";

    /// What comes of an answer, in pieces of this size, and then the end.
    fn told(answer: &str, size: usize) -> Result<(usize, u16), String> {
        let mut response = Response::new(1000);
        for piece in answer.as_bytes().chunks(size).chain([&[][..]]) {
            match response.push(piece) {
                Ok(false) => {}
                Ok(true) => return Ok((response.bytes.len(), response.status)),
                Err(why) => return Err(why.to_string()),
            }
        }
        unreachable!("the end is the end")
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        let soon = "the server closed too soon";
        for (answer, expected) in [
            (format!("{OK}Content-Length: 2\r\n\r\nhi"), Ok("")),
            (format!("{OK}content-length: 2\r\n\r\nhi, and more"), Ok(", and more")),
            (format!("{OK}Content-Length: 0\r\n\r\n"), Ok("")),
            (format!("{OK}\r\nas long as it likes"), Ok("")),
            (format!("\r\n{OK}\r\nhi"), Ok("")),
            (
                format!("{OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
                Ok(""),
            ),
            (
                format!(
                    "{OK}Transfer-Encoding: x, Chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"
                ),
                Ok(""),
            ),
            (
                format!(
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\n\r\n{OK}Content-Length: 1\r\n\r\n!"
                ),
                Ok(""),
            ),
            ("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nno".into(), Ok("no")),
            ("HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n".into(), Ok("")),
            (format!("{OK}Content-Length: 3\r\n\r\nhi"), Err(soon)),
            (format!("{OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"), Err(soon)),
            (
                format!("{OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"),
                Err(soon),
            ),
            (format!("{OK}Content-Le"), Err(soon)),
            (String::new(), Err(soon)),
            ("HTTP/1.1 100 Continue\r\n\r\n".into(), Err(soon)),
            ("HTTP/1.1 099 No\r\n\r\n".into(), Err("099 is no status")),
            (format!("{OK}Content-Length: -1\r\n\r\n"), Err("\"-1\" is no length")),
            (format!("{OK}Content-Length: {}\r\n\r\n", usize::MAX), Err(soon)),
            (
                format!("{OK}Transfer-Encoding: chunked\r\n\r\nhi\r\n"),
                Err("a chunk does not say its size"),
            ),
            (
                format!("{OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
                Err(soon),
            ),
            (
                format!("{OK}\r\n{}", "x".repeat(2000)),
                Err("longer than there is room for"),
            ),
        ] {
            for size in [1, 2, 3, 7, usize::MAX] {
                let told = told(&answer, size).map(|(length, _)| &answer[length..]);
                let told = told.as_deref().map_err(String::as_str);
                // What follows may not have come yet, and is not waited for.
                assert!(
                    told == expected || told.is_ok() && expected == Ok(""),
                    "{answer:?} by {size}: {told:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_answer_is_shown() {
        for begin in
            ["220 mail.example.org", "\u{feff}HTTP/1.1 200 OK\r\n", "\u{1b}[2J"]
        {
            let why = told(begin, usize::MAX).unwrap_err();
            assert!(why.ends_with(&format!("it begins with {begin:?}")), "{why}");
        }
        assert_eq!(told("HTTP/1.0 404 Not\r\n\r\n", 5).unwrap().1, 404);
    }
}
