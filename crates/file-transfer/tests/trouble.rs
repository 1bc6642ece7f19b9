//! What no scene shows: limits of the system, several servers, time, and somebody who may
//! write in the folder.

mod server;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use server::{PROGRAM, Server, frame, wait_until};

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Bytes that differ from place to place.
fn content(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_be_bytes).take(length).collect()
}

#[test]
fn refuses_what_makes_no_sense() {
    for arguments in [
        &[][..],
        &["serve"],
        &["server", "--bind", "8080"],
        &["server", "--timeout", "0"],
        &["client", "--timeout", "soon"],
        &["client", "a", "b"],
    ] {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_folder_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["server", "--bind", "127.0.0.1:0", "--dir"]).arg(&file);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("file-transfer: the folder \""), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

/// Larger than any buffer, and no multiple of one.
#[test]
fn large_files_arrive_whole() {
    let server = Server::start(&[]);
    let bytes = content(10_000_001);
    let file = server.path("large.bin");
    fs::write(&file, &bytes).unwrap();
    let output = server.client(&[&file]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(server.path("received/large.bin")).unwrap() == bytes);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&blake3::hash(&bytes).to_string()), "{said}");
    assert!(stderr(&output).contains("10000001 bytes in "), "{}", stderr(&output));
}

/// What is seen may be kept, whatever it is written in.
#[test]
fn names_of_all_scripts_are_kept() {
    let server = Server::start(&[]);
    let names = [
        "你好.txt",
        "हिन्दी.txt",
        "ภาษาที่.txt",
        "cafe\u{301}.txt",
        "שָׁלוֹם.txt",
        "it's.txt",
        "❤️",
    ];
    for name in names {
        let file = server.path(name);
        fs::write(&file, name).unwrap();
        let output = server.client(&[&file]).output().unwrap();
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert_eq!(
            fs::read_to_string(server.path("received").join(name)).unwrap(),
            name
        );
    }
    for name in [
        "gpj\u{202e}.exe",
        "a\u{200b}b",
        "\u{feff}a",
        "a\u{ad}b",
        "a\u{2028}b",
        "\u{301}a",
        "a\u{7f}",
    ] {
        let file = server.path(name);
        fs::write(&file, name).unwrap();
        let output = server.client(&[&file]).output().unwrap();
        assert!(stderr(&output).contains("no name that every system"), "{name:?}");
    }
}

/// A server of ours that goes on as `then` has it once it has heard a first piece.
fn odd_server(then: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hear = |stream: &mut TcpStream| {
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut body = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut body).unwrap();
        };
        hear(&mut stream);
        stream.write_all(&frame(b"+ready")).unwrap();
        hear(&mut stream);
        hear(&mut stream);
        stream.write_all(&frame(b"+go on")).unwrap();
        hear(&mut stream);
        then(stream);
    });
    address
}

/// A client with a file of many pieces, and what it says at its end.
fn told_by(address: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.bin");
    fs::write(&file, content(30_000_000)).unwrap();
    let mut client = Command::new(PROGRAM);
    client.args(["client", "--connect", address, "--timeout", "20"]).arg(&file);
    let output = client.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    stderr(&output)
}

