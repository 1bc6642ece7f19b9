//! Chapter 7: a file that arrives whole or not at all.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::{Chapter, Scene, Systems, Task};
use crate::failure::{Failure, Played};
use crate::folder::Folder;
use crate::peer::{Peer, numbers};
use crate::stage::{Actor, Stage};
use crate::tap::{Speaker, Tap};
use crate::transcript::{counted, printable};

const PROGRAM: &str = "file-transfer";

/// The program with the article's two mistakes.
const NAIVE: &str = "naive-server";

/// The size of the article's picture.
const PICTURE: usize = 18_964;

/// More than the buffers between two programs hold, and no number of whole pieces.
const LARGE: u64 = 33_000_000;

/// How much a tap lets pass: the beginning, one piece of the file, a part of the next.
const A_PART: usize = 300_000;

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: PROGRAM,
    title: "A file that arrives whole",
    question: "How does a file cross the network, and how do both sides know that it did?",
    learnt: "You can design a protocol: frames, an order, a way to refuse. You have seen to it that a file is there whole or not at all, whoever fails, and whatever a stranger sends.",
    scenes: &[
        Scene::new("transfer", "a client sends a picture", transfer)
            .step(9)
            .exercises(8),
        Scene::new("bytes", "a conversation, byte by byte", bytes).step(9).exercises(8),
        Scene::new("merged", "a size and a name that become one", merged).step(0),
        Scene::new("escapes", "a name that leads out of the folder", escapes).step(0),
        Scene::new("not-frames", "frames that are none", not_frames).step(2),
        Scene::new(
            "pieces",
            "a message that comes byte by byte, and one that is cut",
            pieces,
        )
        .step(2)
        .exercises(1),
        Scene::new("empty-file", "a file of zero bytes", empty_file).step(9),
        Scene::new("binary", "a file that looks like the protocol", binary).step(9),
        Scene::new("three-at-once", "three files arrive side by side", three_at_once)
            .step(7)
            .exercises(5),
        Scene::new("several", "three files, one of which is not there", several)
            .step(9)
            .exercises(8),
        Scene::new("stdin", "standard input becomes a file", stdin).step(9),
        Scene::new("not-a-file", "what cannot be sent", not_a_file).step(8),
        Scene::new("names", "names that are refused", names).step(4),
        Scene::new("sizes", "sizes that are refused", sizes).step(3),
        Scene::new(
            "as-announced",
            "more bytes than announced, and fewer",
            as_announced,
        )
        .step(5),
        Scene::new("rules", "messages that break a rule", rules).step(6),
        Scene::new("taken", "a name that is taken", taken).step(8),
        Scene::new("meanwhile", "a name that is taken in the meantime", meanwhile)
            .step(7),
        Scene::new("rename", "a name that is taken, and both files stay", rename)
            .step(9)
            .exercises(7),
        Scene::new("symlink", "a symbolic link in the folder", symlink)
            .step(8)
            .only_on(Systems::Unix),
        Scene::new("digest-wrong", "a byte that changed on its way", digest_wrong)
            .step(6),
        Scene::new(
            "leaves",
            "senders that leave before they have said anything",
            leaves,
        )
        .step(1),
        Scene::new("gone", "a sender that is gone half way", gone).step(5),
        Scene::new("silent", "a sender that says nothing more", silent).step(5),
        Scene::new("shrinks", "a file that shrinks while it is sent", shrinks).step(9),
        Scene::new("grows", "a file that grows while it is sent", grows).step(9),
        Scene::new("killed", "a server that is killed half way", killed).step(5),
        Scene::new("ctrl-c-server", "Ctrl-C in the server, half way", ctrl_c_server)
            .step(9)
            .exercises(5)
            .only_on(Systems::Unix),
        Scene::new("ctrl-c-client", "Ctrl-C in the client, half way", ctrl_c_client)
            .step(9)
            .exercises(5)
            .only_on(Systems::Unix),
        Scene::new("in-python", "a client sends a picture to Python", in_python)
            .in_python(),
        Scene::new(
            "in-python-gone",
            "a sender that is gone half way, in Python",
            in_python_gone,
        )
        .in_python(),
    ],
    tasks: &[
        Task {
            name: "folders",
            about: "keep the files of each client in a folder of its own, named by its IP address; what is unfinished stays where the next server finds it",
            scenes: &[Scene::new("folders", "a folder for each client", folders)],
        },
        Task {
            name: "resume",
            about: "when a sender is gone half way, keep what came, of the last one alone; who then announces a file of the same name and size is told by `A`, in digits, how many bytes are there, and sends the rest. The server says `, and may go on` in place of `; nothing is kept`",
            scenes: &[Scene::new(
                "resume",
                "a transfer that broke off goes on",
                resume,
            )],
        },
    ],
};

