//! What one wait of a poller costs when one socket is ready and the others are idle: the
//! same as chapter 4's `cost_of_select` does with `select`.
//!
//! ```console
//! cargo run --release -p selectors-fetcher --example cost_of_a_poller
//! ```

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Instant;

use polling::{Event, Events, PollMode, Poller};

const WAITS: u32 = 2_000;

fn main() -> io::Result<()> {
    let ready = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    ready.connect(ready.local_addr()?)?;
    ready.send(b"!")?;

    for count in [0, 10, 100, 900] {
        let idle = (0..count).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)));
        let idle = idle.collect::<io::Result<Vec<_>>>()?;
        let poller = Poller::new()?;
        for (key, socket) in idle.iter().chain([&ready]).enumerate() {
            // SAFETY: the poller is dropped before the sockets, and deletes none sooner.
            #[allow(unsafe_code)]
            unsafe {
                poller.add_with_mode(socket, Event::readable(key), PollMode::Level)?;
            }
        }

        // The best of several: whatever else the machine does only adds to it.
        let mut events = Events::new();
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..WAITS {
                events.clear();
                poller.wait(&mut events, None)?;
                assert_eq!(events.len(), 1);
            }
            best = best.min(start.elapsed().as_secs_f64() / f64::from(WAITS));
        }
        println!("{count:4} idle: {:6.1} microseconds a wait", best * 1e6);
    }
    Ok(())
}
