//! The system's resolver: `getaddrinfo`, Python's `gethostbyname` that rests on it, and
//! what its errors mean.

use std::fmt::{self, Display};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{self, AssertUnwindSafe};

use dns_lookup::{
    AddrFamily, AddrInfo, AddrInfoHints, AddrInfoIter, LookupError, LookupErrorKind,
};

#[cfg(unix)]
pub use libc::AI_CANONNAME;
#[cfg(windows)]
pub const AI_CANONNAME: i32 = 2;

// ANCHOR: failure
/// Why there is no answer. Codes and texts for it differ from system to system; these
/// words are ours.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    UnknownHost,
    /// The host is known, but not with an address of this family.
    NoAddress(&'static str),
    UnknownService,
    NoAnswer,
    Other(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownHost => "unknown host",
            Self::NoAddress(family) => return write!(f, "no {family} address"),
            Self::UnknownService => "unknown service",
            Self::NoAnswer => {
                "no answer from the name servers; is this machine online?"
            }
            Self::Other(reason) => reason,
        })
    }
}
// ANCHOR_END: failure

impl Failure {
    /// The line that tells of it.
    pub fn about(&self, host: &str) -> String {
        let hint = match self {
            Self::UnknownHost if !host.is_ascii() => {
                " (outside ASCII: give the name's xn-- form)"
            }
            _ => "",
        };
        format!("host {host:?}: {self}{hint}")
    }
}

// ANCHOR: python
/// Python's `gethostbyname`: the first IPv4 address.
pub fn gethostbyname(name: &str) -> Result<Ipv4Addr, Failure> {
    // STEP 8: ask for IPv4 addresses, and take the first
    let hints =
        AddrInfoHints { address: AddrFamily::Inet.into(), ..AddrInfoHints::default() };
    getaddrinfo(name, None, hints)?
        .iter()
        .find_map(ipv4)
        .ok_or(Failure::NoAddress("IPv4"))
}
// ANCHOR_END: python

pub fn ipv4(answer: &AddrInfo) -> Option<Ipv4Addr> {
    match answer.sockaddr {
        SocketAddr::V4(address) => Some(*address.ip()),
        SocketAddr::V6(_) => None,
    }
}

// ANCHOR: getaddrinfo
/// All answers, in the resolver's order.
pub fn getaddrinfo(
    host: &str,
    service: Option<&str>,
    hints: AddrInfoHints,
) -> Result<Vec<AddrInfo>, Failure> {
    // Windows takes the empty name for its own, and C ends a name at the first NUL.
    if host.is_empty() || host.contains('\0') {
        return Err(Failure::UnknownHost);
    }
    let answers = dns_lookup::getaddrinfo(Some(host), service, Some(hints))
        .map_err(|error| explain(host, service, hints, &error))?;
    collect(answers)
}
// ANCHOR_END: getaddrinfo

/// dns-lookup panics on a canonical name that is not UTF-8, and any hosts file may hold
/// one.
fn collect(answers: AddrInfoIter) -> Result<Vec<AddrInfo>, Failure> {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let collected =
        panic::catch_unwind(AssertUnwindSafe(|| answers.collect::<io::Result<_>>()));
    panic::set_hook(loud);
    match collected {
        Ok(answers) => {
            answers.map_err(|error| Failure::Other(error.kind().to_string()))
        }
        Err(_) => Err(Failure::Other("its canonical name is not UTF-8".to_owned())),
    }
}

// ANCHOR: explain
/// What `error` says, and where it says too little, what a second question tells.
fn explain(
    host: &str,
    service: Option<&str>,
    hints: AddrInfoHints,
    error: &LookupError,
) -> Failure {
    // No name server answers, or none cares to: asking more would but take longer.
    if matches!(error.kind(), LookupErrorKind::Again | LookupErrorKind::Fail) {
        return Failure::NoAnswer;
    }
    let any_family = AddrInfoHints { flags: 0, address: 0, ..hints };
    // macOS has one code for both an unknown host and an unknown service.
    if service.is_some()
        && dns_lookup::getaddrinfo(None, service, Some(any_family)).is_err()
    {
        return Failure::UnknownService;
    }
    // Linux has three codes for a host without an address of the family, and one of
    // them means an unknown host too.
    if hints.address != 0
        && dns_lookup::getaddrinfo(Some(host), service, Some(any_family)).is_ok()
    {
        let family = if AddrFamily::Inet == hints.address { "IPv4" } else { "IPv6" };
        return Failure::NoAddress(family);
    }
    match error.kind() {
        LookupErrorKind::NoName => Failure::UnknownHost,
        LookupErrorKind::NoData => Failure::NoAddress("IPv4 or IPv6"),
        _ => Failure::Other(format!(
            "the resolver failed with code {}",
            error.error_num()
        )),
    }
}
// ANCHOR_END: explain

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(
        host: &str,
        service: &str,
        family: Option<AddrFamily>,
    ) -> Result<Vec<String>, Failure> {
        let hints = AddrInfoHints {
            address: family.map_or(0, Into::into),
            socktype: dns_lookup::SockType::Stream.into(),
            protocol: dns_lookup::Protocol::TCP.into(),
            ..AddrInfoHints::default()
        };
        let answers = getaddrinfo(host, Some(service), hints)?;
        Ok(answers.iter().map(|answer| answer.sockaddr.to_string()).collect())
    }

    #[test]
    fn answers_and_failures_are_told_apart() {
        let v4 = Some(AddrFamily::Inet);
        let v6 = Some(AddrFamily::Inet6);
        let cases = [
            ("127.0.0.1", "443", None, Ok("127.0.0.1:443")),
            ("127.0.0.1", "443", v4, Ok("127.0.0.1:443")),
            ("127.0.0.1", "443", v6, Err(Failure::NoAddress("IPv6"))),
            ("::1", "443", v6, Ok("[::1]:443")),
            ("::1", "443", v4, Err(Failure::NoAddress("IPv4"))),
            ("127.0.0.1", "no such service", None, Err(Failure::UnknownService)),
            ("127.0.0.1", "no\0service", None, Err(Failure::UnknownService)),
            ("", "443", None, Err(Failure::UnknownHost)),
            ("127.0.0.1\0", "443", None, Err(Failure::UnknownHost)),
        ];
        for (host, service, family, expected) in cases {
            let expected = expected.map(|address| vec![address.to_owned()]);
            assert_eq!(
                ask(host, service, family),
                expected,
                "{host:?} {service:?} {family:?}"
            );
        }
    }

    #[test]
    fn strange_names_do_not_panic() {
        for name in
            ["two words", "café.invalid", "-", "..", "\u{1b}[31m", &"x".repeat(300)]
        {
            // A name server may invent an address for any name, so the outcome is open.
            let _ = ask(name, "443", None);
        }
    }

    #[test]
    fn python_gethostbyname_is_ipv4_only() {
        assert_eq!(gethostbyname("127.0.0.1"), Ok(Ipv4Addr::LOCALHOST));
        assert_eq!(gethostbyname("::1"), Err(Failure::NoAddress("IPv4")));
        assert_eq!(gethostbyname(""), Err(Failure::UnknownHost));
    }
}
