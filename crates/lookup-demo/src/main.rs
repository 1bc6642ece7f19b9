//! Look-ups: the hosts, services and server addresses that Python's `socket` module
//! looks up, in Rust.
//!
//! ```console
//! cargo run -p lookup-demo                            # the walk: a question of each
//! kind
//! cargo run -p lookup-demo -- host localhost          # a host's names and IPv4
//! addresses
//! cargo run -p lookup-demo -- service http 25         # a service's port, a port's
//! service
//! cargo run -p lookup-demo -- addr localhost https    # with which sockets to reach a
//! server
//! ```
//!
//! See also: `getaddrinfo(3)`, `gethostbyname(3)`, `services(5)`, RFC 6335.
//! The next chapter, `basic-tcp`, uses what they tell.

mod addr;
mod cli;
mod hostent;
mod resolver;
mod services;

use std::io::{self, ErrorKind, StdoutLock, Write};
use std::path::Path;
use std::process::ExitCode;

use addr::server_addresses;
use cli::{Cli, Command, Filter};
use hostent::HostEntry;
use services::Table;

// ANCHOR: main
fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    let mut output = Output { stdout: io::stdout().lock(), failed: false };
    match run(&cli, &mut output) {
        Ok(()) if output.failed => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough, as in `lookup-demo | head -1`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("cannot write to stdout: {}", error.kind()));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli, output: &mut Output) -> io::Result<()> {
    let file = cli.services.as_deref();
    match &cli.command {
        None => walk(&cli.filter, file, output),
        Some(Command::Host { names }) => look_up_hosts(names, output),
        Some(Command::Service { asked, tcp, udp }) => {
            let protocol = if *tcp { Some("tcp") } else { udp.then_some("udp") };
            look_up_services(asked, protocol, file, output)
        }
        Some(Command::Addr { host, service, filter, canonical }) => {
            output.tell(server_addresses(host, service, filter, *canonical, file))
        }
    }
}
// ANCHOR_END: main

/// What a look-up has to say: lines for stdout, or one line for stderr.
type Answer = Result<String, String>;

struct Output {
    /// Passes each line on once it is whole: answers and errors keep their order on a
    /// terminal.
    stdout: StdoutLock<'static>,
    failed: bool,
}

impl Output {
    fn tell(&mut self, answer: Answer) -> io::Result<()> {
        match answer {
            Ok(lines) => writeln!(self.stdout, "{}", visible(&lines, &['\n'])),
            Err(line) => {
                self.failed = true;
                complain(&line);
                Ok(())
            }
        }
    }
}

fn complain(line: &str) {
    let line = visible(line, &[]);
    // When stderr is gone too, there is nowhere left to tell it.
    let _ = io::stderr().write_all(format!("lookup-demo: {line}\n").as_bytes());
}

/// What a terminal would obey is shown, but for the characters in `kept`: a table, a
/// name and a path can hold anything.
fn visible(text: &str, kept: &[char]) -> String {
    let odd = |c: char| c.is_control() && !kept.contains(&c);
    let mut shown = String::new();
    for c in text.chars() {
        if odd(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

// ANCHOR: walk
fn walk(filter: &Filter, file: Option<&Path>, output: &mut Output) -> io::Result<()> {
    let name = gethostname::gethostname();
    let name = name.to_string_lossy();
    output.tell(Ok(format!("this host: {name}")))?;

    let address = match resolver::gethostbyname(&name) {
        Ok(address) => address.to_string(),
        // Not an error: many a machine has a name that only itself uses.
        Err(failure) => format!("unknown ({failure})"),
    };
    output.tell(Ok(format!("its address: {address}")))?;

    let localhost = resolver::gethostbyname("localhost");
    let localhost = localhost.map_err(|failure| failure.about("localhost"));
    output.tell(localhost.map(|address| format!("localhost: {address}")))?;

    look_up_services(
        &["http", "https", "ftp", "smtp", "80", "666"],
        None,
        file,
        output,
    )?;

    output.tell(Ok("server addresses of localhost for https:".to_owned()))?;
    output.tell(server_addresses("localhost", "https", filter, false, file))
}
// ANCHOR_END: walk

// ANCHOR: host
fn look_up_hosts(names: &[String], output: &mut Output) -> io::Result<()> {
    // STEP 9: tell of each host, with an empty line between two answers
    let mut gap = "";
    for name in names {
        let answer = host(name).map(|lines| format!("{gap}{lines}"));
        if answer.is_ok() {
            gap = "\n";
        }
        output.tell(answer)?;
    }
    Ok(())
}

fn host(name: &str) -> Answer {
    let (address, entry) =
        hostent::gethostbyname_ex(name).map_err(|failure| failure.about(name))?;
    let HostEntry { official_name, aliases, addresses } = entry;
    let aliases =
        if aliases.is_empty() { "none".to_owned() } else { aliases.join(" ") };
    let addresses =
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    Ok(format!(
        "{name}\naddress: {address}\nofficial name: {official_name}\naliases: {aliases}\naddresses: {addresses}"
    ))
}
// ANCHOR_END: host

// ANCHOR: service
fn look_up_services(
    asked: &[impl AsRef<str>],
    protocol: Option<&str>,
    file: Option<&Path>,
    output: &mut Output,
) -> io::Result<()> {
    // STEP 1: read the table, and answer each question in turn
    let table = match Table::read(file) {
        Ok(table) => table,
        // Told once, however many services were asked for.
        Err(line) => return output.tell(Err(line)),
    };
    for asked in asked {
        output.tell(service(asked.as_ref(), protocol, &table))?;
    }
    Ok(())
}

fn service(asked: &str, protocol: Option<&str>, table: &Table) -> Answer {
    if let Some(port) = services::port_number(asked)? {
        let found = table.by_port(port, protocol)?;
        Ok(format!("port {port}: {} ({})", found.name, found.protocol))
    } else {
        let found = table.by_name(asked, protocol)?;
        Ok(format!("service {asked}: port {} ({})", found.port, found.protocol))
    }
}
// ANCHOR_END: service
