//! Hears what a program prints.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::lock;
use super::running::{DROWSY, is_asleep, until};
use crate::scene::bytes::shown;

/// A program that prints more than this has gone wild: nobody listens further.
const FLOOD: u64 = 1 << 20;

/// How many lines are shown of the end of what was heard.
const SHOWN: usize = 40;

/// How much is shown of a line, in characters.
const WIDEST: usize = 200;

/// Listens to one stream of a program on a thread of its own, so that the program never
/// waits for us.
pub struct Ear {
    lines: Receiver<String>,
    sound: Arc<Mutex<Sound>>,
    /// Heard, and not told yet.
    pub early: VecDeque<String>,
    /// Whether lines are skipped until the next one that is told.
    pub skips: bool,
    /// Whether some have been: the program goes on by itself, and what it says between is
    /// not waited for.
    pub goes_on: bool,
}

#[derive(Default)]
struct Sound {
    /// All that was heard.
    bytes: Vec<u8>,
    /// Where Linux tells what the thread that listens does.
    listener: PathBuf,
}

/// A stream that notes what is read of it.
struct Noted<S>(S, Arc<Mutex<Sound>>);

impl<S: Read> Read for Noted<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        lock(&self.1).bytes.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

impl Ear {
    /// Begins to listen. What stands after the last line end is a line too once the stream
    /// has ended.
    pub fn on(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        let sound = Arc::<Mutex<Sound>>::default();
        let noted = Noted(stream, Arc::clone(&sound));
        thread::spawn(move || {
            if let Ok(listener) = fs::read_link("/proc/thread-self") {
                lock(&noted.1).listener = Path::new("/proc").join(listener);
            }
            let lines = BufReader::new(noted.take(FLOOD)).split(b'\n');
            for line in lines.map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                // Nobody may want to know any more.
                let _ = sender.send(line.trim_end_matches('\r').to_owned());
            }
        });
        Self { lines, sound, early: VecDeque::new(), skips: false, goes_on: false }
    }

    /// Waits until all is heard that was said so far.
    pub fn comes_to_rest(&self) {
        let listener = lock(&self.sound).listener.clone();
        // Other systems than Linux do not say.
        until(Instant::now() + DROWSY, || !listener.exists() || is_asleep(&listener));
    }

    // ANCHOR: next
    /// The next line, waited for until `deadline`. None comes any more once the stream has
    /// ended.
    pub fn next(&mut self, deadline: Instant) -> Result<String, RecvTimeoutError> {
        if let Some(line) = self.early.pop_front() {
            return Ok(line);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        self.lines.recv_timeout(left)
    }
    // ANCHOR_END: next

    /// What was heard, an indented line each, and of very much only the end.
    pub fn so_far(&self) -> String {
        let sound = lock(&self.sound);
        let text = String::from_utf8_lossy(&sound.bytes);
        if text.is_empty() {
            return " nothing".to_owned();
        }
        let count = text.lines().count();
        let lines = text.lines().skip(count.saturating_sub(SHOWN)).map(|line| {
            let line: String = line.chars().take(WIDEST).collect();
            format!("\n    {}", shown(&line))
        });
        let cut = if count > SHOWN { "\n    ..." } else { "" };
        cut.to_owned() + &lines.collect::<String>()
    }
}
