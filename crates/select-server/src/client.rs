//! The client: connect, then send a number, read its reply and rest, and again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::{RECEIPT, complain};

/// Sends three numbers, each followed by a rest of so many seconds.
///
/// # Errors
/// When there is no server, or it goes away before a reply is complete.
pub fn run(address: &str, interval: u64) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    complain(&format!("connected to {address}"));
    for turn in 1..=3 {
        writeln!(io::stdout(), "turn {turn}")?;
        let number = format!("number {turn}");
        server.write_all(number.as_bytes())?;
        let reply = read_reply(&mut server, number.len())?;
        writeln!(io::stdout(), "{:?}", String::from_utf8_lossy(&reply))?;
        thread::sleep(Duration::from_secs(interval));
    }
    Ok(())
}

/// Reads until all that we sent is back, with a receipt for each read that it took.
fn read_reply(server: &mut TcpStream, sent: usize) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let mut receipts = 0;
    let mut buffer = [0; 1024];
    loop {
        let length = server.read(&mut buffer)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        // A receipt may have begun in the last read: look at its end once more.
        let unseen = reply.len().saturating_sub(RECEIPT.len() - 1);
        reply.extend_from_slice(&buffer[..length]);
        receipts += String::from_utf8_lossy(&reply[unseen..]).matches(RECEIPT).count();
        let whole = reply.len() == sent + receipts * RECEIPT.len();
        if whole && reply.ends_with(RECEIPT.as_bytes()) {
            return Ok(reply);
        }
    }
}
