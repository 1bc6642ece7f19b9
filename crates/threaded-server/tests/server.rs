//! What no scene shows: an end with a client that does not read, and no thread to be had.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Server, hear, say};

fn threaded_server(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threaded-server"));
    command.args(arguments);
    command
}

fn interrupt(server: &Server) {
    let pid = rustix::process::Pid::from_child(&server.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

/// A second, and what a busy machine adds.
fn ends(server: &mut Server) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            return status;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "it still runs");
        thread::sleep(Duration::from_millis(2));
    }
}

/// One client is idle, one sends and never reads, and new ones come all the time: none of
/// them keeps the server from ending.
#[test]
fn ends_at_once_whatever_its_clients_do() {
    let mut server =
        Server::start(threaded_server(&["server", "--bind", "127.0.0.1:0"]));
    let idle = server.connect();
    say(&idle, "hello");
    hear(&idle, "hello");
    let mut deaf = server.connect();
    // Until no buffer has room: then the server's `send` waits.
    deaf.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while deaf.write(&[b'x'; 1000]).is_ok() {}
    let address = server.address;
    let flood = thread::spawn(move || {
        while let Ok(mut client) = TcpStream::connect(address) {
            let _ = client.write(&[b'x'; 1000]);
        }
    });
    interrupt(&server);
    assert!(ends(&mut server).success());
    flood.join().unwrap();
    drop((idle, deaf));
}

/// Each thread reserves memory for its stack: with large stacks there are few threads.
#[cfg(target_os = "linux")]
#[test]
fn survives_when_no_thread_can_be_started() {
    use common::PATIENCE;
    use std::io::Read;
    use std::sync::mpsc;

    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 600000; exec \"$0\" \"$@\""]);
    command.env("RUST_MIN_STACK", "67108864").env("MALLOC_ARENA_MAX", "1");
    command.arg(env!("CARGO_BIN_EXE_threaded-server"));
    command.args(["server", "--bind", "127.0.0.1:0", "--max-clients", "1000"]);
    command.stderr(Stdio::piped());
    let mut server = Server::start(command);
    let stderr = BufReader::new(server.child.stderr.take().unwrap());
    let (sender, complaint) = mpsc::channel();
    thread::spawn(move || stderr.lines().try_for_each(|line| sender.send(line)));

    let first = server.connect();
    let mut clients = Vec::new();
    let complaint = loop {
        clients.push(server.connect());
        if let Ok(line) = complaint.recv_timeout(Duration::from_millis(1)) {
            break line.unwrap();
        }
        assert!(clients.len() < 1000, "there is a thread for each");
    };
    assert!(complaint.contains("no thread for it"), "{complaint}");

    say(&first, "still there?");
    hear(&first, "still there?");
    // Their threads end soon. Until then there is none for somebody else.
    clients.clear();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut last = server.connect();
        // It may be sent away before it has said anything.
        if last.write_all(b"again?").is_ok() && last.read(&mut [0]).is_ok_and(|n| n > 0)
        {
            break;
        }
        assert!(Instant::now() < deadline, "nobody is served any more");
    }
}