/// The server of a scene, and where it keeps what it receives.
struct Stand<'s, 'a> {
    stage: &'s Stage<'a>,
    folder: Folder,
    server: Actor<'s, 'a>,
    address: SocketAddr,
}

impl<'s, 'a> Stand<'s, 'a> {
    fn new(stage: &'s Stage<'a>, options: &[&str]) -> Played<Self> {
        Self::of(PROGRAM, stage, Folder::new(stage)?, options)
    }

    fn of(
        program: &str,
        stage: &'s Stage<'a>,
        folder: Folder,
        options: &[&str],
    ) -> Played<Self> {
        let dir = folder.path("received");
        let options = [&["--dir", &dir], options].concat();
        let (server, address) = stage.server_with(program, &options)?;
        Ok(Self { stage, folder, server, address })
    }

    /// The same in Python.
    fn in_python(stage: &'s Stage<'a>, folder: Folder) -> Played<Self> {
        let dir = folder.path("received");
        let arguments = ["server", "--bind", "127.0.0.1:0", "--dir", &dir];
        let (server, address) =
            stage.server_in_python("file_transfer.py", &arguments)?;
        Ok(Self { stage, folder, server, address })
    }

    /// Starts a client that connects to `address`.
    fn client(&self, address: SocketAddr, files: &[&str]) -> Played<Actor<'s, 'a>> {
        let address = address.to_string();
        let arguments = [&["client", "--connect", &address], files].concat();
        self.stage.start("client-1", PROGRAM, &arguments)
    }

    /// The server takes in `client`, and accepts its file.
    fn takes_in(&self, client: &Actor<'_, '_>) -> Played {
        client.complains("connected to")?;
        self.server_prints(&["connected", "says"])?;
        for line in ["the server says", "size", "name"] {
            client.prints(line)?;
        }
        self.server_prints(&["size", "name"])
    }

    /// The server has the file of `client`, and keeps it.
    fn keeps(&self, client: &Actor<'_, '_>) -> Played {
        client.prints("the server says")?;
        client.prints("digest")?;
        self.server_prints(&["digest", "kept"])?;
        client.prints("the server says")?;
        self.server.prints("closed")
    }

    /// A client sends `file`, and all goes well.
    fn sends(&self, file: &str, bytes: &[u8]) -> Played {
        self.folder.write(file, bytes)?;
        let client = self.client(self.address, &[&self.folder.path(file)])?;
        self.takes_in(&client)?;
        self.keeps(&client)?;
        client.ends()
    }

    fn server_prints(&self, lines: &[&str]) -> Played {
        lines.iter().try_for_each(|line| self.server.prints(line))
    }

    /// The server takes in a sender and accepts its file.
    fn accepts(&self, peer: &mut Stranger<'s, 'a>, size: usize, name: &str) -> Played {
        self.server.prints("connected")?;
        peer.says(b'G', "我来了".as_bytes())?;
        self.server.prints("says")?;
        peer.hears(b'R')?;
        peer.says(b'S', size.to_string().as_bytes())?;
        self.server.prints("size")?;
        peer.says(b'N', name.as_bytes())?;
        self.server.prints("name")?;
        peer.hears(b'A')
    }

    /// Tells what is in the folder.
    fn shows_the_folder(&self) -> Played {
        self.shows("received")
    }