#[test]
fn a_server_that_agrees_too_early_is_not_believed() {
    let address = odd_server(|mut stream| {
        stream.write_all(&frame(b"+I have it all")).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let told = told_by(&address);
    assert!(told.contains("it speaks out of turn"), "{told}");
}

#[test]
fn last_words_are_heard_though_nobody_reads_any_more() {
    let address = odd_server(|mut stream| {
        stream.write_all(&frame(b"-my disk is full")).unwrap();
        // Ends without a reset, for nothing is left unread: the client's next sends fail.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        thread::sleep(Duration::from_millis(300));
    });
    let told = told_by(&address);
    assert!(told.contains("refused: \"my disk is full\""), "{told}");
}

#[test]
fn a_server_leaves_the_files_of_another_alone() {
    let first = Server::start(&[]);
    let mut peer = first.connect();
    peer.is_accepted("a.txt", 5);
    let mut command = Command::new(PROGRAM);
    command.args(["server", "--bind", "127.0.0.1:0", "--dir"]);
    command.arg(first.path("received")).stdout(Stdio::piped());
    let mut second = command.spawn().unwrap();
    let mut word = [0; 9];
    second.stdout.take().unwrap().read_exact(&mut word).unwrap();
    assert_eq!(&word, b"listening");
    second.kill().unwrap();
    second.wait().unwrap();
    assert_eq!(first.names("received").len(), 1);

    peer.finishes(b"hello");
    peer.hear('+');
    wait_until("the first name to go", || first.names("received") == ["a.txt"]);
}

#[test]
fn a_killed_server_leaves_nothing_to_the_next_one() {
    let server = Server::start(&[]);
    let mut peer = server.connect();
    peer.is_accepted("a.txt", 5);
    let folder = server.killed();
    assert_eq!(server::names(&folder.path().join("received")).len(), 1);
    // Not ours: it stays, and nobody waits for it.
    fs::create_dir(folder.path().join("received/.file-transfer-folder")).unwrap();
    let server = Server::again(folder, &[]);
    assert_eq!(server.names("received"), [".file-transfer-folder"]);
}

/// The 65th waits until one of the others is done.
#[test]
fn more_clients_than_places_wait() {
    let server = Server::start(&[]);
    let mut peers: Vec<_> = (0..64).map(|_| server.connect()).collect();
    for (number, peer) in peers.iter_mut().enumerate() {
        peer.is_accepted(&format!("{number}.txt"), 5);
    }
    let mut last = server.connect();
    last.say(b"hello");
    last.0.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let early = last.0.read(&mut [0]);
    assert!(early.is_err(), "the 65th is served: {early:?}");

    last.0.set_read_timeout(Some(server::PATIENCE)).unwrap();
    peers[0].finishes(b"hello");
    peers[0].hear('+');
    drop(peers.remove(0));
    last.hear('+');
}

/// A byte now and then is not enough: 64 such clients would have all places for ever.
#[test]
fn who_drips_loses_its_place() {
    let server = Server::start(&["--timeout", "1"]);
    let start = Instant::now();
    let drip = |mut peer: server::Peer, bytes: &[u8]| {
        for byte in bytes {
            if peer.0.write_all(&[*byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(300));
        }
        peer.hear('-')
    };
    let greets = server.connect();
    let greets = thread::spawn(move || drip(greets, &frame(&[b'x'; 1000])[..20]));
    let mut sends = server.connect();
    sends.is_accepted("a.txt", 200_000);
    assert_eq!(
        drip(sends, &frame(&content(131_072))[..20]),
        "after 0 of 200000 bytes: timed out"
    );
    assert_eq!(greets.join().unwrap(), "timed out");
    // One by one they would take six seconds, and then go on.
    assert!(start.elapsed() < server::PATIENCE);
    // Whole frames of a byte each are refused.
    let mut small = server.connect();
    small.is_accepted("b.txt", 200_000);
    small.say(b"x");
    assert_eq!(small.hear('-'), "after 0 of 200000 bytes: a piece of 1");
}

/// Sends a small file to whoever listens there, and has a second of patience.
fn impatient_client(address: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small");
    fs::write(&file, "hello").unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["client", "--timeout", "1", "--connect", address]).arg(&file);
    command.output().unwrap()
}

#[test]
fn a_server_that_drips_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        for byte in frame("+ready, and so on, and so on".as_bytes()) {
            if client.write_all(&[byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(500));
        }
    });
    let output = impatient_client(&address);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).ends_with("no answer: timed out\n"), "{}", stderr(&output));
}

/// Its queue is full, and nobody accepts.
#[cfg(target_os = "linux")]
#[test]
fn a_connect_takes_no_longer_than_one_likes() {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = "127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let _first = std::net::TcpStream::connect(address).unwrap();
    let output = impatient_client(&address.to_string());
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert_eq!(told, format!("file-transfer: \"{address}\": timed out\n"));
}

