//! A server that runs for a test, and the messages to talk to it.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A wait that takes longer fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_file-transfer");

/// A server with a folder of its own, killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    folder: Option<TempDir>,
    told: Option<JoinHandle<String>>,
}

impl Server {
    pub fn start(options: &[&str]) -> Self {
        Self::again(tempfile::tempdir().unwrap(), options)
    }

    /// A server on a folder that may have been used.
    pub fn again(folder: TempDir, options: &[&str]) -> Self {
        Self::by(&mut Command::new(PROGRAM), folder, options)
    }

    /// Starts a server by `command`, which is told its arguments.
    pub fn by(command: &mut Command, folder: TempDir, options: &[&str]) -> Self {
        command.args(["server", "--bind", "127.0.0.1:0", "--dir"]);
        command.arg(folder.path().join("received")).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap();
        // The rest is read, so that the server never waits for us.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let mut stderr = child.stderr.take().unwrap();
        let told = thread::spawn(move || {
            let mut told = String::new();
            stderr.read_to_string(&mut told).map(|_| told).unwrap_or_default()
        });
        let address = address.parse().unwrap();
        Self { child, address, folder: Some(folder), told: Some(told) }
    }

    /// What it is on, for the next one.
    pub fn killed(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.take().unwrap()
    }

    /// What it has told on stderr until its end, which has to come.
    pub fn told(&mut self) -> String {
        self.told.take().unwrap().join().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().unwrap().path().join(name)
    }

    /// The names in the folder `name`.
    pub fn names(&self, name: &str) -> Vec<String> {
        names(&self.path(name))
    }

    pub fn connect(&self) -> Peer {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        // Small messages leave at once, and do not wait for an answer to the one before.
        stream.set_nodelay(true).unwrap();
        Peer(stream)
    }

    /// A client that sends `files` to it.
    pub fn client(&self, files: &[&Path]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["client", "--connect", &self.address.to_string()]).args(files);
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until `done`.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A frame, as the page of the chapter describes it.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes(), body].concat()
}

/// A sender, frame by frame.
pub struct Peer(pub TcpStream);

impl Peer {
    pub fn say(&mut self, body: &[u8]) {
        self.0.write_all(&frame(body)).unwrap();
    }

    /// The next frame, which has to begin so: the rest of it.
    pub fn hear(&mut self, sign: char) -> String {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        body.strip_prefix(sign).unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    /// Gets as far as the server's acceptance.
    pub fn is_accepted(&mut self, name: &str, size: usize) {
        self.say(b"hello");
        self.hear('+');
        self.say(size.to_string().as_bytes());
        self.say(name.as_bytes());
        self.hear('+');
    }

    /// Sends `bytes` and their digest.
    pub fn finishes(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(131_072) {
            self.say(piece);
        }
        self.say(blake3::hash(bytes).as_bytes());
    }
}