    fn shows(&self, folder: &str) -> Played {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder.path(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = if name.starts_with(".file-transfer-") {
                ".file-transfer-<random>.part".to_owned()
            } else {
                name
            };
            let metadata = entry.metadata()?;
            files.push(if metadata.is_file() {
                format!("{name} ({} bytes)", metadata.len())
            } else {
                name
            });
        }
        files.sort();
        let files =
            if files.is_empty() { "nothing".to_owned() } else { files.join(", ") };
        let folder = if folder == "." { "<folder>" } else { folder };
        self.stage.remark(&format!("In {folder}: {files}"));
        Ok(())
    }
}

/// A sender played by the guide, message by message.
struct Stranger<'s, 'a> {
    stage: &'s Stage<'a>,
    name: String,
    stream: TcpStream,
    quiet: bool,
}

impl<'s, 'a> Stranger<'s, 'a> {
    fn connects(stand: &Stand<'s, 'a>, name: &str) -> Played<Self> {
        let peer = Self::connects_quietly(stand, name)?;
        peer.did("connected");
        Ok(Self { quiet: false, ..peer })
    }

    fn connects_quietly(stand: &Stand<'s, 'a>, name: &str) -> Played<Self> {
        let stage = stand.stage;
        let stream = TcpStream::connect_timeout(&stand.address, stage.patience())?;
        stream.set_read_timeout(Some(stage.patience()))?;
        stream.set_nodelay(true)?;
        stage.name(&stream.local_addr()?.to_string(), &format!("<{name}>"));
        Ok(Self { stage, name: name.to_owned(), stream, quiet: true })
    }

    fn did(&self, what: &str) {
        self.stage.did(&self.name, what);
    }

    /// Sends a message.
    fn says(&mut self, kind: u8, body: &[u8]) -> Played {
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        self.stream.write_all(&[&[kind], &length.to_be_bytes()[..], body].concat())?;
        if !self.quiet {
            self.did(&format!("says {}: {}", char::from(kind), shown(kind, body)));
        }
        Ok(())
    }

    /// Sends bytes that need not be a message.
    fn sends(&mut self, bytes: &[u8]) -> Played {
        self.stream.write_all(bytes)?;
        self.did(&format!("sends {}", hex(bytes)));
        Ok(())
    }

    /// Receives a message of this kind.
    fn hears(&mut self, kind: u8) -> Played {
        let mut header = [0; 5];
        self.receives(&mut header)?;
        let [heard, length @ ..] = header;
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.receives(&mut body)?;
        if !self.quiet || heard != kind {
            self.did(&format!("hears {}: {}", char::from(heard), shown(heard, &body)));
        }
        Ok(())
    }

    fn receives(&mut self, bytes: &mut [u8]) -> Played {
        self.stream.read_exact(bytes).map_err(|error| {
            let name = &self.name;
            self.stage.fail(&format!("{name} to hear a message ({})", error.kind()))
        })
    }

    /// Sends the digest of `bytes`, and ends its side.
    fn finishes(&mut self, bytes: &[u8]) -> Played {
        self.says(b'D', &digest_of(bytes))?;
        self.half_closes()
    }

    fn half_closes(&mut self) -> Played {
        self.stream.shutdown(Shutdown::Write)?;
        self.did("half-closes: sends no more, still listens");
        Ok(())
    }

    fn closes(self) {
        self.did("closes");
    }
}