/// It confirms what it has not heard, and goes on and on: the client does not believe it.
#[test]
fn a_server_that_never_stops_talking_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        for _ in 0..4 {
            client.write_all(&frame(b"+fine")).unwrap();
        }
        while client.write_all(b"and another thing").is_ok() {}
    });
    let told = stderr(&impatient_client(&address));
    assert!(told.contains("it speaks out of turn"), "{told}");
}

#[test]
fn the_end_of_input_at_the_prompt_is_no_error() {
    let server = Server::start(&[]);
    let output = server.client(&[]).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

#[test]
fn a_path_that_is_typed_has_to_be_utf_8() {
    let server = Server::start(&[]);
    let mut client = server
        .client(&[])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    client.stdin.take().unwrap().write_all(b"a\xffb\n").unwrap();
    let output = client.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("stdin, which has to be UTF-8"), "{output:?}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    /// Starts a server under limits that the shell sets.
    fn limited(limits: &str) -> Server {
        let mut command = Command::new("sh");
        // What the shell that runs the test has open does not count.
        let script = format!("exec 3>&- 4>&- 5>&-; {limits}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, PROGRAM]);
        Server::by(&mut command, tempfile::tempdir().unwrap(), &[])
    }

    /// The limit on the size of files stands for a disk that is full.
    #[test]
    fn a_full_disk_ends_one_transfer_and_is_told() {
        let server = limited("trap '' XFSZ; ulimit -f 2000");
        let (small, large) = (server.path("small.bin"), server.path("large.bin"));
        fs::write(&small, content(1000)).unwrap();
        fs::write(&large, content(30_000_000)).unwrap();

        let mut other = server.connect();
        other.is_accepted("other.txt", 5);
        let output = server.client(&[&large]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = stderr(&output);
        assert!(
            told.contains("refused: \"cannot write it: file too large\""),
            "{told}"
        );
        assert_eq!(server.names("received").len(), 1, "the other's");

        other.finishes(b"hello");
        other.hear('+');
        assert!(server.client(&[&small]).output().unwrap().status.success());
        wait_until("both to be there alone", || {
            server.names("received") == ["other.txt", "small.bin"]
        });
    }

    #[test]
    fn out_of_descriptors_new_clients_wait() {
        // Three standard streams, the listener, and two clients of whom one has a file.
        let server = limited("ulimit -n 7");
        let mut first = server.connect();
        first.is_accepted("a.txt", 5);
        let mut second = server.connect();
        second.say(b"hello");
        second.hear('+');
        let mut third = server.connect();
        third.say(b"hello");
        drop(second);
        third.hear('+');
    }

    #[test]
    fn files_have_the_permissions_of_any_other() {
        let server = Server::start(&[]);
        let (ours, received) = (server.path("a.txt"), server.path("received/a.txt"));
        fs::write(&ours, "hello").unwrap();
        assert!(server.client(&[&ours]).output().unwrap().status.success());
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(received), mode(ours));
    }

    #[test]
    fn an_unreadable_file_and_a_pipe_are_told() {
        let server = Server::start(&[]);
        let (file, pipe) = (server.path("secret.txt"), server.path("pipe"));
        fs::write(&file, "secret").unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o000)).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let missing = server.path("mis\nsing");
        let mut cases = vec![(&pipe, "no file with a size"), (&missing, "mis\\nsing")];
        // Root may read everything.
        if fs::File::open(&file).is_err() {
            cases.push((&file, "permission denied"));
        }
        for (path, why) in cases {
            let output = server.client(&[path as &Path]).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            assert!(stderr(&output).contains(why), "{}", stderr(&output));
        }
    }

    fn interrupt(server: &Server) {
        use rustix::process::{Pid, Signal, kill_process};
        kill_process(Pid::from_child(&server.child), Signal::INT).unwrap();
    }

    /// A client that goes on sending, whatever it is told.
    fn busy(server: &Server) -> thread::JoinHandle<()> {
        let mut busy = server.connect();
        busy.is_accepted("a.txt", 1 << 31);
        let sender = thread::spawn(move || {
            let piece = frame(&content(131_072));
            while busy.0.write_all(&piece).is_ok() {}
        });
        wait_until("the first bytes", || {
            let received = fs::read_dir(server.path("received")).unwrap();
            received.flatten().any(|file| file.metadata().unwrap().len() > 1_000_000)
        });
        sender
    }

    #[test]
    fn ctrl_c_ends_a_busy_transfer_within_a_second() {
        let mut server = Server::start(&[]);
        let sender = busy(&server);
        let start = Instant::now();
        interrupt(&server);
        assert!(server.child.wait().unwrap().success());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
        sender.join().unwrap();
        assert!(server.names("received").is_empty());
        assert_eq!(server.told(), "file-transfer: files received: 0\n");
    }

    /// `server | head -1`: what is under way ends with the server, which says so.
    #[test]
    fn a_stdout_that_nobody_reads_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let received = folder.path().join("received");
        let mut command = Command::new(PROGRAM);
        command.args(["server", "--bind", "127.0.0.1:0", "--dir"]).arg(&received);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        let connect = || server::Peer(std::net::TcpStream::connect(&address).unwrap());
        let mut under_way = connect();
        under_way.is_accepted("a.txt", 5);
        drop(stdout);
        let _next = connect();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = stderr(&output);
        assert!(told.contains("what is under way ends"), "{told}");
        assert!(server::names(&received).is_empty());
    }

    #[test]
    fn a_stderr_that_is_closed_is_no_reason_to_end() {
        let server = limited("exec 2>&-");
        let mut peer = server.connect();
        peer.say(b"hello");
        peer.hear('+');
        peer.say(b"many");
        peer.hear('-');
        let mut peer = server.connect();
        peer.is_accepted("a.txt", 5);
        peer.finishes(b"hello");
        peer.hear('+');
    }

    /// Somebody who may write in the folder puts other bytes, or a link that leads out of
    /// it, in the place of a file that arrives: what has come is kept, and nothing else.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_sent_is_kept_whatever_stands_in_its_place() {
        let server = Server::start(&[]);
        let secret = server.path("secret.txt");
        fs::write(&secret, "secret").unwrap();
        for (name, is_link) in [("a.txt", false), ("b.txt", true)] {
            let mut peer = server.connect();
            peer.is_accepted(name, 5);
            let names = server.names("received");
            let unfinished = names.iter().find(|name| name.starts_with('.')).unwrap();
            let unfinished = server.path("received").join(unfinished);
            // It goes on under another name: gone for good, it could not be kept.
            fs::rename(&unfinished, server.path("aside")).unwrap();
            if is_link {
                std::os::unix::fs::symlink(&secret, &unfinished).unwrap();
            } else {
                fs::write(&unfinished, "other bytes").unwrap();
            }
            peer.finishes(b"hello");
            peer.hear('+');
            let kept = server.path("received").join(name);
            assert!(fs::symlink_metadata(&kept).unwrap().is_file());
            assert_eq!(fs::read(kept).unwrap(), b"hello");
        }
        assert_eq!(fs::read(secret).unwrap(), b"secret");
    }

    /// The name of a file is in its folder, which has to be on the disk too.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_is_not_synced_is_told() {
        if Command::new("strace").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "here strace has to be there");
            eprintln!("skipped: needs strace");
            return;
        }
        let mut command = Command::new("strace");
        // The first fsync is the file's. (`-D`: the server is our child, and not strace's.)
        let inject = "inject=fsync:error=EIO:when=2";
        command.args([
            "-D",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync",
            "-e",
            inject,
        ]);
        command.arg(PROGRAM);
        let server = Server::by(&mut command, tempfile::tempdir().unwrap(), &[]);
        let mut peer = server.connect();
        peer.is_accepted("a.txt", 5);
        peer.finishes(b"hello");
        let why = peer.hear('-');
        assert!(why.starts_with("it is there, but may not last: "), "{why}");
    }
}
