//! What the server sleeps in, `select(2)` with three lists, and the socket that wakes it
//! at Ctrl-C.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{io, process, thread};

use rustix::event::{self, FdSetElement, FdSetIter};
use rustix::fd::RawFd;
use rustix::io::Errno;

use crate::complain;

/// How many clients were served. Two threads use it: the loop's, and that of Ctrl-C.
pub static SERVED: AtomicUsize = AtomicUsize::new(0);

/// How long to wait when the system has nothing left to give.
pub const PAUSE: Duration = Duration::from_millis(200);

/// How long after Ctrl-C clients may take to read what is queued for them.
const GRACE: Duration = Duration::from_millis(500);

/// Sleeps until a socket in one of the lists is ready, or the time is over, and returns
/// those that are.
#[allow(unsafe_code)]
pub fn select(lists: [&[RawFd]; 3], timeout: Option<Duration>) -> [Vec<RawFd>; 3] {
    let timeout = timeout.and_then(|timeout| timeout.try_into().ok());
    // A set has a bit for each number, up to the highest. (On Windows it is an array, and
    // the call does not look at `bits`.)
    let all = lists.concat();
    let above = all.iter().max().map_or(0, |highest| highest + 1);
    let size = event::fd_set_num_elements(all.len(), above);
    let mut sets = lists.map(|_| vec![FdSetElement::default(); size]);
    for (set, list) in sets.iter_mut().zip(lists) {
        for number in list {
            event::fd_set_insert(set, *number);
        }
    }
    let [read, write, except] = &mut sets;
    let bits = i32::try_from(size_of_val(&read[..]) * 8).unwrap_or(i32::MAX);
    // SAFETY: each number in the lists is that of an open socket.
    let outcome = unsafe {
        event::select(bits, Some(read), Some(write), Some(except), timeout.as_ref())
    };
    match outcome {
        // The system has written its answer over the sets.
        Ok(_) => sets.map(|set| FdSetIter::new(&set).collect()),
        // A signal came, such as that of Ctrl-C. Nobody is ready.
        Err(Errno::INTR) => Default::default(),
        Err(error) => {
            complain(&format!("select: {error}; trying again"));
            thread::sleep(PAUSE);
            Default::default()
        }
    }
}

/// A socket that is readable after Ctrl-C: it sends to itself. A second Ctrl-C ends the
/// program at once.
pub fn ring_at_ctrl_c() -> io::Result<UdpSocket> {
    let doorbell = UdpSocket::bind("127.0.0.1:0")?;
    doorbell.connect(doorbell.local_addr()?)?;
    let button = doorbell.try_clone()?;
    let pressed = AtomicBool::new(false);
    let on_ctrl_c = move || {
        if pressed.swap(true, Relaxed) || button.send(b"!").is_err() {
            process::exit(130);
        }
        complain(&format!("clients served: {}", SERVED.load(Relaxed)));
        // Nobody keeps us longer than that, whatever comes.
        thread::spawn(|| {
            thread::sleep(GRACE);
            process::exit(0);
        });
    };
    ctrlc::set_handler(on_ctrl_c).map_err(io::Error::other)?;
    Ok(doorbell)
}
