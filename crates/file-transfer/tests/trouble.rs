//! What no scene shows: limits of the system, several servers, and what must not depend
//! on luck.

mod server;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use server::{PROGRAM, Server};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

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
        &["server", "--on-conflict", "overwrite"],
        &["server", "--max-size", "-1"],
        &["server", "--timeout", "0"],
        &["client", "--timeout", "soon"],
        &["client", "--name", "c", "a", "b"],
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
    assert!(stderr(&output).contains("cannot use the folder"), "{}", stderr(&output));
    assert!(stderr(&output).ends_with(": it is no folder\n"), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1);
}

/// Larger than any buffer, and cut into pieces that do not fit its size.
#[test]
fn large_files_arrive_whole() {
    let server = Server::start(&[]);
    let bytes = content(10_000_001);
    let file = server.path("large.bin");
    fs::write(&file, &bytes).unwrap();
    let output = server.client(&[&file]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(server.path("received/large.bin")).unwrap() == bytes);
    assert!(stdout(&output).contains(&blake3::hash(&bytes).to_string()));
}

#[test]
fn a_server_leaves_the_files_of_another_alone() {
    let first = Server::start(&[]);
    let mut peer = first.connect();
    peer.is_accepted("a.txt", 5);
    let mut second = Command::new(PROGRAM);
    second.args(["server", "--bind", "127.0.0.1:0", "--dir"]);
    second.arg(first.path("received")).stdout(std::process::Stdio::piped());
    let mut second = second.spawn().unwrap();
    let mut line = String::new();
    let out = second.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    assert!(line.starts_with("listening on"), "{line}");
    second.kill().unwrap();
    second.wait().unwrap();
    assert_eq!(first.names("received").len(), 1);

    peer.finishes(b"hello");
    peer.hear(b'C');
    assert_eq!(first.names("received"), ["a.txt"]);
}

#[test]
fn a_killed_server_leaves_nothing_to_the_next_one() {
    let server = Server::start(&[]);
    let mut peer = server.connect();
    peer.is_accepted("a.txt", 5);
    let folder = server.killed();
    assert_eq!(server::names(&folder.path().join("received")).len(), 1);
    let server = Server::again(folder, &[]);
    assert!(server.names("received").is_empty());
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
    last.say(b'G', b"hello");
    last.0.set_read_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
    let early = std::io::Read::read(&mut last.0, &mut [0]);
    assert!(early.is_err(), "the 65th is served: {early:?}");

    last.0.set_read_timeout(Some(server::PATIENCE)).unwrap();
    peers[0].finishes(b"hello");
    peers[0].hear(b'C');
    drop(peers.remove(0));
    last.hear(b'R');
}

/// It confirms, and then goes on and on: the client has what it wanted, and leaves.
#[test]
fn a_server_that_never_stops_talking_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        for kind in [b'R', b'A', b'C'] {
            client.write_all(&server::frame(kind, b"fine")).unwrap();
        }
        while client.write_all(b"and another thing").is_ok() {}
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty");
    fs::write(&file, "").unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["client", "--connect", &address]).arg(&file);
    let mut client = command.stdout(Stdio::null()).spawn().unwrap();
    server::wait_until("the client to end", || client.try_wait().unwrap().is_some());
    assert!(client.wait().unwrap().success());
}

