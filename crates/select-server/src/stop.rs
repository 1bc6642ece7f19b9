//! Ctrl-C for a program that sleeps in `select`.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a program that Ctrl-C ended at once: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

// ANCHOR: on_ctrl_c
/// A socket that becomes readable at Ctrl-C: what `select` can wait for, beside the
/// clients. A second Ctrl-C ends the program at once.
///
/// It sends to itself (UDP, connected to its own address), so that it hears nobody
/// else. A pipe would do on Unix, but `select` on Windows takes nothing but sockets.
///
/// # Errors
/// When the system gives no handler or no socket.
pub fn on_ctrl_c() -> io::Result<UdpSocket> {
    let doorbell = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    doorbell.connect(doorbell.local_addr()?)?;

    let button = doorbell.try_clone()?;
    let pressed = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        // A bell that cannot be rung must not keep the program from ending.
        if pressed.swap(true, Ordering::SeqCst) || button.send(b"!").is_err() {
            process::exit(INTERRUPTED);
        }
    })
    .map_err(io::Error::other)?;
    Ok(doorbell)
}
// ANCHOR_END: on_ctrl_c
