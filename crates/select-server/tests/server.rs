//! What no scene shows: many clients at once, and that the server sleeps when there is
//! nothing to do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const RECEIPT: &str = "我收到了";

/// A wait that takes longer fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn select_server(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_select-server"));
    command.args(arguments);
    command
}

/// The server of an example, which cargo has built for this test.
#[cfg(unix)]
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(|deps| deps.parent()).unwrap();
    let mut command = Command::new(folder.join("examples").join(name));
    command.args(["server", "127.0.0.1:0"]);
    command
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `command`, whose output is read to its end and forgotten.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, first) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = sender.send(line);
            std::io::copy(&mut stdout, &mut std::io::sink())
        });
        let line = first.recv_timeout(PATIENCE).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap();
        Self { child, address: address.parse().unwrap() }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn talk(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).unwrap();
    let mut reply = vec![0; text.len() + RECEIPT.len()];
    client.read_exact(&mut reply).unwrap();
    assert_eq!(reply, format!("{text}{RECEIPT}").as_bytes());
}

/// Allows this program, and those that it starts, more than 1024 descriptors.
#[cfg(unix)]
fn allow_many_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let needed = 1200;
    assert!(
        limit.maximum.is_none_or(|most| most >= needed),
        "this test needs {needed} descriptors (ulimit -Hn)"
    );
    if limit.current.is_some_and(|most| most < needed) {
        limit.current = Some(needed);
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}

/// The first version's sets have no bit for a number past 1023.
#[cfg(unix)]
#[test]
fn the_first_version_ends_at_descriptor_1024() {
    allow_many_descriptors();
    let mut command = example("first_select");
    command.stderr(Stdio::piped());
    let mut server = Server::start(command);
    let mut stderr = server.child.stderr.take().unwrap();
    let mut clients = Vec::new();
    // One after the other: each is served before the next one comes.
    let mut serves_one_more = || -> std::io::Result<()> {
        let mut client = TcpStream::connect(server.address)?;
        client.set_read_timeout(Some(PATIENCE))?;
        client.write_all(b"x")?;
        client.read_exact(&mut [0; 1 + RECEIPT.len()])?;
        clients.push(client);
        Ok(())
    };
    while serves_one_more().is_ok() {}
    // What it says comes to an end with it.
    let mut told = String::new();
    stderr.read_to_string(&mut told).unwrap();
    assert!(told.contains("panicked"), "{told}");
    assert!((1000..1100).contains(&clients.len()), "{}", clients.len());
}

/// C's `fd_set` ends at descriptor 1023, and writes past its end make programs crash.
#[cfg(unix)]
#[test]
fn serves_clients_past_descriptor_1023() {
    serves_1100_clients(select_server(&["server", "--bind", "127.0.0.1:0"]));
}

/// A list of descriptors has no end.
#[cfg(unix)]
#[test]
fn poll_serves_clients_past_descriptor_1023() {
    serves_1100_clients(example("first_poll"));
}

#[cfg(unix)]
fn serves_1100_clients(command: Command) {
    allow_many_descriptors();
    let server = Server::start(command);
    let mut clients: Vec<_> = (0..1100).map(|_| server.connect()).collect();
    for number in [1099, 0, 1020, 550, 1098] {
        talk(&mut clients[number], &format!("I am {number}"));
    }
}

/// The rounds of a server are counted by its lines on stderr.
fn count_rounds(server: &mut Server) -> thread::JoinHandle<usize> {
    let stderr = BufReader::new(server.child.stderr.take().unwrap());
    thread::spawn(move || stderr.lines().count())
}

#[test]
fn sleeps_while_nothing_is_ready() {
    let mut command = select_server(&["server", "--bind", "127.0.0.1:0", "--rounds"]);
    command.stderr(Stdio::piped());
    let mut server = Server::start(command);
    let rounds = count_rounds(&mut server);
    let mut client = server.connect();
    for _ in 0..100 {
        talk(&mut client, "hello");
    }
    let _idle = server.connect();
    drop(server);
    // Two to accept, one for each message, and perhaps one when the clients hang up.
    let rounds = rounds.join().unwrap();
    assert!((101..=104).contains(&rounds), "{rounds} rounds");
}

#[cfg(target_os = "linux")]
#[test]
fn out_of_descriptors_it_tries_again_now_and_then() {
    use std::time::Instant;
    // Room for one client beside the standard streams, the listener and the socket for
    // Ctrl-C.
    let mut command = Command::new("sh");
    // What the shell that runs the test has open does not count.
    command.args(["-c", "exec 3>&- 4>&- 5>&-; ulimit -n 7; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_select-server"));
    command.args(["server", "--bind", "127.0.0.1:0", "--rounds"]);
    command.stderr(Stdio::piped());
    let start = Instant::now();
    let mut server = Server::start(command);
    let rounds = count_rounds(&mut server);
    let mut client = server.connect();
    talk(&mut client, "hello");
    let _waits = server.connect();
    // Not for order: while this second lasts, the one who waits costs next to nothing.
    thread::sleep(Duration::from_secs(1));
    talk(&mut client, "still served");
    drop(server);
    let rounds = rounds.join().unwrap();
    // The listener is looked at, and then left alone, once in 200 ms.
    let most = 10 + 2 * start.elapsed().as_millis() as usize / 200;
    assert!((6..=most).contains(&rounds), "{rounds} rounds, at most {most} expected");
}

#[test]
fn refuses_what_makes_no_sense() {
    for arguments in [
        &["client", "--interval", "-1"][..],
        &["client", "--interval", "soon"],
        &["client", "--connect", "::1"],
        &["server", "--bind", "8888"],
        &["server", "--bind", "::1:8888"],
        &["serve"],
        &[],
    ] {
        let output = select_server(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

/// Within a second, and what a busy machine adds.
#[cfg(unix)]
fn ends_at_ctrl_c(child: &mut Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let start = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "it still runs");
        thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(status.code(), Some(0));
}

/// New clients that send all the time, and two hundred that never read.
#[cfg(unix)]
#[test]
fn ends_in_time_whatever_its_clients_do() {
    let mut server = Server::start(select_server(&["server", "--bind", "127.0.0.1:0"]));
    let mut deaf: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for client in &mut deaf {
        client.set_nonblocking(true).unwrap();
        while client.write(&[b'x'; 10_000]).is_ok() {}
    }
    let address = server.address;
    let flood = thread::spawn(move || {
        while let Ok(mut client) = TcpStream::connect(address) {
            let _ = client.write(&[b'x'; 10_000]);
        }
    });
    ends_at_ctrl_c(&mut server.child);
    flood.join().unwrap();
    drop(deaf);
}

/// Once the pipe is full the server waits in `write`. Ctrl-C does not.
#[cfg(unix)]
#[test]
fn ends_though_nobody_reads_its_stdout() {
    let mut command = select_server(&["server", "--bind", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    // Longer than any pipe, shown as six characters each.
    while client.write_all(&[1; 4096]).is_ok() {}
    ends_at_ctrl_c(&mut child);
}
