//! What no scene shows: an end with a client that does not read, and no thread to be had.

mod common;

use std::process::Command;

use common::{Server, hear, say};

fn threaded_server(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threaded-server"));
    command.args(arguments);
    command
}

/// One client is idle, one sends and never reads: neither keeps the server from ending.
#[cfg(unix)]
#[test]
fn ends_within_a_second_whatever_its_clients_do() {
    use std::io::Write;
    use std::time::{Duration, Instant};

    let mut server =
        Server::start(threaded_server(&["server", "--bind", "127.0.0.1:0"]));
    let idle = server.connect();
    let mut deaf = server.connect();
    // Until its own system's buffer is full too: then the server's `send` waits.
    deaf.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while deaf.write(&[b'x'; 16 * 1024]).is_ok() {}

    let pid = rustix::process::Pid::from_child(&server.child);
    let start = Instant::now();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let status = server.child.wait().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(1), "took {took:?}");
    drop((idle, deaf));
}

/// Each thread reserves memory for its stack: with little of it there are few threads.
#[cfg(target_os = "linux")]
#[test]
fn survives_when_no_thread_can_be_started() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 300000; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_threaded-server"));
    command.args(["server", "--bind", "127.0.0.1:0", "--max-clients", "1000"]);
    command.stderr(Stdio::piped());
    let mut server = Server::start(command);
    let stderr = BufReader::new(server.child.stderr.take().unwrap());
    let complaint = std::thread::spawn(move || stderr.lines().next());

    let first = server.connect();
    let mut clients = Vec::new();
    while !complaint.is_finished() && clients.len() < 1000 {
        clients.push(server.connect());
    }
    let complaint = complaint.join().unwrap().unwrap().unwrap();
    assert!(complaint.contains("no thread for it"), "{complaint}");

    say(&first, "still there?");
    hear(&first, "still there?");
    clients.clear();
    let last = server.connect();
    say(&last, "again?");
    hear(&last, "again?");
}

#[test]
fn refuses_what_makes_no_sense() {
    for arguments in [
        &["server", "--max-clients", "0"][..],
        &["server", "--max-clients", "many"],
        &["server", "--idle-timeout", "0"],
        &["server", "--idle-timeout", "-1"],
        &["client", "--connect", "8080"],
        &[],
    ] {
        let output = threaded_server(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
