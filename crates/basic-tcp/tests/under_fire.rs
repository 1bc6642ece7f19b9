//! What must hold whoever reads, kills or calls: tried on the program itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Far more than anything here takes, for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_basic-tcp"));
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server, what it says, and a client of it.
fn serve(mut command: Command) -> (Child, BufReader<impl Read>, TcpStream) {
    let mut server = command.spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    (server, said, client)
}

fn server() -> Command {
    program(&["server", "--bind", "127.0.0.1:0"])
}

fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it goes on");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn complaints(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

/// Once the pipe is full, the server waits in `write`. Ctrl-C does not.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_though_nobody_reads_its_stdout() {
    let (mut server, said, mut client) = serve(server());
    // Longer than any pipe, shown as six characters each.
    while client.write_all(&[1; 4096]).is_ok() {}
    signal(&server, "-INT");
    assert_eq!(wait(&mut server).code(), Some(0));
    assert_eq!(complaints(&mut server), "basic-tcp: clients served: 1\n");
    drop(said);
}

#[test]
fn a_closed_stdout_ends_it_without_a_panic() {
    let (mut server, said, mut client) = serve(server());
    drop(said);
    // While another test starts a program, that has the pipe too, and for a moment longer.
    let deadline = Instant::now() + PATIENCE;
    while client.write_all(b"hello").is_ok()
        && client.read_exact(&mut [0; 18]).is_ok()
        && Instant::now() < deadline
    {}
    assert_eq!(wait(&mut server).code(), Some(1));
    assert_eq!(complaints(&mut server), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_ends_it_and_a_full_stderr_does_not() {
    let full = || std::fs::File::create("/dev/full").unwrap();
    let mut command = server();
    assert_eq!(wait(&mut command.stdout(full()).spawn().unwrap()).code(), Some(1));

    let mut command = server();
    command.stderr(full());
    let (mut server, _said, mut client) = serve(command);
    client.write_all(b"hello").unwrap();
    client.read_exact(&mut [0; 18]).unwrap();
    signal(&server, "-INT");
    assert_eq!(wait(&mut server).code(), Some(0));
}

/// `nohup` ignores a hang-up, and that is handed down.
#[cfg(unix)]
#[test]
fn a_hang_up_that_was_ignored_stays_ignored() {
    let mut command = Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" server --bind 127.0.0.1:0";
    command.args(["-c", script, env!("CARGO_BIN_EXE_basic-tcp")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut server, _said, mut client) = serve(command);
    signal(&server, "-HUP");
    client.write_all(b"hello").unwrap();
    client.read_exact(&mut [0; 18]).unwrap();
    signal(&server, "-INT");
    assert_eq!(wait(&mut server).code(), Some(0));
}

#[test]
fn an_address_that_is_none_is_said_at_the_command_line() {
    for arguments in [
        ["client", "--connect", "::1"],
        ["client", "--connect", "::1:8888"],
        ["client", "--connect", "localhost"],
        ["client", "--connect", ":8888"],
        ["client", "--connect", "localhost:+1"],
        ["client", "--connect", "localhost:99999"],
        ["server", "--bind", "::1:8888"],
        ["server", "--bind", ":+0"],
        ["server", "--bind", "localhost:8888"],
    ] {
        let Output { status, stderr, .. } = program(&arguments).output().unwrap();
        let told = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains("[::1]:8888"), "{arguments:?}: {told}");
    }
}

/// A server that sends and sends keeps its client no longer than it takes to read it.
#[test]
fn a_reply_that_never_ends_is_read_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut command = program(&["client", "--connect", &address]);
    let mut client = command.stdin(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let (mut connection, _) = listener.accept().unwrap();
    connection.read_exact(&mut [0; 5]).unwrap();
    connection.write_all(&vec![b'x'; 4 << 20]).unwrap();
    drop(connection);
    let told = Instant::now();
    assert_eq!(wait(&mut client).code(), Some(1));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    let expected = format!("basic-tcp: {address:?}: unexpected end of file\n");
    let connected = format!("basic-tcp: connected to {address}\n");
    assert_eq!(complaints(&mut client), connected + &expected);
}

/// There is no word for it that is the same on each system.
#[cfg(unix)]
#[test]
fn a_name_that_cannot_be_one_is_told_as_the_system_tells_it() {
    let output = program(&["client", "--connect", "\u{1b}..x:1"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let begins = "basic-tcp: \"\\u{1b}..x:1\": failed to lookup address information: ";
    assert!(told.starts_with(begins) && told.lines().count() == 1, "{told}");
    assert_eq!(output.status.code(), Some(1));
}
