//! Fetches many web pages at once, on one thread: whoever is ready is called back.
//!
//! ```console
//! cargo run -p selectors-fetcher                                  # the article's page
//! cargo run -p selectors-fetcher -- localhost:8000 '[::1]:8000'   # two at once
//! cargo run -p selectors-fetcher -- --trace localhost:8000        # each callback told
//! ```
//!
//! Read `fetch.rs` next, the callbacks, and then `event_loop.rs`, which calls them.
//! See also: `epoll(7)`, `connect(2)` on `EINPROGRESS`, RFC 9112 (HTTP/1.1).

mod event_loop;
mod fetch;
mod page;
mod response;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use fetch::Fetch;

/// All responses that are on their way have so many bytes together: whatever servers
/// send, it is no more.
const ROOM: usize = 64 << 20;

/// Fetches web pages, all at once, on one thread
#[derive(Parser)]
#[command(after_help = "Example: selectors-fetcher --trace http://www.baidu.com/")]
struct Cli {
    /// What to fetch, as in `http://HOST[:PORT][/PATH]`; the `http://` may be left out
    #[arg(value_name = "URL", default_value = "http://www.baidu.com/")]
    urls: Vec<String>,
    /// How long an address may take to be connected to, and then the response to its last
    /// byte. (How long it takes to look names up, before that, the system decides)
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    timeout: NonZeroU32,
    /// How many may run at the same time; together they may hold 64 MiB
    #[arg(long, value_name = "NUMBER", default_value = "16")]
    concurrency: NonZeroUsize,
    /// Connects to these, one after the other, in place of a name's own addresses
    #[arg(long, value_name = "ADDRESS:PORT,...", value_delimiter = ',')]
    resolve: Vec<SocketAddr>,
    /// Tells each callback as it is called
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let outcome = fetch_all(&Cli::parse());
    if let Err(error) = &outcome {
        complain(&format!("cannot go on: {}", why(error)));
    }
    if matches!(outcome, Ok(true)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Fetches all pages, and returns whether that went well.
fn fetch_all(cli: &Cli) -> io::Result<bool> {
    // A look-up waits, so all of them come first: later they would hold up the others.
    let mut pages = Vec::new();
    for url in &cli.urls {
        match page::find(url, &cli.resolve) {
            Ok(page) => pages.push(page),
            Err(error) => complain(&format!("{url:?}: {}", why(&error))),
        }
    }
    let mut all_good = pages.len() == cli.urls.len();

    let most = cli.concurrency.get().min(cli.urls.len());
    // Made one by one: the time of each begins when its turn has come.
    let fetches = pages.into_iter().enumerate();
    let fetches = fetches.map(|(key, page)| Fetch::new(key, page, ROOM / most, cli));
    let (start, mut sum) = (Instant::now(), Duration::ZERO);
    let waits = event_loop::run(fetches, most, |fetch, outcome| {
        sum += fetch.start.elapsed();
        all_good &= outcome.is_ok();
        report(fetch, outcome, cli.urls.len() > 1)
    })?;
    let all = start.elapsed();
    complain(&format!("all took {all:.1?}, in {waits} waits; added up {sum:.1?}"));
    Ok(all_good)
}

/// Prints what has come of a page, and tells how its fetch went.
fn report(fetch: &Fetch, outcome: io::Result<()>, named: bool) -> io::Result<()> {
    let (url, bytes) = (&fetch.url, &fetch.response.bytes);
    let mut stdout = io::stdout().lock();
    if named && !bytes.is_empty() {
        writeln!(stdout, "\n==> {url} <==")?;
    }
    if stdout.is_terminal() {
        // It would obey the control characters that a stranger sends.
        for line in String::from_utf8_lossy(bytes).lines() {
            writeln!(stdout, "{line:?}")?;
        }
    } else {
        stdout.write_all(bytes)?;
    }
    stdout.flush()?;

    let status = fetch.response.status.to_string();
    let how = outcome.map_or_else(|error| fetch.why(&error), |()| status);
    let took = fetch.start.elapsed();
    complain(&format!("{url}: {how}, {} bytes in {took:.1?}", bytes.len()));
    Ok(())
}

/// Why: in words that are the same on each system, if there are any.
fn why(error: &io::Error) -> String {
    let kind = error.kind().to_string();
    let tells = !["other error", "uncategorized error"].contains(&kind.as_str());
    if tells { kind } else { error.to_string() }
}

/// Prints a line about what is fetched. If nobody reads these, we go on without.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "selectors-fetcher: {line}");
}
