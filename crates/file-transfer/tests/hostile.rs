//! Ten thousand conversations that no well-made program would have, and one server that
//! has to live through all of them.
//!
//! `CONVERSATIONS` and `SEED`, in the environment, choose others.

mod server;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use server::{Server, frame, wait_until};
use socket2::SockRef;

/// How many are had at a time.
const AT_ONCE: u64 = 4;

/// Xorshift: the same seed gives the same conversations, on every system.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 8).unwrap_or(0) % limit.max(1)
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_be_bytes()[3]).collect()
    }
}

/// Names that lead elsewhere, or nowhere, among harmless ones.
const NAMES: [&[u8]; 26] = [
    b"a.txt",
    b"b.txt",
    "\u{4f60}\u{597d}.jpg".as_bytes(),
    "photo\u{202e}gpj.exe".as_bytes(),
    "\u{feff}a".as_bytes(),
    b"",
    b".",
    b"..",
    b"../witness.txt",
    b"../new.txt",
    b"/tmp/file-transfer-was-here",
    b"\\..\\witness.txt",
    b"..\\..\\new.txt",
    b"C:new.txt",
    b"a/b",
    b"a\0b",
    b"a\nb",
    b"\x1b[2J",
    b"CON",
    b"com1.txt",
    b"x.",
    b"x ",
    b"\xff\xfe",
    b".file-transfer-abcdef.part",
    b"...",
    b"a.txt:stream",
];

const SIZES: [&[u8]; 8] = [
    b"0",
    b"1",
    b"-1",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999",
    b"12 ",
    b"1e3",
];

/// What every file that is kept must consist of: a beginning of this.
fn content(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| format!("{n} ").into_bytes()).take(length).collect()
}

/// A conversation as it should be, in frames.
fn orderly(random: &mut Random) -> Vec<Vec<u8>> {
    let length = random.of(&[0, 1, 5, 100, 1000, 5000, 140_000]);
    let bytes = content(length);
    let name = format!("file-{}.txt", random.below(100_000));
    let mut frames = vec![
        frame(b"hello"),
        frame(length.to_string().as_bytes()),
        frame(name.as_bytes()),
    ];
    frames.extend(bytes.chunks(131_072).map(frame));
    frames.push(frame(blake3::hash(&bytes).as_bytes()));
    frames
}

/// Does one thing to it that should not be.
fn spoil(frames: &mut Vec<Vec<u8>>, random: &mut Random) {
    let which = random.below(frames.len());
    match random.below(12) {
        0 => drop(frames.remove(which)),
        1 => frames.insert(which, frames[which].clone()),
        2 => {
            let other = random.below(frames.len());
            frames.swap(which, other);
        }
        // A frame cut into two.
        3 => {
            let body = frames[which].get(4..).unwrap_or_default();
            let at = random.below(body.len());
            let (one, other) = (frame(&body[..at]), frame(&body[at..]));
            frames.splice(which..=which, [one, other]);
        }
        // A length that is not the body's.
        4 => {
            let from = random.below(4);
            if let Some(length) = frames[which].get_mut(from..4) {
                length.fill_with(|| random.next().to_be_bytes()[3]);
            }
        }
        // A bit that changed on its way.
        5 => {
            let at = random.below(frames[which].len());
            if let Some(byte) = frames[which].get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        6 => {
            let length = random.below(frames[which].len());
            frames[which].truncate(length);
        }
        7 => frames.truncate(which),
        8 => frames[2.min(which)] = frame(random.of(&NAMES)),
        9 => frames[1.min(which)] = frame(random.of(&SIZES)),
        10 => {
            let length = random.below(300);
            let body = random.bytes(length);
            frames.insert(which, frame(&body));
        }
        _ => {
            let length = random.below(100);
            frames.insert(which, random.bytes(length));
        }
    }
    if frames.is_empty() {
        frames.push(Vec::new());
    }
}

/// Has one conversation. Returns whether the server confirmed it.
fn converse(server: &Server, random: &mut Random) -> bool {
    let mut frames = orderly(random);
    if !random.one_in(20) {
        for _ in 0..=random.below(3) {
            spoil(&mut frames, random);
        }
    }
    let mut bytes = frames.concat();
    if random.one_in(20) {
        let length = random.below(200);
        bytes = random.bytes(length);
    }

    let mut stream = server.connect().0;
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let length =
            if random.one_in(3) { 1 + random.below(rest.len()) } else { rest.len() };
        let (now, later) = rest.split_at(length);
        // A server that has refused us may be gone already.
        if stream.write_all(now).is_err() {
            break;
        }
        rest = later;
    }
    match random.below(8) {
        0 => {
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            return false;
        }
        1 => return false,
        _ => {}
    }
    let _ = stream.shutdown(Shutdown::Write);
    answered(&mut stream)
}

