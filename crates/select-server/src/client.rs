//! The client: connect, then send a number, read its reply and rest, and again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use crate::RECEIPT;
use crate::console::{complain, reason, say};
use crate::endpoint::{connect_to, is_gone};
use crate::text::printable;

// ANCHOR: main
pub fn main(connect: &str, count: u64, interval: Duration) -> Result<(), String> {
    let mut server = connect_to(connect)?;
    complain(format_args!("connected to {connect}"));
    let failed = |error: io::Error| format!("{connect}: {}", reason(&error));

    for turn in 1..=count {
        if turn > 1 {
            thread::sleep(interval);
        }
        say(format_args!("turn {turn}"));
        let number = format!("number {turn}");
        server.write_all(number.as_bytes()).map_err(failed)?;

        let reply = read_reply(&server, number.as_bytes()).map_err(failed)?;
        if !reply.is_empty() {
            say(printable(&reply));
        }
        if !is_complete(number.as_bytes(), &reply) {
            return Err(format!("{connect} sent no complete reply"));
        }
    }
    hang_up(&server).map_err(failed)
}
// ANCHOR_END: main

/// The reply to `number`, which is cut short when the server ends the connection.
fn read_reply(mut server: &TcpStream, number: &[u8]) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let mut buffer = [0; 1024];
    // At most a receipt for each byte.
    while !is_complete(number, &reply)
        && reply.len() <= number.len() * (1 + RECEIPT.len())
    {
        match server.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => reply.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_gone(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(reply)
}

/// Whether all of `number` has come back, with a receipt for each read that the server
/// made of it: one, nearly always.
fn is_complete(number: &[u8], reply: &[u8]) -> bool {
    let receipts =
        reply.windows(RECEIPT.len()).filter(|window| *window == RECEIPT).count();
    reply.ends_with(RECEIPT) && reply.len() == number.len() + receipts * RECEIPT.len()
}

/// Says that no more will be sent (a half-close), then waits until the server has ended
/// its side too.
fn hang_up(mut server: &TcpStream) -> io::Result<()> {
    match server
        .shutdown(Shutdown::Write)
        .and_then(|()| io::copy(&mut server, &mut io::sink()))
    {
        // A server that is gone has nothing more to say: that is what we waited for.
        Err(error) if !is_gone(&error) && error.kind() != ErrorKind::NotConnected => {
            Err(error)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_complete_at_its_end_and_not_before() {
        for reply in ["number 1我收到了", "num我收到了ber 1我收到了"] {
            for end in 0..reply.len() {
                assert!(!is_complete(b"number 1", &reply.as_bytes()[..end]), "{end}");
            }
            assert!(is_complete(b"number 1", reply.as_bytes()));
        }
    }
}
