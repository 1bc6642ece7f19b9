//! Sends more than its own receiver has room for, and counts what came.
//!
//! ```console
//! cargo run -p basic-tcp --example first_flood
//! ```

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

/// How many datagrams are sent.
const COUNT: usize = 10_000;

/// The bytes of each: 10 MB in all, and no system keeps as many for one socket.
const SIZE: usize = 1000;

fn main() -> io::Result<()> {
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    for number in 1..=COUNT {
        let datagram = format!("{number:SIZE$}");
        sender.send_to(datagram.as_bytes(), receiver.local_addr()?)?;
    }
    println!("{COUNT} datagrams are sent, and no call has failed");

    // Only now does somebody receive. Who waits in vain has had all that there was.
    receiver.set_read_timeout(Some(Duration::from_millis(300)))?;
    let mut buffer = [0; SIZE];
    let mut came = Vec::new();
    while let Ok(length) = receiver.recv(&mut buffer) {
        came.push(String::from_utf8_lossy(&buffer[..length]).trim().to_string());
    }
    println!("{} have come, from {:?} to {:?}", came.len(), came.first(), came.last());
    if came.len() < COUNT {
        println!("{} are gone", COUNT - came.len());
    }
    Ok(())
}
