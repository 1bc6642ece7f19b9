//! The client: a connection for each file.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::console::{complain, count, reason, say, show};
use crate::endpoint::connect_to;
use crate::outgoing::{Outgoing, shown};
use crate::protocol::{CHUNK, HEADER, Kind, header};
use crate::talk::{End, Talk, part};
use crate::text::printable;

/// How long the last words of a server that has broken off may be on their way.
const A_MOMENT: Duration = Duration::from_millis(500);

/// Longer than any system takes, in bytes.
const LONGEST_PATH: u64 = 1 << 16;

// ANCHOR: main
/// Sends each of `files`, or one that it asks for.
pub fn main(
    connect: &str,
    name: Option<&str>,
    timeout: Duration,
    mut files: Vec<PathBuf>,
) -> Result<(), String> {
    if files.is_empty() {
        let Some(path) = ask()? else { return Ok(()) };
        files.push(path);
    }

    let send = |file: &Path| {
        let outgoing = Outgoing::open(file, name)?;
        send(connect, outgoing, timeout)
            .map_err(|why| format!("{}: {why}", shown(file)))
    };
    if let [file] = files.as_slice() {
        return send(file);
    }
    let outcomes = files.iter().map(|file| send(file).inspect_err(|why| complain(why)));
    let failed = outcomes.filter(Result::is_err).count();
    if failed > 0 {
        return Err(format!("{failed} of {} not sent", count(files.len(), "file")));
    }
    say(format_args!("{} sent", count(files.len(), "file")));
    Ok(())
}
// ANCHOR_END: main

/// The path that the user types, or none at the end of input.
fn ask() -> Result<Option<PathBuf>, String> {
    let asked = io::stdin().is_terminal();
    if asked {
        show("the file to send: ");
    }
    let mut line = String::new();
    let length = io::stdin().lock().take(LONGEST_PATH).read_line(&mut line);
    match length.map_err(|error| format!("cannot read stdin: {}", reason(&error)))? {
        0 => {
            // What comes next begins on a line of its own.
            if asked {
                say("");
            }
            Ok(None)
        }
        _ => match line.trim_end_matches(['\r', '\n']) {
            "" => Err("no file was named".to_owned()),
            path => Ok(Some(path.into())),
        },
    }
}

// ANCHOR: send
/// One file, one connection.
fn send(connect: &str, outgoing: Outgoing, timeout: Duration) -> Result<(), String> {
    let server = connect_to(connect)?;
    complain(format_args!("connected to {connect}"));
    let mut talk = Talk::new(&server, timeout).map_err(|error| reason(&error))?;

    match converse(&mut talk, &server, outgoing) {
        Ok(()) => {
            // What we wanted is confirmed: how the connection ends does not matter.
            part(&server);
            Ok(())
        }
        Err(End::WeGiveUp(why)) => {
            talk.give_up(&why);
            part(&server);
            Err(format!("given up: {why}"))
        }
        Err(End::TheyGiveUp(why)) => {
            part(&server);
            Err(format!("refused: {why}"))
        }
        Err(End::Left) => Err("the server left too early".to_owned()),
        Err(End::Lost(why)) => match last_words(&server, &mut talk) {
            Some(reason) => Err(format!("refused: {reason}")),
            None => Err(format!("the server {why}")),
        },
    }
}

/// Why a server broke off while we were speaking, if it has told.
fn last_words(server: &TcpStream, talk: &mut Talk<'_>) -> Option<String> {
    server.set_read_timeout(Some(A_MOMENT)).ok()?;
    match talk.hear() {
        Err(End::TheyGiveUp(why)) => Some(why),
        _ => None,
    }
}