/// The body of a message as a reader wants it.
fn shown(kind: u8, body: &[u8]) -> String {
    match kind {
        b'B' => counted(body.len()),
        b'D' => body.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => printable(body),
    }
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn transfer(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("mashiro.jpg", &numbers(PICTURE))?;
    let client = stand.client(stand.address, &[])?;
    client.types(&stand.folder.path("mashiro.jpg"))?;
    stand.takes_in(&client)?;
    stand.keeps(&client)?;
    client.ends()?;
    stand.shows_the_folder()
}

fn bytes(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("hello.txt", b"hello\n")?;
    let tap = Tap::on(stage, stand.address)?;
    let client = stand.client(tap.address, &[&stand.folder.path("hello.txt")])?;
    client.complains("connected to")?;
    client.hears("收完了")?;
    stand.server.hears("closed")?;

    let mut record: Vec<(Speaker, Vec<u8>)> = Vec::new();
    for (speaker, bytes) in tap.record()? {
        match record.last_mut() {
            Some((last, said)) if *last == speaker && !bytes.is_empty() => {
                said.extend_from_slice(&bytes);
            }
            _ => record.push((speaker, bytes)),
        }
    }
    for (speaker, said) in record {
        let name = if speaker == Speaker::Client { "client-1" } else { "server" };
        if said.is_empty() {
            stage.did(name, "ends its side");
        }
        show_frames(stage, name, &said)?;
    }
    client.ends()
}

/// Shows the frames in `bytes`: the header, the body 16 bytes a line, what it means.
fn show_frames(stage: &Stage<'_>, name: &str, mut bytes: &[u8]) -> Played {
    while let Some((header, rest)) = bytes.split_first_chunk::<5>() {
        let [kind, length @ ..] = *header;
        let length = u32::from_be_bytes(length) as usize;
        let (body, rest) = rest
            .split_at_checked(length)
            .ok_or_else(|| Failure::new("a frame was cut"))?;
        let kind = char::from(kind);
        stage.did(name, &format!("{}   {kind}, length {length}", hex(header)));
        for line in body.chunks(16) {
            stage.did(name, &format!("  {}", hex(line)));
        }
        if kind != 'D' {
            stage.did(name, &format!("  = {}", printable(body)));
        }
        bytes = rest;
    }
    Ok(())
}

fn merged(stage: &Stage<'_>) -> Played {
    let folder = Folder::new(stage)?;
    fs::create_dir(folder.path("received"))?;
    let stand = Stand::of(NAIVE, stage, folder, &[])?;
    let server = &stand.server;
    let mut first = Peer::connects(stage, "peer-1", stand.address)?;
    first.sends(b"5")?;
    server.prints("size")?;
    first.sends(b"a.txt")?;
    server.prints("name")?;

    stage.remark("While the server waits for peer-1's bytes, two others send, in two calls each.");
    let mut others = Vec::new();
    for (name, size, file) in [("peer-2", "1234", "5.jpg"), ("peer-3", "12345", ".jpg")]
    {
        let mut peer = Peer::connects(stage, name, stand.address)?;
        peer.sends(size.as_bytes())?;
        peer.sends(file.as_bytes())?;
        others.push(peer);
    }
    first.sends(b"hello")?;
    server.prints("written")?;
    first.closes();
    for mut peer in others {
        server.prints("size")?;
        peer.half_closes()?;
        server.prints("name")?;
        server.prints("failed")?;
        peer.receives_end()?;
    }
    Ok(())
}

fn escapes(stage: &Stage<'_>) -> Played {
    let folder = Folder::new(stage)?;
    fs::create_dir(folder.path("received"))?;
    let stand = Stand::of(NAIVE, stage, folder, &[])?;
    let mut peer = Peer::connects(stage, "peer-1", stand.address)?;
    peer.sends(b"6")?;
    stand.server.prints("size")?;
    peer.sends(b"../elsewhere.txt")?;
    stand.server.prints("name")?;
    peer.sends(b"hello\n")?;
    stand.server.prints("written")?;
    peer.closes();
    stand.shows_the_folder()?;
    stand.shows(".")
}

fn empty_file(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.sends("nothing.txt", b"")?;
    stand.shows_the_folder()
}

fn binary(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut all: Vec<u8> = (0..=255).collect();
    all.extend_from_slice(b"X\0\0\0\x05enough");
    stand.sends("all.bin", &all)?;
    if fs::read(stand.folder.path("received/all.bin"))? != all {
        return Err(Failure::new("other bytes arrived"));
    }
    stage.remark("The bytes are the same.");
    stand.shows_the_folder()
}

fn three_at_once(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut peers = Vec::new();
    for (name, file, size) in [
        ("peer-1", "one.txt", 1000),
        ("peer-2", "two.txt", 2000),
        ("peer-3", "three.txt", 3000),
    ] {
        let mut peer = Stranger::connects(&stand, name)?;
        stand.accepts(&mut peer, size, file)?;
        peers.push((peer, numbers(size)));
    }
    for (peer, bytes) in &mut peers {
        peer.says(b'B', &bytes[..500])?;
    }
    for (mut peer, bytes) in peers.into_iter().rev() {
        peer.says(b'B', &bytes[500..])?;
        peer.finishes(&bytes)?;
        stand.server_prints(&["digest", "kept"])?;
        peer.hears(b'C')?;
        peer.closes();
        stand.server.prints("closed")?;
    }
    stand.shows_the_folder()
}

fn several(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("one.txt", b"one")?;
    stand.folder.write("three.txt", b"three")?;
    let files = ["one.txt", "two.txt", "three.txt"].map(|file| stand.folder.path(file));
    let client = stand.client(stand.address, &files.each_ref().map(String::as_str))?;
    for trouble in ["two.txt", "not sent"] {
        client.complains("connected to")?;
        for line in ["says", "size", "name", "says", "digest", "says"] {
            client.prints(line)?;
        }
        // The server may be ahead of the client, or behind it: its lines are left out.
        stand.server.hears("closed")?;
        client.complains(trouble)?;
    }
    client.ends()?;
    stand.shows_the_folder()
}

fn stdin(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let client = stand.client(stand.address, &["--name", "note.txt", "-"])?;
    client.types("a line")?;
    client.types("and another")?;
    client.gets_end_of_input();
    stand.takes_in(&client)?;
    stand.keeps(&client)?;
    client.ends()?;
    stand.shows_the_folder()
}

fn not_a_file(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    for file in ["received", "missing.txt"] {
        stand.client(stand.address, &[&stand.folder.path(file)])?.ends()?;
    }
    stand.client(stand.address, &["-"])?.ends()?;
    stage.remark("The server has heard of none of them.");
    Ok(())
}

/// `peer` hears why it is refused, and the server tells it too.
fn is_refused(stand: &Stand<'_, '_>, mut peer: Stranger<'_, '_>) -> Played {
    peer.quiet = false;
    peer.hears(b'X')?;
    stand.server.complains("refused")?;
    drop(peer);
    stand.server.hears("closed")
}

/// What a sender says before it is accepted, up to the message `until`.
fn begins<'s, 'a>(stand: &Stand<'s, 'a>, until: u8) -> Played<Stranger<'s, 'a>> {
    let mut peer = Stranger::connects_quietly(stand, "peer")?;
    for (kind, body, answer) in
        [(b'G', "", Some(b'R')), (b'S', "5", None), (b'N', "x", Some(b'A'))]
    {
        if kind == until {
            return Ok(peer);
        }
        peer.says(kind, body.as_bytes())?;
        if let Some(answer) = answer {
            peer.hears(answer)?;
        }
    }
    Ok(peer)
}

fn names(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stage.remark("Each peer greets, announces 5 bytes, and then:");
    for name in [
        &b"../elsewhere.txt"[..],
        b"/etc/passwd",
        b"C:\\x.txt",
        b"",
        b"..",
        b"a\nb",
        b"nul.txt",
        b"x.",
        b"what?",
        b"\xff\xfe",
        b".file-transfer-a1b2c3.part",
    ] {
        let mut peer = begins(&stand, b'N')?;
        peer.quiet = false;
        peer.says(b'N', name)?;
        is_refused(&stand, peer)?;
    }
    let mut peer = begins(&stand, b'N')?;
    peer.sends(&[&b"N\0\0\x01\0"[..], b"x"].concat())?;
    is_refused(&stand, peer)?;
    stand.shows_the_folder()
}

fn sizes(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &["--max-size", "1000"])?;
    stage.remark("Each peer greets, and then:");
    for size in
        ["12345.jpg", "", "-1", "+1", "007", "1e3", "18446744073709551616", "1001"]
    {
        let mut peer = begins(&stand, b'S')?;
        peer.quiet = false;
        peer.says(b'S', size.as_bytes())?;
        is_refused(&stand, peer)?;
    }
    stand.shows_the_folder()?;

    stage.remark("A server without --max-size:");
    let stand = Stand::new(stage, &[])?;
    let mut peer = begins(&stand, b'S')?;
    peer.quiet = false;
    peer.says(b'S', b"18446744073709551615")?;
    is_refused(&stand, peer)?;
    stand.shows_the_folder()
}

