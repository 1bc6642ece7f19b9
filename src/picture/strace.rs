//! What strace(1) writes, read back: the system calls of a program, thread by thread.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// How long strace may take to write its last line, `+++ exited with 0 +++`.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often we look.
const LOOK: Duration = Duration::from_millis(2);

/// The calls that a picture may show. A `?` is for one that not every processor's Linux
/// has.
const CALLS: &str = "trace=network,read,close,clone,clone3,openat,statfs,fsync,\
                     ?renameat2,fcntl,epoll_ctl,?epoll_wait,epoll_pwait,?select,pselect6";

/// The options of strace: as a grandchild (`-DD`), so that the program stays ours to
/// interrupt, and in a group of its own, so that it can write its last line; a file for each thread, seconds, durations, what a descriptor is, all
/// bytes in hex, of which the first few are enough.
const OPTIONS: [&str; 11] = [
    "-DD",
    "-ff",
    "-ttt",
    "-T",
    "-yy",
    "-xx",
    "-s",
    "256",
    "-esignal=kill",
    "-e",
    CALLS,
];

/// Runs `command` under strace, which writes to files that begin with `file`.
pub fn wrap(command: &Command, file: &Path) -> Command {
    let mut wrapped = Command::new("strace");
    wrapped.args(OPTIONS).arg("-o").arg(file).arg(command.get_program());
    wrapped.args(command.get_args());
    wrapped
}

/// One system call.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it began, in seconds.
    pub start: f64,
    /// Its name, without the digit or the suffix of the newest variant.
    pub name: String,
    /// Its arguments, as strace writes them.
    pub arguments: Vec<String>,
    /// What it returned, as strace writes it; none if it never did.
    pub result: Option<String>,
}

impl Call {
    /// The number that it returned.
    pub fn number(&self) -> Option<i64> {
        leading_number(self.result.as_deref()?)
    }

    /// The descriptor that its argument `index` names.
    pub fn descriptor(&self, index: usize) -> Option<i64> {
        leading_number(self.arguments.get(index)?)
    }

    /// The bytes of its argument `index`: the first ones, if they are many.
    pub fn bytes(&self, index: usize) -> Vec<u8> {
        let quoted = self.arguments.get(index).and_then(|text| text.split('"').nth(1));
        let pairs = quoted.unwrap_or_default().split("\\x").skip(1);
        pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
    }

    /// The two ends of the TCP connection that `text` describes, ours first.
    pub fn ends(text: &str) -> Option<(&str, &str)> {
        let inside = text.split_once("<TCP")?.1.split_once('[')?.1;
        inside.split_once(']')?.0.split_once("->")
    }

    /// The same, of its first argument.
    pub fn connection(&self) -> Option<(&str, &str)> {
        Self::ends(self.arguments.first()?)
    }
}

fn leading_number(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-');
    text[..end.unwrap_or(text.len())].parse().ok()
}

/// The threads of a program by their number, each with its calls, from the files that
/// begin with `prefix` in `folder`. Waits until strace has written them to their end.
///
/// # Errors
/// When the files cannot be read.
pub fn threads(folder: &Path, prefix: &str) -> io::Result<BTreeMap<i64, Vec<Call>>> {
    let deadline = Instant::now() + PATIENCE;
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            let mut text = fs::read_to_string(&path)?;
            while !text.ends_with("+++\n") && Instant::now() < deadline {
                thread::sleep(LOOK);
                text = fs::read_to_string(&path)?;
            }
            threads.insert(number, text.lines().filter_map(parse).collect());
        }
    }
    Ok(threads)
}

/// The threads in the order in which they began. Their numbers begin again at the lowest
/// one that is free when the highest has been given.
pub fn in_order(threads: &BTreeMap<i64, Vec<Call>>) -> Vec<(i64, &Vec<Call>)> {
    let mut threads: Vec<_> =
        threads.iter().map(|(number, calls)| (*number, calls)).collect();
    let start = |calls: &[Call]| calls.first().map_or(f64::INFINITY, |call| call.start);
    threads.sort_by(|(_, one), (_, other)| start(one).total_cmp(&start(other)));
    threads
}

/// `1795524003.941083 shutdown(5<TCP:[...]>, SHUT_WR) = 0 <0.000085>`. What is no call,
/// such as the end of a thread, is none.
fn parse(line: &str) -> Option<Call> {
    let (start, line) = line.split_once(' ')?;
    let (name, line) = line.split_once('(')?;
    let (arguments, rest) = split(line);
    // A call in which the program was killed has returned `?`.
    let result = rest.split_once("= ").filter(|(_, result)| !result.starts_with('?'));
    let result = result.map(|(_, result)| {
        result.rsplit_once(" <").map_or(result, |(result, _)| result).to_owned()
    });
    Some(Call { start: start.parse().ok()?, name: plain(name), arguments, result })
}

/// The arguments, up to the bracket that closes them, and what follows it.
fn split(text: &str) -> (Vec<String>, &str) {
    let mut arguments = vec![String::new()];
    let (mut depth, mut quoted) = (0, false);
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ')' if depth == 0 && !quoted => return (arguments, &text[index..]),
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut()
            && !(last.is_empty() && character == ' ')
        {
            last.push(character);
        }
    }
    // It never returned.
    (arguments, "")
}

/// What the manual calls it.
fn plain(name: &str) -> String {
    let plain = match name {
        "accept4" => "accept",
        "sendto" => "send",
        "recvfrom" => "recv",
        "pselect6" => "select",
        "epoll_pwait" => "epoll_wait",
        "clone3" => "clone",
        "openat" => "open",
        "renameat2" => "rename",
        other => other,
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_call_back() {
        let call = parse(
            r#"17.5 recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:90]>, "\xe4\x2c\x29", 1024, 0, NULL, NULL) = 3 <0.002>"#,
        )
        .unwrap();
        assert_eq!((call.name.as_str(), call.number()), ("recv", Some(3)));
        assert_eq!(call.descriptor(0), Some(5));
        assert_eq!(call.bytes(1), b"\xe4,)");
        assert_eq!(call.connection(), Some(("127.0.0.1:80", "127.0.0.1:90")));
    }

    #[test]
    fn knows_what_failed_and_what_never_returned() {
        let failed =
            parse("1.0 accept4(3<TCP:[x]>, 0x7, [128], 0) = -1 EAGAIN (Later) <0.1>")
                .unwrap();
        assert_eq!(failed.result.as_deref(), Some("-1 EAGAIN (Later)"));
        let asleep =
            parse("1.0 pselect6(5, [3<TCP:[a]> 4], [], [], NULL, NULL").unwrap();
        assert_eq!(asleep.arguments[1], "[3<TCP:[a]> 4]");
        assert!(asleep.result.is_none());
        assert!(parse("1.0 accept4(3, 0x7, [128], 0) = ?").unwrap().result.is_none());
        assert!(parse("1.0 +++ exited with 0 +++").is_none());
    }
}