/// The conversation, step by step.
fn converse(
    talk: &mut Talk<'_>,
    server: &TcpStream,
    mut outgoing: Outgoing,
) -> Result<(), End> {
    // STEP 8: greet, announce, send and end, and hear the answer where one is due
    talk.say(Kind::Greeting, "我要发送文件了，准备好了吗？".as_bytes())?;
    say(format_args!("the server says: {}", printable(talk.expect(Kind::Ready)?)));

    let Outgoing { size, name, .. } = &outgoing;
    talk.say(Kind::Size, size.to_string().as_bytes())?;
    talk.say(Kind::Name, name.as_bytes())?;
    say(format_args!("size: {size}"));
    say(format_args!("name: {}", printable(name.as_bytes())));
    say(format_args!("the server says: {}", printable(talk.expect(Kind::Accepted)?)));

    let digest = send_bytes(talk, server, &mut outgoing)?;
    say(format_args!("digest: {digest}"));
    talk.say(Kind::Digest, digest.as_bytes())?;
    // "That was all." Without it the server could not know that nothing more comes.
    server.shutdown(Shutdown::Write).map_err(|error| End::Lost(reason(&error)))?;

    // Nobody can tell how far the server has come that says nothing now.
    let unsure = |why| format!("{why}; the server may have the file").into();
    match talk.expect(Kind::Confirmed) {
        Ok(text) => say(format_args!("the server says: {}", printable(text))),
        Err(End::TheyGiveUp(why)) => return Err(End::TheyGiveUp(why)),
        Err(End::WeGiveUp(why)) => return Err(unsure(why)),
        Err(End::Left) => return Err(unsure("the server left".to_owned())),
        Err(End::Lost(why)) => return Err(unsure(format!("the server {why}"))),
    }
    Ok(())
}
// ANCHOR_END: send

// ANCHOR: send_bytes
/// The bytes of the file: as many as were announced, and the digest of them.
fn send_bytes(
    talk: &mut Talk<'_>,
    server: &TcpStream,
    outgoing: &mut Outgoing,
) -> Result<blake3::Hash, End> {
    // STEP 9: send as many bytes as were announced, piece by piece, and digest them
    let bar = progress_bar(outgoing.size);
    let mut hasher = blake3::Hasher::new();
    let mut frame = vec![0; HEADER + CHUNK];
    let mut left = outgoing.size;
    while left > 0 {
        let room = frame.len().min(HEADER + usize::try_from(left).unwrap_or(CHUNK));
        let length = match outgoing.file.read(&mut frame[HEADER..room]) {
            Ok(0) => return Err("the file shrank while it was sent".to_owned().into()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(cannot_read_on(&error)),
        };
        // Nobody wants the rest, once the server has said why.
        end_if_refused(talk, server)?;
        let (head, bytes) = frame.split_at_mut(HEADER);
        head.copy_from_slice(&header(Kind::Bytes, length));
        hasher.update(&bytes[..length]);
        talk.send(&frame[..HEADER + length])?;
        left -= length as u64;
        bar.inc(length as u64);
    }
    bar.finish_and_clear();
    tell_growth(outgoing)?;
    Ok(hasher.finalize())
}

/// One byte more than the file had: somebody still writes to it.
fn tell_growth(outgoing: &mut Outgoing) -> Result<(), End> {
    let Outgoing { file, name, size } = outgoing;
    if file.read(&mut [0]).map_err(|error| cannot_read_on(&error))? > 0 {
        complain(format_args!(
            "{} grew while it was sent: its first {size} bytes went",
            printable(name.as_bytes())
        ));
    }
    Ok(())
}

fn cannot_read_on(error: &io::Error) -> End {
    format!("cannot read on: {}", reason(error)).into()
}

/// While we send it is not the server's turn, unless it refuses.
fn end_if_refused(talk: &mut Talk<'_>, server: &TcpStream) -> Result<(), End> {
    if !has_spoken(server) {
        return Ok(());
    }
    let (kind, _) = talk.hear()?;
    Err(format!("{kind} came out of turn").into())
}

/// Whether the server has said something, or left, while it was our turn.
fn has_spoken(server: &TcpStream) -> bool {
    let asked = server.set_nonblocking(true).is_ok();
    let answer = server.peek(&mut [0]);
    asked && server.set_nonblocking(false).is_ok() && answer.is_ok()
}
// ANCHOR_END: send_bytes

/// On a terminal; elsewhere it shows nothing.
fn progress_bar(size: u64) -> ProgressBar {
    let template = "{bytes} of {total_bytes} {wide_bar} {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(size)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_finish(ProgressFinish::AndClear)
}