/// Makes sure that what the server says are its messages, in their order, and one that
/// ends the conversation. Returns whether it is a confirmation.
fn answered(stream: &mut impl Read) -> bool {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer"),
        // Our rest met a closed connection.
        Err(_) => return false,
        Ok(_) => {}
    }
    let mut signs = String::new();
    let mut rest = answer.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        signs.push(char::from(after[0]));
        rest = &after[u32::from_be_bytes(*length) as usize..];
    }
    assert!(rest.is_empty(), "a frame was cut: {answer:?}");
    let said = ["+++", "-", "+-", "++-"].contains(&signs.as_str());
    assert!(said, "the server said {signs}");
    signs == "+++"
}

/// The threads and descriptors of the server, where the system tells.
fn holdings(server: &Server) -> Option<(usize, usize)> {
    let process = format!("/proc/{}", server.child.id());
    let count =
        |what: &str| fs::read_dir(format!("{process}/{what}")).map(Iterator::count);
    Some((count("task").ok()?, count("fd").ok()?))
}

fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |number| number.parse().unwrap())
}

#[test]
fn lives_through_ten_thousand_hostile_conversations() {
    let server = Server::start(&[]);
    fs::write(server.path("witness.txt"), "as it was").unwrap();
    let before = holdings(&server);
    let confirmed = AtomicUsize::new(0);
    let (count, seed) =
        (from_environment("CONVERSATIONS", 10_000), from_environment("SEED", 7));
    thread::scope(|scope| {
        for number in 0..AT_ONCE {
            let (server, confirmed) = (&server, &confirmed);
            scope.spawn(move || {
                // Not zero, for Xorshift.
                let mut random = Random(
                    (seed * AT_ONCE + number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                );
                for _ in 0..count / AT_ONCE {
                    if converse(server, &mut random) {
                        confirmed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });

    // It still serves.
    let mut peer = server.connect();
    peer.is_accepted("the last one.txt", 5);
    peer.finishes(&content(5));
    peer.hear('+');
    drop(peer);

    // No thread and no descriptor is left over.
    wait_until("the server to be as it was", || holdings(&server) == before);

    // Nothing outside the folder, nothing unfinished in it, and what is there is whole.
    assert_eq!(server.names(""), ["received", "witness.txt"]);
    assert_eq!(fs::read_to_string(server.path("witness.txt")).unwrap(), "as it was");
    let kept = server.names("received");
    for name in &kept {
        assert!(!name.starts_with(".file-transfer-"), "{name} is left over");
        let bytes = fs::read(server.path("received").join(name)).unwrap();
        assert_eq!(bytes, content(bytes.len()), "{name}");
    }
    // More may have been kept than we waited to hear.
    assert!(kept.len() > confirmed.into_inner(), "{} files", kept.len());
}

/// Gone at any byte: before the last one nothing is kept, after it everything.
#[test]
fn a_sender_may_be_gone_at_any_byte() {
    let server = Server::start(&[]);
    let frames = [
        frame(b"hello"),
        frame(b"12"),
        frame(b"a.txt"),
        frame(b"hello world\n"),
        frame(blake3::hash(b"hello world\n").as_bytes()),
    ];
    let whole = frames.concat();
    for length in 0..=whole.len() {
        assert!(server.names("received").is_empty(), "after {length} bytes");
        let mut stream = server.connect().0;
        stream.write_all(&whole[..length]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(answered(&mut stream), length == whole.len(), "{length} bytes");
        wait_until("the temporary file to go", || {
            server.names("received").iter().all(|name| name == "a.txt")
        });
    }
    assert_eq!(server.names("received"), ["a.txt"]);
}
