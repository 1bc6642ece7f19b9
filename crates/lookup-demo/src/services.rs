//! The services table: which name stands for which port, with which protocol.
//!
//! std has no look-up of services. C's `getservbyname` keeps its answer in memory that
//! the next call, of any thread, overwrites, and it reads the system's file alone.
//! Reading the file ourselves is safe, and works with any table.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub port: u16,
    pub protocol: String,
    pub aliases: Vec<String>,
}

/// A services file, in the order of its lines: of several that match, the first is the
/// answer.
pub struct Table {
    path: PathBuf,
    services: Vec<Service>,
}

impl Table {
    /// Reads `file`, or the system's own table.
    pub fn read(file: Option<&Path>) -> Result<Self, String> {
        let path = file.map_or_else(system_path, Path::to_owned);
        let bytes = fs::read(&path).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound if file.is_none() => MISSING.to_owned(),
                ErrorKind::NotFound => "no such file".to_owned(),
                kind => kind.to_string(),
            };
            format!("{}: {why}", path.display())
        })?;
        // A comment may be in any encoding; names and ports are ASCII.
        Ok(Self { services: parse(&String::from_utf8_lossy(&bytes)), path })
    }

    // ANCHOR: find
    /// Python's `getservbyname`: by name or alias. Without a protocol, any will do.
    pub fn by_name(
        &self,
        name: &str,
        protocol: Option<&str>,
    ) -> Result<&Service, String> {
        // STEP 4: find the first service with this name or alias
        self.with(protocol)
            .find(|service| {
                service.name == name || service.aliases.iter().any(|a| a == name)
            })
            .ok_or_else(|| self.lacks(&format!("service {name:?}"), protocol))
    }

    /// Python's `getservbyport`.
    pub fn by_port(
        &self,
        port: u16,
        protocol: Option<&str>,
    ) -> Result<&Service, String> {
        // STEP 5: find the first service with this port
        self.with(protocol)
            .find(|service| service.port == port)
            .ok_or_else(|| self.lacks(&format!("port {port}"), protocol))
    }

    fn with(&self, protocol: Option<&str>) -> impl Iterator<Item = &Service> {
        self.services
            .iter()
            .filter(move |service| protocol.is_none_or(|p| p == service.protocol))
    }
    // ANCHOR_END: find

    /// The line that tells of a service asked for in vain.
    pub fn lacks(&self, what: &str, protocol: Option<&str>) -> String {
        let path = self.path.display();
        let protocol =
            protocol.map_or(String::new(), |protocol| format!(" for {protocol}"));
        format!("{what}: unknown service (not in {path}{protocol})")
    }
}

// ANCHOR: missing
const MISSING: &str = "no such file (Debian and Ubuntu: install netbase; Fedora: setup; \
    Alpine: alpine-baselayout-data; or pass --services FILE)";
// ANCHOR_END: missing

/// Where this system keeps its table.
fn system_path() -> PathBuf {
    if cfg!(windows) {
        let root = env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        Path::new(&root).join(r"System32\drivers\etc\services")
    } else {
        PathBuf::from("/etc/services")
    }
}

// ANCHOR: parse
fn parse(text: &str) -> Vec<Service> {
    text.lines().filter_map(parse_line).collect()
}

/// `name port/protocol alias... # comment`. A line of another form is skipped.
fn parse_line(line: &str) -> Option<Service> {
    // STEP 2: cut the comment off, and take the line apart
    let (entry, _comment) = line.split_once('#').unwrap_or((line, ""));
    let mut words = entry.split_ascii_whitespace();
    let name = words.next()?.to_owned();
    let (port, protocol) = words.next()?.split_once('/')?;
    Some(Service {
        name,
        port: port.parse().ok()?,
        protocol: protocol.to_owned(),
        aliases: words.map(str::to_owned).collect(),
    })
}
// ANCHOR_END: parse

// ANCHOR: port
/// `None` for a name. The C library lets 70000 pass, and takes its last 16 bits: 4464.
pub fn port_number(asked: &str) -> Result<Option<u16>, String> {
    // STEP 3: tell a number from a name, and refuse one that is no port
    if asked.is_empty() || !asked.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    asked
        .parse()
        .map(Some)
        .map_err(|_| format!("port {asked}: ports go from 0 to 65535"))
}
// ANCHOR_END: port

