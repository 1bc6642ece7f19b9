//! What `--rounds` tells: the three sets of each call of `select`, and what it found.

use crate::select::{AsRawFd, BorrowedFd, RawFd, Ready};

/// `read listener [127.0.0.1:50000]; write -; exceptional 127.0.0.1:50000`: those in
/// brackets were ready.
pub fn describe(
    sets: [&[BorrowedFd<'_>]; 3],
    ready: &Ready,
    name: impl Fn(RawFd) -> String,
) -> String {
    let found = [&ready.readable, &ready.writable, &ready.exceptional];
    let parts = ["read", "write", "exceptional"].into_iter().zip(sets).zip(found);
    let texts = parts.map(|((title, set), found)| {
        let mut text = title.to_owned();
        for number in set.iter().map(AsRawFd::as_raw_fd) {
            let name = name(number);
            text += &if found.contains(&number) {
                format!(" [{name}]")
            } else {
                format!(" {name}")
            };
        }
        if set.is_empty() { text + " -" } else { text }
    });
    texts.collect::<Vec<_>>().join("; ")
}
