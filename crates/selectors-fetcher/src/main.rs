//! Fetches many web pages at once, on one thread: whoever is ready is called back.
//!
//! ```console
//! cargo run -p selectors-fetcher                                  # the article's page
//! cargo run -p selectors-fetcher -- localhost:8000/ '[::1]:8000'  # two at once
//! cargo run -p selectors-fetcher -- --trace localhost:8000        # each callback told
//! ```
//!
//! See also: `epoll(7)`, `connect(2)` on `EINPROGRESS`, RFC 9112 (HTTP/1.1).

mod event_loop;
mod fetch;
mod output;
mod registration;
mod report;
mod response;
mod url;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Parser;
use polling::Poller;

use output::{complain, reason, visible};
use report::Report;
use url::Url;

/// Fetches web pages, all at once, on one thread.
#[derive(Parser)]
#[command(
    after_help = "Example:\n  selectors-fetcher --trace http://www.baidu.com/    tells each callback"
)]
struct Cli {
    /// What to fetch, as in `http://HOST[:PORT][/PATH]`; the `http://` may be left out
    #[arg(value_name = "URL", default_value = "http://www.baidu.com/")]
    urls: Vec<String>,
    /// How long one fetch may take, from the look-up to the last byte
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// How many fetches may run at the same time
    #[arg(long, value_name = "NUMBER", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Pretends that HOST has these addresses, whatever port its URL names
    #[arg(long, value_name = "HOST=ADDRESS:PORT[,...]", value_parser = pretence)]
    resolve: Vec<(String, Vec<SocketAddr>)>,
    /// Tells each callback as it is called
    #[arg(long)]
    trace: bool,
}

// ANCHOR: main
fn main() -> ExitCode {
    match run(&Rc::new(Cli::parse())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            complain(message);
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all was fetched.
fn run(cli: &Rc<Cli>) -> Result<bool, String> {
    let mut urls = Vec::new();
    for text in &cli.urls {
        match Url::parse(text) {
            Ok(url) => urls.push(url),
            Err(why) => {
                complain(format_args!("{}: {why}", visible(text.as_bytes(), &[])));
            }
        }
    }
    let mut all_good = urls.len() == cli.urls.len();

    let poller = Poller::new()
        .map(Rc::new)
        .map_err(|error| format!("cannot make a poller: {}", reason(&error)))?;
    let mut report = Report::new(cli.urls.len() > 1);
    let start = Instant::now();
    let waits = event_loop::run(&poller, urls, cli, |fetch, outcome| {
        all_good &= outcome.is_ok();
        report.add(fetch, outcome);
    })
    .map_err(|error| format!("cannot wait for events: {}", reason(&error)))?;
    report.sum_up(start.elapsed(), waits);
    Ok(all_good)
}
// ANCHOR_END: main

/// A day is longer than anybody waits, and short enough to be added to any time of day.
const LONGEST: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= LONGEST => {
            Ok(Duration::from_secs_f64(number))
        }
        _ => Err("a number of seconds above 0, at most a day, as in 2.5".to_owned()),
    }
}

fn pretence(text: &str) -> Result<(String, Vec<SocketAddr>), String> {
    let (host, addresses) = text.split_once('=').unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let addresses: Result<Vec<SocketAddr>, _> =
        addresses.split(',').map(str::parse).collect();
    match addresses {
        Ok(addresses) if !host.is_empty() => Ok((host.to_owned(), addresses)),
        _ => {
            Err("a host and its addresses, as in www.example.org=127.0.0.1:8000"
                .to_owned())
        }
    }
}
