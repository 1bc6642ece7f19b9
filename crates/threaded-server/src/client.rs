//! The client: connect, then send a line and read its reply, until the end of input.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use crate::RECEIPT;
use crate::console::{complain, reason, say, show};
use crate::endpoint::{connect_to, is_gone};
use crate::text::printable;

/// A line that has no end is sent in parts of so many bytes.
const LONGEST_LINE: u64 = 1 << 24;

// ANCHOR: main
pub fn main(connect: &str) -> Result<(), String> {
    let server = connect_to(connect)?;
    complain(format_args!("connected to {connect}"));

    while let Some(line) =
        next_line().map_err(|error| format!("cannot read stdin: {}", reason(&error)))?
    {
        if line.is_empty() {
            complain(
                "an empty line is no bytes: nothing to send, so no reply to wait for",
            );
            continue;
        }
        let reply = exchange(&server, &line)
            .map_err(|error| format!("{connect}: {}", reason(&error)))?;
        if !reply.is_empty() {
            say(printable(&reply));
        }
        if !is_complete(&line, &reply) {
            let why = if reply.len() > longest(&line) {
                "sent more than any reply"
            } else {
                "closed the connection before its reply was complete"
            };
            return Err(format!("{connect} {why}"));
        }
    }

    hang_up(&server).map_err(|error| format!("{connect}: {}", reason(&error)))
}
// ANCHOR_END: main

/// A line of input without its line end, or none at the end of input. Bytes, not text:
/// what is typed is what is sent.
fn next_line() -> io::Result<Option<Vec<u8>>> {
    let asked = io::stdin().is_terminal();
    if asked {
        show("you: ");
    }
    let mut line = Vec::new();
    if io::stdin().lock().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        // What comes next begins on a line of its own.
        if asked {
            say("");
        }
        return Ok(None);
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    Ok(Some(line))
}

// ANCHOR: exchange
/// Sends `line` and reads its reply, which is cut short when the server ends the
/// connection.
///
/// Both at once: the server replies while a long line is still on its way, and two
/// programs that only write wait for each other for ever, with the buffers between them
/// full.
fn exchange(server: &TcpStream, line: &[u8]) -> io::Result<Vec<u8>> {
    thread::scope(|scope| {
        // Its failure shows on the reading side, as the end of the reply.
        thread::Builder::new()
            .spawn_scoped(scope, || (&*server).write_all(line))
            .map_err(|error| {
                io::Error::other(format!("no thread to send on: {error}"))
            })?;

        let reply = read_reply(server, line);
        if !matches!(&reply, Ok(reply) if is_complete(line, reply)) {
            // Nobody will read the rest of the line: do not wait for it to be taken.
            let _ = server.shutdown(Shutdown::Both);
        }
        reply
    })
}

fn read_reply(mut server: &TcpStream, line: &[u8]) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let mut buffer = [0; 1024];
    while !is_complete(line, &reply) && reply.len() <= longest(line) {
        match server.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => reply.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_gone(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(reply)
}

/// Whether all of `line` has come back, with a receipt for each read that the server
/// made of it.
///
/// TCP does not say where a reply ends, so its content has to. Receipts that the user
/// typed come back too, and are not counted.
fn is_complete(line: &[u8], reply: &[u8]) -> bool {
    reply.ends_with(RECEIPT)
        && reply.len() >= line.len() + RECEIPT.len()
        && reply.len()
            >= line.len()
                + RECEIPT.len() * receipts(reply).saturating_sub(receipts(line))
}
// ANCHOR_END: exchange

/// A receipt for each byte.
fn longest(line: &[u8]) -> usize {
    line.len() * (1 + RECEIPT.len())
}

fn receipts(bytes: &[u8]) -> usize {
    bytes.windows(RECEIPT.len()).filter(|window| *window == RECEIPT).count()
}

// ANCHOR: hang_up
/// Says that no more will be sent (a half-close), then waits until the server has ended
/// its side too.
fn hang_up(mut server: &TcpStream) -> io::Result<()> {
    match server
        .shutdown(Shutdown::Write)
        .and_then(|()| io::copy(&mut server, &mut io::sink()))
    {
        // A server that is gone has nothing more to say: that is what we waited for.
        Err(error) if !is_gone(&error) && error.kind() != ErrorKind::NotConnected => {
            Err(error)
        }
        _ => Ok(()),
    }
}
// ANCHOR_END: hang_up

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server answers that reads `line` in pieces of these lengths.
    fn reply(line: &[u8], pieces: &[usize]) -> Vec<u8> {
        let mut rest = line;
        let mut reply = Vec::new();
        for length in pieces {
            let (piece, after) = rest.split_at(*length);
            reply.extend_from_slice(&[piece, RECEIPT].concat());
            rest = after;
        }
        reply
    }

    #[test]
    fn a_reply_is_complete_at_its_end_and_not_before() {
        let long = vec![b'x'; 102_400];
        let quoted = [b"you said", RECEIPT].concat();
        let cases: [(&[u8], &[usize]); 6] = [
            (b"hi", &[2]),
            ("你好".as_bytes(), &[4, 2]),
            (&long[..2058], &[1024, 1024, 10]),
            (&long, &[1024; 100]),
            (&quoted, &[quoted.len()]),
            (b"abc", &[1, 1, 1]),
        ];
        for (line, pieces) in cases {
            let reply = reply(line, pieces);
            for end in (0..reply.len())
                .filter(|end| reply[..*end].ends_with(RECEIPT) || *end < 50)
            {
                assert!(
                    !is_complete(line, &reply[..end]),
                    "{} bytes read as {pieces:?}: at {end}",
                    line.len()
                );
            }
            assert!(
                is_complete(line, &reply),
                "{} bytes read as {pieces:?}",
                line.len()
            );
        }
    }
}
