//! The client: connect, then send each line and read its reply, until the end of input.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use crate::{RECEIPT, complain, say};

/// Sends each line of stdin, and prints its reply.
///
/// # Errors
/// When there is no server, or it goes away before a reply is complete.
pub fn run(address: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    complain(&format!("connected to {address}"));
    for line in io::stdin().lines() {
        let line = line?;
        if line.is_empty() {
            complain("an empty line is no bytes: nothing to send");
            continue;
        }
        server.write_all(line.as_bytes())?;
        let reply = read_reply(&mut server, line.len())?;
        let text = String::from_utf8_lossy(&reply);
        say(&format!("{text:?}"));
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