/// A kind and a body.
type Message<'b> = (u8, &'b [u8]);

fn not_frames(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let raw: [(&str, &[u8]); 5] = [
        ("A greeting of a megabyte, or so it says:", b"G\0\x10\0\0"),
        ("A name of four gigabytes, or so it says:", b"N\xff\xff\xff\xff"),
        ("A piece of nothing:", b"B\0\0\0\0"),
        ("A letter that begins no message:", b"Q\0\0\0\0"),
        ("A web browser comes by.", b"GET / HTTP/1.1\r\n"),
    ];
    for (remark, bytes) in raw {
        stage.remark(remark);
        let mut peer = begins(&stand, b'G')?;
        peer.sends(bytes)?;
        is_refused(&stand, peer)?;
    }
    Ok(())
}

fn pieces(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.server.prints("connected")?;
    for byte in b"X\0\0\0\x03bye" {
        peer.sends(&[*byte])?;
    }
    stand.server.complains("gave up")?;
    peer.closes();
    stand.server.prints("closed")?;

    stage.remark("And one that stops before the end of its message:");
    let mut peer = Stranger::connects(&stand, "peer-2")?;
    stand.server.prints("connected")?;
    peer.sends(b"G\0\0\0\x05hel")?;
    peer.closes();
    stand.server.complains("left in mid-message")?;
    stand.server.prints("closed")
}

