//! Server addresses: what `getaddrinfo` answers, a line for each.

use std::path::Path;

use dns_lookup::{AddrFamily, AddrInfo, AddrInfoHints, Protocol, SockType};

use crate::Answer;
use crate::cli::{Family, Filter, SocketType};
use crate::resolver::{self, Failure};
use crate::services::{self, Table};

// ANCHOR: addr
/// Without `file`, the system looks the service up too.
pub fn server_addresses(
    host: &str,
    service: &str,
    filter: &Filter,
    canonical: bool,
    file: Option<&Path>,
) -> Answer {
    let protocol = match filter.socket_type {
        Some(SocketType::Stream) => Some("tcp"),
        Some(SocketType::Datagram) => Some("udp"),
        Some(SocketType::Raw) | None => None,
    };
    let service = match (services::port_number(service)?, file) {
        (Some(port), _) => port.to_string(),
        (None, Some(_)) => {
            Table::read(file)?.by_name(service, protocol)?.port.to_string()
        }
        // The C library would pass over a sign or a blank, and take what follows for a
        // number, of which it keeps the last 16 bits.
        (None, None) if !service.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            return Err(format!("service {service:?}: begins with no letter or digit"));
        }
        (None, None) => service.to_owned(),
    };
    // Raw sockets have no ports: there, any service is an error.
    let asked = (service != "0").then_some(service.as_str());

    match resolver::getaddrinfo(host, asked, hints(filter, canonical)) {
        Ok(answers) => Ok(rows(&answers)),
        Err(Failure::UnknownService)
            if matches!(filter.socket_type, Some(SocketType::Raw)) =>
        {
            Err(format!("service {service:?}: raw sockets have no ports (ask for 0)"))
        }
        // The system's table is missing, or lacks the service.
        Err(Failure::UnknownService) => {
            Err(Table::read(None)?.lacks(&format!("service {service:?}"), protocol))
        }
        Err(failure) => Err(failure.about(host)),
    }
}
// ANCHOR_END: addr

// ANCHOR: hints
fn hints(filter: &Filter, canonical: bool) -> AddrInfoHints {
    // STEP 6: say which family, type and protocol the answers are to have
    let family = filter.family.map(|family| match family {
        Family::Ipv4 => AddrFamily::Inet,
        Family::Ipv6 => AddrFamily::Inet6,
    });
    // The type implies the protocol, but unless told Windows answers 0 for it.
    let (socktype, protocol) = match filter.socket_type {
        Some(SocketType::Stream) => (SockType::Stream.into(), Protocol::TCP.into()),
        Some(SocketType::Datagram) => (SockType::DGram.into(), Protocol::UDP.into()),
        Some(SocketType::Raw) => (SockType::Raw.into(), 0),
        None => (0, 0),
    };
    AddrInfoHints {
        flags: if canonical { resolver::AI_CANONNAME } else { 0 },
        address: family.map_or(0, Into::into),
        socktype,
        protocol,
    }
}
// ANCHOR_END: hints

// ANCHOR: rows
fn rows(answers: &[AddrInfo]) -> String {
    // STEP 7: put each answer on a line, in columns
    let quoted =
        |answer: &AddrInfo| format!("{:?}", answer.canonname.as_deref().unwrap_or(""));
    let width =
        answers.iter().map(|answer| quoted(answer).chars().count()).max().unwrap_or(0);
    let row = |answer: &AddrInfo| {
        let family = if answer.sockaddr.is_ipv4() { "IPv4" } else { "IPv6" };
        let socket_type = word(
            answer.socktype,
            &[
                (0, "any"),
                (SockType::Stream.into(), "stream"),
                (SockType::DGram.into(), "datagram"),
                (SockType::Raw.into(), "raw"),
            ],
        );
        let protocol = word(
            answer.protocol,
            &[(0, "any"), (Protocol::TCP.into(), "tcp"), (Protocol::UDP.into(), "udp")],
        );
        let name = quoted(answer);
        let address = answer.sockaddr;
        format!("{family}  {socket_type:<8}  {protocol:<3}  {name:<width$}  {address}")
    };
    answers.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// The word for a number of the C library, or the number.
fn word(number: i32, words: &[(i32, &str)]) -> String {
    match words.iter().find(|(known, _)| *known == number) {
        Some((_, word)) => (*word).to_owned(),
        None => number.to_string(),
    }
}
// ANCHOR_END: rows

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        socktype: i32,
        protocol: i32,
        canonname: Option<&str>,
        address: &str,
    ) -> AddrInfo {
        AddrInfo {
            flags: 0,
            address: 0,
            socktype,
            protocol,
            canonname: canonname.map(str::to_owned),
            sockaddr: address.parse().unwrap(),
        }
    }

    #[test]
    fn columns_are_aligned_and_unknown_numbers_shown() {
        let stream = SockType::Stream.into();
        let datagram = SockType::DGram.into();
        let answers = [
            answer(stream, Protocol::TCP.into(), Some("a.test"), "127.0.0.1:443"),
            answer(datagram, Protocol::UDP.into(), None, "[::1]:443"),
            answer(SockType::Raw.into(), 0, None, "[fe80::1%2]:0"),
            answer(0, 0, Some("\u{1b}"), "127.0.0.1:1"),
            answer(1234, 132, None, "127.0.0.1:2"),
        ];
        let lines = [
            r#"IPv4  stream    tcp  "a.test"  127.0.0.1:443"#,
            r#"IPv6  datagram  udp  ""        [::1]:443"#,
            r#"IPv6  raw       any  ""        [fe80::1%2]:0"#,
            r#"IPv4  any       any  "\u{1b}"  127.0.0.1:1"#,
            r#"IPv4  1234      132  ""        127.0.0.1:2"#,
        ];
        assert_eq!(rows(&answers), lines.join("\n"));
        assert_eq!(rows(&[]), "");
    }
}
