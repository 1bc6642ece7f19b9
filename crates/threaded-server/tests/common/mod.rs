//! A server that runs, and clients that talk to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const RECEIPT: &str = " 我收到了";

/// A wait that takes longer fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `command`; what it prints after its first line is read and forgotten.
    pub fn start(mut command: Command) -> Self {
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

    pub fn connect(&self) -> TcpStream {
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

pub fn say(mut client: &TcpStream, text: &str) {
    client.write_all(text.as_bytes()).unwrap();
}

pub fn hear(mut client: &TcpStream, text: &str) {
    let mut reply = vec![0; text.len() + RECEIPT.len()];
    client.read_exact(&mut reply).unwrap();
    assert_eq!(reply, format!("{text}{RECEIPT}").as_bytes());
}
