//! Tells what was fetched, and at the end how long it took.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::event_loop::MECHANISM;
use crate::fetch::Fetch;
use crate::output::{complain, complain_all, count, print, visible};

pub struct Report {
    /// Whether each page is told apart by a line that names it.
    named: bool,
    /// Whether stdout is a terminal, which must not obey what a stranger sends.
    terminal: bool,
    /// Whether the last line on stdout has no end yet.
    open_line: bool,
    lines: Vec<String>,
    /// What the fetches took, added up.
    sum: Duration,
}

impl Report {
    pub fn new(named: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            named,
            terminal,
            open_line: false,
            lines: Vec::new(),
            sum: Duration::ZERO,
        }
    }

    /// Prints what has come, and why it is not all, if it is not.
    ///
    /// This is where a reader of our stdout who dawdles holds up everything.
    pub fn add(&mut self, fetch: &Fetch, outcome: Result<(), String>) {
        let took = fetch.start.elapsed();
        let url = &fetch.url.text;
        let response = &fetch.response;
        if !response.bytes.is_empty() {
            self.print(url, &response.bytes);
        }

        let what = match (&outcome, response.code) {
            (Ok(()), Some(code)) => code.to_string(),
            _ => "failed".to_owned(),
        };
        if let Err(why) = outcome {
            complain(format_args!("{url}: {why}"));
        }
        self.sum += took;
        self.lines.push(format!(
            "{url}: {what}, {} in {}",
            count(response.bytes.len(), "byte"),
            time(took)
        ));
    }

    fn print(&mut self, url: &str, page: &[u8]) {
        let mut text = Vec::new();
        if self.named {
            let line_end = if self.open_line { "\n" } else { "" };
            text.extend_from_slice(format!("{line_end}==> {url} <==\n").as_bytes());
        }
        if self.terminal {
            // Each line of a header ends with a control character too many for the eye.
            let page = visible(page, &['\n', '\t', '\r']).replace("\r\n", "\n");
            text.extend_from_slice(page.replace('\r', "\\r").as_bytes());
            if !text.ends_with(b"\n") {
                text.push(b'\n');
            }
        } else {
            text.extend_from_slice(page);
        }
        self.open_line = !text.ends_with(b"\n");
        print(&text);
    }

    /// Tells of each fetch, and of all of them.
    pub fn sum_up(mut self, took: Duration, waits: usize) {
        if self.lines.is_empty() {
            return;
        }
        self.lines.push(format!(
            "all took {}; their times add up to {}",
            time(took),
            time(self.sum)
        ));
        self.lines.push(format!("waited {}, by {MECHANISM}", count(waits, "time")));
        complain_all(&self.lines);
    }
}

/// `12.3 ms`, `1.23 s`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.2} s")
    }
}
