//! The server: a thread for each client, and a file from each of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use blake3::{Hash, Hasher};

use crate::frames::{Frames, PIECE, TEXT};
use crate::incoming::{begin, check_name, end, keep, sweep};
use crate::{complain, ensure, say, telling, why};

/// How many clients are served at a time; the next one waits.
const PLACES: usize = 64;

/// The most bytes that a file may have.
const MOST: u64 = 1 << 40;

/// How long to wait when the system has nothing left to give.
const PAUSE: Duration = Duration::from_millis(200);

/// How much may lie in memory that is not on the disk yet: the last bytes have to be there
/// before a client loses its patience.
const UNSYNCED: u64 = 64 << 20;

/// How many files were received. Two threads use it: a client's, and that of Ctrl-C.
static RECEIVED: AtomicUsize = AtomicUsize::new(0);

/// Receives files into `dir`, until Ctrl-C ends the program. What goes wrong with one of
/// them, or tries our `patience`, ends that one alone, and both sides
/// learn why.
///
/// # Errors
/// When the folder or the address cannot be had.
pub fn run(bind: SocketAddr, dir: &Path, patience: Duration) -> io::Result<()> {
    let shown = dir.to_string_lossy();
    let folder = fs::create_dir_all(dir).and_then(|()| sweep(dir));
    folder.map_err(telling(&format!("the folder {shown:?}")))?;
    let listener = TcpListener::bind(bind).map_err(telling(&format!("\"{bind}\"")))?;
    let on_ctrl_c = || {
        complain(&format!("files received: {}", RECEIVED.load(Relaxed)));
        end(0);
    };
    ctrlc::set_handler(on_ctrl_c).map_err(io::Error::other)?;
    say(&format!("listening on {}", listener.local_addr()?));
    // Each thread has a copy, so that they are counted.
    let places = Arc::new(());
    loop {
        while Arc::strong_count(&places) > PLACES {
            thread::sleep(PAUSE);
        }
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                complain(&format!("accept: {error}; trying again"));
                thread::sleep(PAUSE);
                continue;
            }
        };
        say(&format!("{peer} connected"));
        let (dir, place) = (dir.to_owned(), Arc::clone(&places));
        let talk = move || {
            serve(stream, peer, &dir, patience);
            drop(place);
        };
        if let Err(error) = thread::Builder::new().spawn(talk) {
            complain(&format!("{peer}: no thread for it: {error}"));
            thread::sleep(PAUSE);
        }
    }
}

/// One client, from its greeting to its end. If the file is not kept, both sides learn why.
fn serve(stream: TcpStream, peer: SocketAddr, dir: &Path, patience: Duration) {
    let client = Frames { stream, patience };
    if let Err(error) = receive(&client, peer, dir) {
        let why = why(&error);
        complain(&format!("{peer}: {why}"));
        // Whoever is gone does not hear it.
        let _ = client.send(format!("-{why}").as_bytes());
    }
    client.part();
    say(&format!("{peer} closed"));
}

/// The conversation, step by step.
fn receive(client: &Frames, peer: SocketAddr, dir: &Path) -> io::Result<()> {
    let mut room = [0; TEXT];
    let greeting = client.receive(&mut room)?;
    say(&format!("{peer} says {:?}", String::from_utf8_lossy(greeting)));
    client.send("+准备好了，请发吧".as_bytes())?;

    let text = String::from_utf8_lossy(client.receive(&mut room[..20])?).into_owned();
    say(&format!("{peer} size: {text:?}"));
    let size: u64 = text.parse().map_err(io::Error::other)?;
    // Neither `+1` nor `01`: there is one way to say it.
    ensure(size.to_string() == text && size <= MOST, "no size that we take")?;
    let name = client.receive(&mut room[..255])?.to_owned();
    say(&format!("{peer} name: {:?}", String::from_utf8_lossy(&name)));
    let name = check_name(&name)?;
    // `keep` would refuse it too, after all the bytes.
    let is_free = dir.join(name).symlink_metadata().is_err();
    ensure(is_free, "a file of that name is there already")?;
    let file = begin(dir).map_err(telling("cannot make a file"))?;
    client.send("+大小和名字都收到了，请发内容".as_bytes())?;

    let digest = receive_bytes(client, size, file.as_file())?;
    say(&format!("{peer} digest: {digest}"));
    let is_same = client.receive(&mut room[..32])? == digest.as_bytes();
    ensure(is_same, &format!("what came has the digest {digest}"))?;
    keep(file, dir, name)?;
    RECEIVED.fetch_add(1, Relaxed);
    say(&format!("{peer} kept: {name:?}, {size} bytes"));
    client.send(format!("+收完了：{name}").as_bytes())
}

/// Receives as many bytes as were announced, and returns the digest of them.
fn receive_bytes(client: &Frames, size: u64, mut file: &File) -> io::Result<Hash> {
    let mut room = vec![0; PIECE];
    let mut hasher = Hasher::new();
    let mut received = 0;
    while received < size {
        let so_far = format!("after {received} of {size} bytes");
        let piece = client.receive(&mut room).map_err(telling(&so_far))?;
        let length = piece.len() as u64;
        // Who sent a byte a frame would never be too slow.
        let is_full = length == (size - received).min(PIECE as u64);
        ensure(is_full, &format!("{so_far}: a piece of {length}"))?;
        hasher.update(piece);
        file.write_all(piece).map_err(telling("cannot write it"))?;
        received += length;
        if received.is_multiple_of(UNSYNCED) {
            file.sync_data().map_err(telling("cannot write it"))?;
        }
    }
    Ok(hasher.finalize())
}