#[cfg(test)]
mod tests {
    use super::*;

    fn own_table() -> Table {
        // Tests run in the folder of their crate.
        Table::read(Some(Path::new("services"))).unwrap()
    }

    #[test]
    fn a_line_is_a_service_or_nothing() {
        let http = |aliases: &[&str]| {
            Some(Service {
                name: "http".to_owned(),
                port: 80,
                protocol: "tcp".to_owned(),
                aliases: aliases.iter().copied().map(str::to_owned).collect(),
            })
        };
        let cases = [
            ("http 80/tcp", http(&[])),
            ("  http\t80/tcp\twww  web \r", http(&["www", "web"])),
            ("http 80/tcp www#web", http(&["www"])),
            ("http 80/tcp # www", http(&[])),
            ("", None),
            ("   ", None),
            ("# http 80/tcp", None),
            ("http", None),
            ("http 80", None),
            ("http 80 /tcp", None),
            ("http eighty/tcp", None),
            ("http 65536/tcp", None),
            ("http -1/tcp", None),
        ];
        for (line, service) in cases {
            assert_eq!(parse_line(line), service, "{line:?}");
        }
    }

    #[test]
    fn names_and_aliases_have_ports() {
        let table = own_table();
        let cases = [
            ("ftp", None, Some((21, "tcp"))),
            ("domain", None, Some((53, "tcp"))),
            ("domain", Some("udp"), Some((53, "udp"))),
            ("tftp", None, Some((69, "udp"))),
            ("tftp", Some("tcp"), None),
            ("www", None, Some((80, "tcp"))),
            ("web", Some("tcp"), Some((80, "tcp"))),
            ("web", Some("udp"), None),
            ("HTTP", None, None),
            ("gopher", None, None),
            ("", None, None),
        ];
        for (name, protocol, expected) in cases {
            let found = table
                .by_name(name, protocol)
                .ok()
                .map(|s| (s.port, s.protocol.as_str()));
            assert_eq!(found, expected, "{name:?} {protocol:?}");
        }
    }

    #[test]
    fn ports_have_names() {
        let table = own_table();
        let cases = [
            (80, None, Some(("http", "tcp"))),
            (443, Some("udp"), Some(("https", "udp"))),
            (666, None, Some(("doom", "tcp"))),
            (666, Some("udp"), None),
            (69, None, Some(("tftp", "udp"))),
            (0, None, None),
            (65535, None, None),
        ];
        for (port, protocol, expected) in cases {
            let found = table
                .by_port(port, protocol)
                .ok()
                .map(|s| (s.name.as_str(), s.protocol.as_str()));
            assert_eq!(found, expected, "{port} {protocol:?}");
        }
    }

    #[test]
    fn what_lacks_is_told_with_the_table_and_the_protocol() {
        let table = Table { path: "table".into(), services: Vec::new() };
        assert_eq!(
            table.by_port(666, None),
            Err("port 666: unknown service (not in table)".to_owned())
        );
        assert_eq!(
            table.by_name("two\nlines", Some("udp")),
            Err(r#"service "two\nlines": unknown service (not in table for udp)"#
                .to_owned())
        );
        assert_eq!(
            Table::read(Some(Path::new("no/such/table"))).err(),
            Some("no/such/table: no such file".to_owned())
        );
    }

    #[test]
    fn numbers_are_ports() {
        let out_of_range = |n: &str| Err(format!("port {n}: ports go from 0 to 65535"));
        let cases = [
            ("0", Ok(Some(0))),
            ("080", Ok(Some(80))),
            ("65535", Ok(Some(65535))),
            ("65536", out_of_range("65536")),
            ("99999999999999999999", out_of_range("99999999999999999999")),
            ("http", Ok(None)),
            ("3com", Ok(None)),
            ("-1", Ok(None)),
            ("+1", Ok(None)),
            ("", Ok(None)),
        ];
        for (asked, expected) in cases {
            assert_eq!(port_number(asked), expected, "{asked:?}");
        }
    }
}
