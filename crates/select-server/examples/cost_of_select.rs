//! What one call of `select` costs when one socket is ready and the others are idle.
//!
//! ```console
//! cargo run --release -p select-server --example cost_of_select
//! ```

#[path = "../src/select.rs"]
#[allow(dead_code)] // Ctrl-C is the server's.
mod select;

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Instant;

use rustix::fd::AsRawFd;
use select::select;

const CALLS: u32 = 2_000;

fn main() -> io::Result<()> {
    let ready = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    ready.connect(ready.local_addr()?)?;
    ready.send(b"!")?;

    for count in [0, 10, 100, 900] {
        if cfg!(windows) && count >= 64 {
            println!("{count:4} idle: more than a set takes on this system");
            continue;
        }
        let idle = (0..count).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)));
        let idle = idle.collect::<io::Result<Vec<_>>>()?;
        let inputs: Vec<_> =
            idle.iter().chain([&ready]).map(AsRawFd::as_raw_fd).collect();

        // The best of several: whatever else the machine does only adds to it.
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..CALLS {
                let [readable, writable, _] = select([&inputs, &[], &[]], None);
                assert_eq!((readable.len(), writable.len()), (1, 0));
            }
            best = best.min(start.elapsed().as_secs_f64() / f64::from(CALLS));
        }
        println!("{count:4} idle: {:6.1} microseconds a call", best * 1e6);
    }
    Ok(())
}

fn complain(line: &str) {
    eprintln!("{line}");
}
