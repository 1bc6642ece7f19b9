//! What strace(1) writes, read back: the system calls of a program, thread by thread.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use crate::stage::running::until;

/// How long strace may take to write its last line, `+++ exited with 0 +++`.
const PATIENCE: Duration = Duration::from_secs(5);

/// The calls that a picture may show. A `?` is for one that not every processor's Linux
/// has.
const CALLS: &str = "trace=network,execve,read,close,clone,clone3,openat,fsync,\
                     ?linkat,epoll_ctl,?epoll_wait,epoll_pwait,?select,pselect6";

/// strace and its options: as a grandchild (`-DD`), so that the program stays ours to
/// interrupt, and in a group of its own, so that it can write its last line; a file for
/// each thread, seconds, no columns, what a descriptor is, all bytes in hex, of which
/// the first few are enough.
const OPTIONS: &str = "strace -DD -ff -ttt -a1 -yy -xx -s256 -esignal=kill -e";

/// The words of a command that runs `program` under strace, which writes to files in
/// `folder`.
pub fn words(program: &Path, folder: &Path) -> Vec<String> {
    let file = folder.join("thread").display().to_string();
    let words = OPTIONS.split(' ').chain([CALLS, "-o", &file]).map(str::to_owned);
    words.chain([program.display().to_string()]).collect()
}

/// One system call.
#[derive(Debug)]
pub struct Call {
    /// When it began, in seconds.
    pub start: f64,
    /// Its name, as the kernel has it: `recvfrom`, where the manual has `recv`.
    pub name: String,
    /// Its arguments, as strace writes them, up to any comma.
    arguments: Vec<String>,
    /// What it returned, as strace writes it; `?` if it never did.
    pub result: String,
}

impl Call {
    /// Its argument `index`; nothing if there is none.
    pub fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }

    /// The bytes in its argument `index`: the first ones, if they are many.
    pub fn bytes(&self, index: usize) -> Vec<u8> {
        let pairs = self.argument(index).split("\\x").skip(1);
        let byte = |pair: &str| u8::from_str_radix(pair.get(..2)?, 16).ok();
        pairs.filter_map(byte).collect()
    }

    /// The same as text, such as a path.
    pub fn text(&self, index: usize) -> String {
        String::from_utf8_lossy(&self.bytes(index)).into_owned()
    }
}

/// The connection that a descriptor is, `TCP:[ours->theirs`; of a socket for UDP our end
/// alone, as strace has seen it first.
pub fn connection(descriptor: &str) -> Option<&str> {
    let (socket, _) = descriptor.split_once('<')?.1.split_once(']')?;
    let (protocol, ends) = socket.split_once(":[")?;
    let is_one = protocol == "TCP" && ends.contains("->");
    (is_one || protocol == "UDP" && ends.contains(':')).then_some(socket)
}

/// Threads by their numbers, each with its calls.
pub type Threads = BTreeMap<u32, Vec<Call>>;

/// All threads that have written to files in `folder`. Waits until strace has written them
/// to their end.
///
/// # Errors
/// When the files cannot be read.
pub fn threads(folder: &Path) -> io::Result<Threads> {
    let mut threads = Threads::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let number = path.extension().and_then(|number| number.to_str()?.parse().ok());
        let Some(number) = number else { continue };
        let text = || fs::read_to_string(&path);
        let deadline = Instant::now() + PATIENCE;
        until(deadline, || text().is_ok_and(|text| text.ends_with("+++\n")));
        threads.insert(number, text()?.lines().filter_map(parse).collect());
    }
    Ok(threads)
}

/// `1795524003.941083 shutdown(5<TCP:[...]>, SHUT_WR) = 0`. What is no call, such as
/// the end of a thread, is none.
fn parse(line: &str) -> Option<Call> {
    let (start, line) = line.split_once(' ')?;
    let (name, line) = line.split_once('(')?;
    // The last line of a program that was killed may break off.
    let (arguments, result) = line.split_once(") = ").unwrap_or((line, "?"));
    Some(Call {
        start: start.parse().ok()?,
        name: name.to_owned(),
        arguments: arguments.split(", ").map(str::to_owned).collect(),
        result: result.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_call_back() {
        let call = parse(
            r#"17.5 recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:90]>, "\xe4\x2c\x29", 1024, 0, NULL, NULL) = 3"#,
        )
        .unwrap();
        assert_eq!((call.name.as_str(), call.result.as_str()), ("recvfrom", "3"));
        assert_eq!(call.argument(0), "5<TCP:[127.0.0.1:80->127.0.0.1:90]>");
        assert_eq!(call.bytes(1), b"\xe4,)");
        let ends = connection(call.argument(0));
        assert_eq!(ends, Some("TCP:[127.0.0.1:80->127.0.0.1:90"));
        assert_eq!(connection("3<TCP:[127.0.0.1:80]>"), None);
    }

    #[test]
    fn knows_what_failed_and_what_never_returned() {
        let failed =
            parse("1.0 accept4(3<TCP:[x]>, 0x7, [128], 0) = -1 EAGAIN (Later)")
                .unwrap();
        assert_eq!(failed.result, "-1 EAGAIN (Later)");
        let asleep =
            parse("1.0 pselect6(5, [3<TCP:[a]> 4], [], [], NULL, NULL").unwrap();
        assert_eq!(asleep.argument(1), "[3<TCP:[a]> 4]");
        assert_eq!(asleep.result, "?");
        assert_eq!(parse("1.0 accept4(3, 0x7, [128], 0) = ?").unwrap().result, "?");
        assert!(parse("1.0 +++ exited with 0 +++").is_none());
    }
}