fn leaves(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let peer = Stranger::connects(&stand, "peer-1")?;
    stand.server.prints("connected")?;
    peer.closes();
    stand.server.complains("left too early")?;
    stand.server.prints("closed")?;

    stage.remark("And one in the middle of a header:");
    let mut peer = Stranger::connects(&stand, "peer-2")?;
    stand.server.prints("connected")?;
    peer.sends(b"G\0\0")?;
    peer.closes();
    stand.server.complains("left in mid-message")?;
    stand.server.prints("closed")
}

fn as_announced(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stage.remark("Each peer greets, announces 5 bytes and a name, and then:");
    breaks(&stand, "More bytes than announced:", &[(b'B', b"hel"), (b'B', b"lo!")])?;
    breaks(&stand, "A digest too early:", &[(b'B', b"hel"), (b'D', &[0; 32])])?;
    stand.shows_the_folder()
}

fn rules(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stage.remark("A peer greets, and then a name before the size:");
    let mut peer = begins(&stand, b'S')?;
    peer.quiet = false;
    peer.says(b'N', b"x")?;
    is_refused(&stand, peer)?;
    stage.remark("The others greet, announce 5 bytes and a name, and then:");
    let hello = digest_of(b"hello");
    breaks(
        &stand,
        "A second digest:",
        &[(b'B', b"hello"), (b'D', &hello), (b'D', &hello)],
    )?;
    breaks(
        &stand,
        "Bytes after the digest:",
        &[(b'B', b"hello"), (b'D', &hello), (b'B', b"!")],
    )?;
    stand.shows_the_folder()
}

/// A peer that was accepted says `messages`, and is refused.
fn breaks(stand: &Stand<'_, '_>, remark: &str, messages: &[Message<'_>]) -> Played {
    stand.stage.remark(remark);
    let mut peer = begins(stand, b'B')?;
    peer.quiet = false;
    for (kind, body) in messages {
        peer.says(*kind, body)?;
    }
    is_refused(stand, peer)
}

/// A client sends `file`, and the server does not want it.
fn refuses(stand: &Stand<'_, '_>, file: &str) -> Played {
    let client = stand.client(stand.address, &[&stand.folder.path(file)])?;
    stand.takes_in(&client)?;
    stand.server.complains("refused")?;
    client.ends()?;
    stand.server.prints("closed")
}

fn taken(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("received/mashiro.jpg", b"the old one")?;
    stand.folder.write("mashiro.jpg", &numbers(PICTURE))?;
    refuses(&stand, "mashiro.jpg")?;
    stand.shows_the_folder()
}

fn meanwhile(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut first = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut first, 5, "hello.txt")?;
    let mut second = Stranger::connects(&stand, "peer-2")?;
    stand.accepts(&mut second, 3, "hello.txt")?;

    stage.remark("The second is done first, and has the name.");
    second.says(b'B', b"bye")?;
    second.finishes(b"bye")?;
    stand.server_prints(&["digest", "kept"])?;
    second.hears(b'C')?;
    second.closes();
    stand.server.prints("closed")?;
    first.says(b'B', b"hello")?;
    first.finishes(b"hello")?;
    stand.server.prints("digest")?;
    stand.server.complains("refused")?;
    first.hears(b'X')?;
    first.closes();
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

fn rename(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &["--on-conflict", "rename"])?;
    stand.folder.write("received/mashiro.jpg", b"the old one")?;
    stand.sends("mashiro.jpg", &numbers(PICTURE))?;
    stand.shows_the_folder()
}

