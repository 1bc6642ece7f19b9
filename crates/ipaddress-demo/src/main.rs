//! What an IP address or a network tells about itself, as Python's `ipaddress` module
//! would.
//!
//! ```console
//! cargo run -p ipaddress-demo
//! cargo run -p ipaddress-demo -- 192.168.1.1 fe80::1 10.9.0.0/24
//! cargo run -p ipaddress-demo -- 10.9.0.6 --within 10.9.0.0/24
//! cargo run -p ipaddress-demo -- 10.0.0.9 ::1 10.0.0.0/8 9.9.9.9 --sort
//! cargo run -p ipaddress-demo -- 10.0.0.1 127.0.0.1 fd00::1 2001:db8::1 --beside-rust
//! ```
//!
//! Read on in `value.rs` (from text to an address), `registry.rs` (what is private, and
//! who says so) and `describe.rs` (the answers); `reason.rs` finds the words for what
//! is wrong with a value. See also `lookup-demo`, which begins with a name instead of
//! an address.

mod describe;
mod reason;
mod registry;
mod value;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use ipnet::IpNet;
use value::Value;

// ANCHOR: cli
/// Tell what an IP address or a network is, as Python's ipaddress module does
#[derive(Parser)]
#[command(after_help = "Example: ipaddress-demo 10.9.0.6 --within 10.9.0.0/24")]
struct Cli {
    /// An address, an integer, packed bytes (0x3d87a97d) or a network (10.9.0.0/24)
    // Without the permission, clap would take -1 for an option that it does not know.
    #[arg(
        value_name = "VALUE",
        default_value = "61.135.169.125",
        allow_negative_numbers = true
    )]
    values: Vec<String>,

    /// Tell of each value whether this network contains it
    #[arg(long, value_name = "NET", value_parser = value::parse_network, group = "question")]
    within: Option<IpNet>,

    /// Print the values in order: IPv4 first, then by address, a network after its own
    /// address
    #[arg(long, group = "question")]
    sort: bool,

    /// Compare Python's `is_private` with the nearest question that Rust's std answers
    #[arg(long, group = "question")]
    beside_rust: bool,
}
// ANCHOR_END: cli

// ANCHOR: main
fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader has seen enough, as `head -1` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain("standard output", &error.kind().to_string());
            ExitCode::FAILURE
        }
    }
}
// ANCHOR_END: main

// ANCHOR: run
/// Parses the values and answers them. Returns whether all of them could be answered.
///
/// # Errors
/// Only those of the output.
fn run(cli: &Cli, out: &mut impl Write) -> io::Result<bool> {
    let mut values: Vec<_> =
        cli.values.iter().map(|text| (text.as_str(), value::parse(text))).collect();
    if cli.sort {
        // A bad value has no key; None comes before Some, so the complaints come first.
        values.sort_by_key(|(_, value)| value.as_ref().ok().map(Value::sort_key));
    }
    let lengths =
        values.iter().flat_map(|(_, value)| value).map(|value| value.to_string().len());
    let width = lengths.fold("address".len(), usize::max);
    if cli.beside_rust {
        writeln!(out, "{}", describe::beside_rust_header(width))?;
    }
    answer_each(values, cli, width, out)
}
// ANCHOR_END: run

// ANCHOR: answer-each
/// A bad value is told on stderr, and the next one is answered.
fn answer_each(
    values: Vec<(&str, Result<Value, String>)>,
    cli: &Cli,
    width: usize,
    out: &mut impl Write,
) -> io::Result<bool> {
    // STEP 2: answer each value, or complain of it and go on to the next
    let mut all_answered = true;
    let mut separator = "";
    for (text, value) in values {
        match value.and_then(|value| answer(value, cli, width)) {
            Ok(answer) => {
                writeln!(out, "{separator}{answer}")?;
                // An empty line sets blocks apart; answers of one line stand close
                // together.
                separator = if answer.contains('\n') { "\n" } else { "" };
            }
            Err(reason) => {
                // Keeps the two streams in the order of the arguments where both go to
                // one terminal.
                out.flush()?;
                complain(&quoted_if_odd(text), &reason);
                all_answered = false;
            }
        }
    }
    out.flush()?;
    Ok(all_answered)
}
// ANCHOR_END: answer-each

// ANCHOR: answer
fn answer(value: Value, cli: &Cli, width: usize) -> Result<String, String> {
    if cli.sort {
        return Ok(value.to_string());
    }
    if let Some(network) = &cli.within {
        return Ok(format!(
            "{value} is within {network}: {}",
            value.is_within(network)
        ));
    }
    match value {
        Value::Address(address) if cli.beside_rust => {
            Ok(describe::beside_rust(address, width))
        }
        Value::Network(_) if cli.beside_rust => {
            Err("--beside-rust compares addresses, not networks".to_owned())
        }
        Value::Address(address) => Ok(describe::address(address)),
        Value::Network(network) => Ok(describe::network(network)),
    }
}
// ANCHOR_END: answer

fn complain(what: &str, why: &str) {
    // When stderr is gone as well, there is nobody left to tell.
    let _ =
        io::stderr().write_all(format!("ipaddress-demo: {what}: {why}\n").as_bytes());
}

/// Quotes what an error line would hide (nothing at all, blanks, a colon at the end) or
/// what would break it (control characters).
fn quoted_if_odd(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    if !text.is_empty() && text.chars().all(plain) && !text.ends_with(':') {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
