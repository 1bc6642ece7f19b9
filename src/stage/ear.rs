//! Hears what a program prints.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::lock;
use super::running::{is_asleep, until_asleep};
use crate::scene::bytes::shown;

/// A program that prints more than this has gone wild: nobody listens further.
const FLOOD: usize = 1 << 20;

/// How many lines are shown of the end of what was heard.
const SHOWN: usize = 40;

/// How much is shown of a line, in characters.
const WIDEST: usize = 200;

/// What an [`Ear`] got to hear.
pub enum Heard {
    /// A line, without its end.
    Line(String),
    /// The stream has ended, and all of it was told.
    End,
    /// Neither came before the deadline.
    Nothing,
}

/// Listens to one stream of a program on a thread of its own, so that the program never
/// waits for us.
pub struct Ear(Arc<(Mutex<Sound>, Condvar)>);

#[derive(Default)]
struct Sound {
    bytes: Vec<u8>,
    /// How many of `bytes` a scene has been told.
    told: usize,
    ended: bool,
    /// Where Linux tells what the thread that listens does.
    listener: PathBuf,
}

impl Ear {
    /// Begins to listen.
    pub fn on(mut stream: impl Read + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(Sound::default()), Condvar::new()));
        let ear = Self(Arc::clone(&shared));
        thread::spawn(move || {
            if let Ok(listener) = std::fs::read_link("/proc/thread-self") {
                lock(&shared.0).listener = Path::new("/proc").join(listener);
            }
            let mut buffer = [0; 4096];
            loop {
                let length = stream.read(&mut buffer).unwrap_or(0);
                let mut sound = lock(&shared.0);
                sound.bytes.extend_from_slice(&buffer[..length]);
                sound.ended = length == 0 || sound.bytes.len() > FLOOD;
                shared.1.notify_all();
                if sound.ended {
                    break;
                }
            }
        });
        ear
    }

    /// Waits until all is heard that was said so far.
    pub fn comes_to_rest(&self) {
        let listener = lock(&self.0.0).listener.clone();
        // Other systems than Linux do not say.
        until_asleep(|| !listener.exists() || is_asleep(&listener));
    }

    // ANCHOR: next
    /// The next line, waited for until `deadline`. What stands after the last line end
    /// is a line too once the stream has ended.
    pub fn next(&self, deadline: Instant) -> Heard {
        let (sound, bell) = &*self.0;
        let left = deadline.saturating_duration_since(Instant::now());
        let waits = bell.wait_timeout_while(lock(sound), left, |sound| {
            !sound.ended && !sound.bytes[sound.told..].contains(&b'\n')
        });
        let (mut sound, _) = waits.unwrap_or_else(PoisonError::into_inner);
        let rest = &sound.bytes[sound.told..];
        let end = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => end,
            None if !sound.ended => return Heard::Nothing,
            None if rest.is_empty() => return Heard::End,
            None => rest.len(),
        };
        let line = String::from_utf8_lossy(&rest[..end]);
        let line = line.trim_end_matches('\r').to_owned();
        sound.told = (sound.told + end + 1).min(sound.bytes.len());
        Heard::Line(line)
    }
    // ANCHOR_END: next

    /// Whether `text` is among what was heard so far.
    pub fn has_heard(&self, text: &str) -> bool {
        let sound = lock(&self.0.0);
        sound.bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes())
    }

    /// What was heard, an indented line each, and of very much only the end.
    pub fn so_far(&self) -> String {
        let sound = lock(&self.0.0);
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
