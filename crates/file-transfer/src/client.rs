//! The client: one file, one connection.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blake3::{Hash, Hasher};
use indicatif::{ProgressBar, ProgressStyle};

use crate::frames::{Frames, PIECE, TEXT};
use crate::{complain, ensure, say, telling};

/// Sends `file`, or one that it asks for.
///
/// # Errors
/// When there is no such file, no server, or no confirmation.
pub fn run(host: &str, file: Option<PathBuf>, patience: Duration) -> io::Result<()> {
    let Some(path) = file.map_or_else(ask, |path| Ok(Some(path)))? else {
        return Ok(());
    };
    // Opened before we connect: nobody should wait for a file that is not there. (To open
    // a pipe would be to wait for its writer.)
    let shown = format!("{:?}", path.to_string_lossy());
    let in_words = telling(&shown);
    let is_file = path.metadata().map_err(&in_words)?.is_file();
    ensure(is_file, &format!("{shown}: a folder, or no file with a size"))?;
    let file = File::open(&path).map_err(&in_words)?;
    let stream = connect(host, patience).map_err(telling(&format!("{host:?}")))?;
    complain(&format!("connected to {host}"));
    send_file(&Frames { stream, patience }, &path, &file).map_err(&in_words)
}

/// The path that is typed, or none at the end of input.
fn ask() -> io::Result<Option<PathBuf>> {
    complain("which file?");
    let mut line = String::new();
    let typed = io::stdin().read_line(&mut line);
    let length = typed.map_err(telling("stdin, which has to be UTF-8"))?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).into()))
}

/// What `TcpStream::connect` does, with a limit for each address.
fn connect(host: &str, patience: Duration) -> io::Result<TcpStream> {
    let mut stream = Err(ErrorKind::NotFound.into());
    for address in host.to_socket_addrs()? {
        let next = |_: io::Error| TcpStream::connect_timeout(&address, patience);
        stream = stream.or_else(next);
    }
    stream
}

/// The conversation, step by step.
fn send_file(server: &Frames, path: &Path, file: &File) -> io::Result<()> {
    let begin = Instant::now();
    let size = file.metadata()?.len();
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| io::Error::other("its name is not UTF-8"))?;
    // The name follows the size without an answer in between: TCP is not to wait for one.
    server.stream.set_nodelay(true)?;
    server.send("我要发送文件了，准备好了吗？".as_bytes())?;
    answer(server)?;

    say(&format!("size: {size}"));
    server.send(size.to_string().as_bytes())?;
    say(&format!("name: {name:?}"));
    server.send(name.as_bytes())?;
    answer(server)?;

    let digest = send_bytes(server, file, size)?;
    say(&format!("digest: {digest}"));
    server.send(digest.as_bytes())?;
    // Without an answer nobody knows how far the server has come.
    answer(server).map_err(telling("not confirmed"))?;
    let took = begin.elapsed();
    // Bytes in a millisecond are kilobytes in a second.
    let rate = u128::from(size) / took.as_millis().max(1);
    complain(&format!("{size} bytes in {took:.1?}, {rate} kB/s"));
    Ok(())
}

/// What the server says: that it goes on, or why it does not.
fn answer(server: &Frames) -> io::Result<()> {
    let mut room = [0; TEXT];
    let answer = server.receive(&mut room).map_err(telling("no answer"))?;
    let text = String::from_utf8_lossy(answer);
    match text.split_at_checked(1) {
        Some(("+", text)) => say(&format!("the server says {text:?}")),
        Some(("-", why)) => return Err(io::Error::other(format!("refused: {why:?}"))),
        _ => return Err(io::Error::other(format!("neither yes nor no: {text:?}"))),
    }
    Ok(())
}

/// Sends as many bytes as were announced, and returns the digest of them.
fn send_bytes(server: &Frames, mut file: &File, size: u64) -> io::Result<Hash> {
    let bar = ProgressBar::new(size);
    let style = "{bytes} of {total_bytes} {wide_bar} {bytes_per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).map_err(io::Error::other)?);
    let mut hasher = Hasher::new();
    let mut piece = vec![0; PIECE];
    let mut left = size;
    while left > 0 {
        piece.truncate(usize::try_from(left).unwrap_or(PIECE));
        file.read_exact(&mut piece).map_err(telling("it shrank"))?;
        // It is not the server's turn, but to refuse: then nobody wants the rest.
        if server.has_spoken()? {
            let early = Err(io::Error::other("it speaks out of turn"));
            return answer(server).and(early);
        }
        hasher.update(&piece);
        // If it has left, its last words tell more than that it is gone.
        server.send(&piece).or_else(|error| answer(server).and(Err(error)))?;
        left -= piece.len() as u64;
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(hasher.finalize())
}
