//! `select(2)`, as Python's `select.select` has it: three lists in, three lists out.

use std::io;
use std::time::Duration;

use rustix::event::{
    FdSetElement, FdSetIter, Timespec, fd_set_insert, fd_set_num_elements,
};
pub use rustix::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

/// How many sockets a set can hold: on Windows 64 (`FD_SETSIZE`), elsewhere as many as
/// a program can open.
pub const CAPACITY: Option<usize> = if cfg!(windows) { Some(64) } else { None };

/// The sockets that are ready, by their descriptors.
#[derive(Debug, Default)]
pub struct Ready {
    /// `recv` or `accept` has something to return: bytes, a client, the end of the
    /// stream or an error.
    pub readable: Vec<RawFd>,
    /// `send` takes at least some bytes.
    pub writable: Vec<RawFd>,
    /// Urgent data has come (on Windows also: a `connect` has failed).
    pub exceptional: Vec<RawFd>,
}

// ANCHOR: select
/// Sleeps until one of the sockets is ready, or until `timeout` is over, which leaves
/// all lists empty. `None` sleeps as long as it takes.
///
/// # Errors
/// As `select(2)`, but for `EINTR`, which counts as "none is ready".
pub fn select(
    inputs: &[BorrowedFd<'_>],
    outputs: &[BorrowedFd<'_>],
    exceptions: &[BorrowedFd<'_>],
    timeout: Option<Duration>,
) -> io::Result<Ready> {
    let lists = [inputs, outputs, exceptions];
    let highest =
        lists.iter().flat_map(|list| list.iter()).map(AsRawFd::as_raw_fd).max();
    let bound = highest.map_or(0, |highest| highest + 1);
    let [mut readable, mut writable, mut exceptional] =
        lists.map(|list| set(list, bound));
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());

    // SAFETY: every descriptor in the sets is borrowed from an open socket for the
    // whole call.
    #[allow(unsafe_code)]
    let outcome = unsafe {
        rustix::event::select(
            nfds(bound),
            Some(&mut readable),
            Some(&mut writable),
            Some(&mut exceptional),
            timeout.as_ref(),
        )
    };

    match outcome {
        // The system has written its answer over the sets, which is why they are built
        // anew each time.
        Ok(_) => Ok(Ready {
            readable: FdSetIter::new(&readable).collect(),
            writable: FdSetIter::new(&writable).collect(),
            exceptional: FdSetIter::new(&exceptional).collect(),
        }),
        Err(rustix::io::Errno::INTR) => Ok(Ready::default()),
        Err(error) => Err(error.into()),
    }
}

/// A set that holds `list`, of descriptors below `bound`: a bit for each number on
/// Unix, an array on Windows.
fn set(list: &[BorrowedFd<'_>], bound: RawFd) -> Vec<FdSetElement> {
    let mut set = vec![FdSetElement::default(); fd_set_num_elements(list.len(), bound)];
    for socket in list {
        fd_set_insert(&mut set, socket.as_raw_fd());
    }
    set
}
// ANCHOR_END: select

#[cfg(unix)]
fn nfds(bound: RawFd) -> i32 {
    bound
}

/// Windows counts the sockets itself.
#[cfg(windows)]
fn nfds(_: RawFd) -> i32 {
    0
}