fn symlink(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("precious.txt", b"precious")?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        "../precious.txt",
        stand.folder.path("received/link.txt"),
    )?;
    stage.remark("In received, link.txt leads to ../precious.txt.");
    stand.folder.write("link.txt", b"something else")?;
    refuses(&stand, "link.txt")?;
    let holds = fs::read_to_string(stand.folder.path("precious.txt"))?;
    stage.remark(&format!("precious.txt holds: {holds}"));
    stand.shows_the_folder()
}

fn digest_wrong(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut peer, 5, "hello.txt")?;
    peer.says(b'B', b"hallo")?;
    stage.remark("The digest is that of hello.");
    peer.finishes(b"hello")?;
    peer.hears(b'X')?;
    stand.server.prints("digest")?;
    stand.server.complains("refused")?;
    peer.closes();
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

fn gone(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    peer.says(b'B', &numbers(1000))?;
    peer.closes();
    stand.server.complains("left after 1000")?;
    stand.server.prints("closed")?;

    stage.remark("And one in the middle of a message:");
    let mut peer = Stranger::connects(&stand, "peer-2")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    peer.sends(b"B\0\0\x03\xe8123")?;
    peer.closes();
    stand.server.complains("left in mid-message")?;
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

fn silent(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &["--timeout", "1"])?;
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    peer.says(b'B', &numbers(1000))?;
    peer.hears(b'X')?;
    stand.server.complains("silent")?;
    peer.closes();
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

/// A client, the tap that it talks through, and the file that it sends.
type HalfWay<'s, 'a> = (Actor<'s, 'a>, Tap<'s, 'a>, File);

/// A client sends a large file through a tap, which holds back what comes after its
/// first part.
fn half_way<'s, 'a>(stand: &Stand<'s, 'a>) -> Played<HalfWay<'s, 'a>> {
    let path = stand.folder.path("large.bin");
    let file = File::create(&path)?;
    file.set_len(LARGE)?;
    let tap = Tap::holding_after(stand.stage, stand.address, A_PART)?;
    let client = stand.client(tap.address, &[&path])?;
    stand.takes_in(&client)?;
    client.prints("the server says")?;
    tap.holds()?;
    Ok((client, tap, file))
}

fn shrinks(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let (client, tap, file) = half_way(&stand)?;
    stage.remark("Half way, the file is cut to nothing.");
    file.set_len(0)?;
    tap.passes_the_rest();
    client.ends()?;
    stand.server.complains("gave up")?;
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

fn grows(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let (client, tap, file) = half_way(&stand)?;
    stage.remark("Half way, something is added to the file.");
    file.set_len(LARGE + 1000)?;
    tap.passes_the_rest();
    client.ends()?;
    stand.server_prints(&["digest", "kept", "closed"])?;
    stand.shows_the_folder()
}

fn killed(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    stand.server.is_killed();
    stand.shows_the_folder()?;

    stage.remark("It is started again.");
    let again = Stand::of(PROGRAM, stage, stand.folder, &[])?;
    again.server.complains("removed")?;
    again.shows_the_folder()
}

fn ctrl_c_server(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let (client, tap, _file) = half_way(&stand)?;
    stand.server.is_interrupted()?;
    stand.server.ends()?;
    tap.sees_an_end()?;
    tap.loses_the_rest();
    client.ends()?;
    stand.shows_the_folder()
}

fn ctrl_c_client(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let (client, tap, _file) = half_way(&stand)?;
    client.is_interrupted()?;
    tap.loses_the_rest();
    stand.server.complains("left")?;
    stand.server.prints("closed")?;
    stand.shows_the_folder()
}

fn in_python(stage: &Stage<'_>) -> Played {
    let stand = Stand::in_python(stage, Folder::new(stage)?)?;
    stand.folder.write("mashiro.jpg", &numbers(PICTURE))?;
    let picture = stand.folder.path("mashiro.jpg");
    let client = stand.client(stand.address, &[&picture])?;
    client.complains("connected to")?;
    stand.server.prints("says")?;
    for line in ["the server says", "size", "name"] {
        client.prints(line)?;
    }
    stand.server_prints(&["size", "name"])?;
    for line in ["the server says", "digest"] {
        client.prints(line)?;
    }
    stand.server.prints("written")?;
    client.prints("the server says")?;
    client.ends()?;
    stand.shows_the_folder()
}

fn in_python_gone(stage: &Stage<'_>) -> Played {
    let folder = Folder::new(stage)?;
    fs::create_dir(folder.path("received"))?;
    folder.write("received/mashiro.jpg", &numbers(PICTURE))?;
    let stand = Stand::in_python(stage, folder)?;
    stage.remark("A picture of this name is there already:");
    stand.shows_the_folder()?;

    let mut peer = Stranger::connects(&stand, "peer-1")?;
    peer.says(b'G', "我来了".as_bytes())?;
    stand.server.prints("says")?;
    peer.hears(b'R')?;
    peer.says(b'S', PICTURE.to_string().as_bytes())?;
    stand.server.prints("size")?;
    peer.says(b'N', b"mashiro.jpg")?;
    stand.server.prints("name")?;
    peer.hears(b'A')?;
    peer.says(b'B', &numbers(1000))?;
    peer.closes();
    stand.server.prints("is gone")?;
    stand.shows_the_folder()
}

fn folders(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    stand.folder.write("received/hello.txt", b"the server's own")?;
    stand.sends("hello.txt", b"hello\n")?;
    stand.shows_the_folder()?;
    stand.shows("received/127.0.0.1")?;

    stage.remark("The same name again:");
    refuses(&stand, "hello.txt")?;

    stage.remark("A server that is killed half way, and started again:");
    let mut peer = Stranger::connects(&stand, "peer-1")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    stand.server.is_killed();
    let again = Stand::of(PROGRAM, stage, stand.folder, &[])?;
    again.server.complains("removed")?;
    again.shows("received/127.0.0.1")
}

fn resume(stage: &Stage<'_>) -> Played {
    let stand = Stand::new(stage, &[])?;
    let picture = numbers(PICTURE);
    let breaks_off = |name| {
        let mut peer = Stranger::connects(&stand, name)?;
        stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
        peer.says(b'B', &picture[..1000])?;
        peer.closes();
        stand.server.complains("after 1000 of")?;
        stand.server.prints("closed")
    };
    breaks_off("peer-1")?;
    stage.remark("Another try:");
    stand.sends("mashiro.jpg", &picture)?;
    stand.shows_the_folder()?;

    stage.remark("A file of the same name and size, and other bytes:");
    fs::remove_file(stand.folder.path("received/mashiro.jpg"))?;
    breaks_off("peer-2")?;
    let mut peer = Stranger::connects(&stand, "peer-3")?;
    stand.accepts(&mut peer, PICTURE, "mashiro.jpg")?;
    let other = vec![b'!'; PICTURE];
    peer.says(b'B', &other[1000..])?;
    peer.finishes(&other)?;
    stand.server.prints("digest")?;
    stand.server.complains("refused")?;
    peer.hears(b'X')?;
    peer.closes();
    stand.server.prints("closed")?;
    stage.remark("Nothing is there to go on with now.");
    stand.sends("mashiro.jpg", &picture)?;
    stand.shows_the_folder()
}