#[test]
fn the_end_of_input_at_the_prompt_is_no_error() {
    let server = Server::start(&[]);
    let output = server.client(&[]).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::{Duration, Instant};

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
        assert!(told.contains("refused: cannot write it: file too large"), "{told}");
        assert_eq!(server.names("received").len(), 1, "the other's");

        other.finishes(b"hello");
        other.hear(b'C');
        assert!(server.client(&[&small]).output().unwrap().status.success());
        assert_eq!(server.names("received"), ["other.txt", "small.bin"]);
    }

    /// A server with three clients: one that is in the middle of `a.txt`, of 5 bytes, one
    /// that was greeted, and one for whom no descriptor is left.
    fn out_of_descriptors() -> (Server, [server::Peer; 3]) {
        // Three standard streams, the listener, the one that wakes it, and two clients
        // of whom one has a file.
        let server = limited("ulimit -n 8");
        let mut first = server.connect();
        first.is_accepted("a.txt", 5);
        let mut second = server.connect();
        second.say(b'G', b"hello");
        second.hear(b'R');
        let mut third = server.connect();
        third.say(b'G', b"hello");
        (server, [first, second, third])
    }

    #[test]
    fn out_of_descriptors_new_clients_wait() {
        let (_server, [mut first, _second, mut third]) = out_of_descriptors();
        first.finishes(b"hello");
        first.hear(b'C');
        drop(first);
        third.hear(b'R');
    }

    #[test]
    fn a_file_that_cannot_be_made_is_told() {
        let server = limited("ulimit -n 6");
        let mut peer = server.connect();
        peer.say(b'G', b"hello");
        peer.hear(b'R');
        peer.say(b'S', b"5");
        peer.say(b'N', b"a.txt");
        let why = peer.hear(b'X');
        assert!(why.starts_with("cannot make a file: "), "{why}");
        assert!(!why.contains('/'), "where our folder is, is our business: {why}");
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
        // A file whose size the system does not tell.
        let made_up = Path::new("/proc/cpuinfo").to_owned();
        let missing = server.path("mis\nsing");
        let mut cases = vec![(&pipe, "no file with a size"), (&missing, "mis\\nsing")];
        if made_up.exists() {
            cases.push((&made_up, "no file with a size"));
        }
        // Root may read everything.
        if fs::File::open(&file).is_err() {
            cases.push((&file, "permission denied"));
        }
        for (path, why) in cases {
            let output = server.client(&[path]).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            assert!(stderr(&output).contains(why), "{}", stderr(&output));
        }
    }

    fn interrupt(server: &Server) {
        use rustix::process::{Pid, Signal, kill_process};
        kill_process(Pid::from_child(&server.child), Signal::INT).unwrap();
    }

    /// One waits in the middle of its file, one has said nothing, one is in the queue.
    #[test]
    fn ctrl_c_tells_everyone_and_ends_within_a_second() {
        let mut server = Server::start(&[]);
        let mut half_way = server.connect();
        half_way.is_accepted("a.txt", 500);
        half_way.say(b'B', &content(100));
        let mut idle = server.connect();
        idle.say(b'G', b"hello");
        idle.hear(b'R');
        let start = Instant::now();
        interrupt(&server);
        assert_eq!(half_way.hear(b'X'), "the server is stopping");
        assert_eq!(idle.hear(b'X'), "the server is stopping");
        assert!(server.child.wait().unwrap().success());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert!(server.names("received").is_empty());
    }

    #[test]
    fn ctrl_c_ends_in_order_who_is_still_in_the_queue() {
        let (server, [mut first, mut second, mut third]) = out_of_descriptors();
        interrupt(&server);
        first.hear(b'X');
        second.hear(b'X');
        assert_eq!(std::io::Read::read(&mut third.0, &mut [0]).unwrap(), 0);
    }

    /// A client that goes on sending, whatever it is told.
    fn busy(server: &Server) -> std::thread::JoinHandle<()> {
        let mut busy = server.connect();
        busy.is_accepted("a.txt", 1 << 31);
        let sender = std::thread::spawn(move || {
            let piece = server::frame(b'B', &content(200_000));
            while std::io::Write::write_all(&mut busy.0, &piece).is_ok() {}
        });
        server::wait_until("the first bytes", || {
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
    }

    /// The first gives the server half a second for an orderly end. On a busy machine the
    /// second may come when that is over: then once more.
    #[test]
    fn a_second_ctrl_c_ends_at_once() {
        let ended_by_the_second = || {
            let mut server = Server::start(&[]);
            let sender = busy(&server);
            interrupt(&server);
            // The first has been heard when the transfer has been given up.
            server::wait_until("the file to go", || {
                server.names("received").is_empty()
            });
            interrupt(&server);
            let code = server.child.wait().unwrap().code();
            sender.join().unwrap();
            code == Some(130)
        };
        assert!((0..10).any(|_| ended_by_the_second()));
    }
}
