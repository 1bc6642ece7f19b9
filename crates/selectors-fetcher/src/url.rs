//! What a URL says: whom to connect to, and what to ask for.

use std::net::Ipv6Addr;

/// The address of a page, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Url {
    /// As it was given.
    pub text: String,
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    /// What to ask the server for: the path and, after a `?`, the query.
    pub path: String,
}

/// The port of a URL that names none.
const HTTP: u16 = 80;

impl Url {
    /// `http://HOST:PORT/PATH?QUERY`, of which all but the host may be left out.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever typed it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = match text.split_once("://") {
            None => text,
            // It belongs to a path or a query.
            Some((before, _)) if before.contains(['/', '?', '#']) => text,
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => {
                return Err("https means TLS, whose handshake and encryption would hide the calls that this program shows; try http://".to_owned());
            }
            Some(_) => return Err("only http:// is spoken here".to_owned()),
        };
        let (authority, path) =
            rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (host, port) = endpoint(authority)?;

        // One that slipped into the request could end its line early.
        if let Some(bad) = path.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(format!(
                "{bad:?} cannot stand in a path; write it with %, as in %20 for a space"
            ));
        }
        // What follows # is for the reader of the page, not for its server.
        let path = path.split('#').next().unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { text: text.to_owned(), host, port, path: format!("{slash}{path}") })
    }

    // ANCHOR: request
    /// What is sent: a line that says what we want, and the headers that it needs.
    pub fn request(&self) -> String {
        // STEP 1: write down the request for this page, up to its empty line
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        // Many sites share an address; Host says which one is meant.
        let host =
            if self.port == HTTP { host } else { format!("{host}:{}", self.port) };
        format!(
            "GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
            self.path
        )
    }
    // ANCHOR_END: request
}

/// `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
fn endpoint(authority: &str) -> Result<(String, u16), String> {
    if authority.contains('@') {
        return Err(
            "no user or password, please: http would send them for all to read"
                .to_owned(),
        );
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) =
            rest.split_once(']').ok_or("the [ of an IPv6 address needs its ]")?;
        host.parse::<Ipv6Addr>().map_err(|_| "no IPv6 address stands in the []")?;
        (host, port)
    } else {
        let (host, port) =
            authority.split_at(authority.find(':').unwrap_or(authority.len()));
        if port.matches(':').count() > 1 {
            return Err("an IPv6 address stands in [], as in http://[::1]/".to_owned());
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        match host.chars().find(|c| !allowed(*c)) {
            Some(bad) if bad.is_alphabetic() => {
                return Err(format!(
                    "{bad:?} is outside ASCII; give the host's xn-- form"
                ));
            }
            Some(bad) => {
                return Err(format!("{bad:?} cannot stand in the name of a host"));
            }
            None => (host, port),
        }
    };
    if host.is_empty() {
        return Err("the host is missing, as in http://HOST/".to_owned());
    }
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => HTTP,
        Some("") => HTTP,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("ports go from 1 to 65535")?,
        _ => return Err("a port is a number, as in localhost:8000".to_owned()),
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_url_apart() {
        for (text, host, port, path) in [
            ("http://www.baidu.com/", "www.baidu.com", 80, "/"),
            ("http://www.baidu.com", "www.baidu.com", 80, "/"),
            ("HTTP://www.baidu.com:80/", "www.baidu.com", 80, "/"),
            ("localhost", "localhost", 80, "/"),
            ("localhost:8000", "localhost", 8000, "/"),
            ("localhost:", "localhost", 80, "/"),
            ("localhost:8000/a/b?c=d&e=%20", "localhost", 8000, "/a/b?c=d&e=%20"),
            ("http://a?b=c", "a", 80, "/?b=c"),
            ("http://a/b#part", "a", 80, "/b"),
            ("a#b/c", "a", 80, "/"),
            ("a/b:c@d", "a", 80, "/b:c@d"),
            ("my_host.example-1.org", "my_host.example-1.org", 80, "/"),
            ("127.0.0.1:65535", "127.0.0.1", 65535, "/"),
            ("[::1]", "::1", 80, "/"),
            ("http://[fe80::1]:8000/x", "fe80::1", 8000, "/x"),
            ("http://a/?u=http://b", "a", 80, "/?u=http://b"),
            ("a/?u=https://b", "a", 80, "/?u=https://b"),
            ("a#b://c", "a", 80, "/"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (url.host.as_str(), url.port, url.path.as_str()),
                (host, port, path),
                "{text}"
            );
            assert_eq!(url.text, text);
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, why) in [
            ("https://a/", "https means TLS"),
            ("ftp://a/", "only http:// is spoken here"),
            ("", "the host is missing"),
            ("http://", "the host is missing"),
            ("http:///path", "the host is missing"),
            (":80", "the host is missing"),
            ("http://me:secret@a/", "no user or password"),
            ("a:x", "a port is a number"),
            ("a:+80", "a port is a number"),
            ("a:0", "ports go from 1 to 65535"),
            ("a:65536", "ports go from 1 to 65535"),
            ("::1", "an IPv6 address stands in []"),
            ("[::1", "the [ of an IPv6 address needs its ]"),
            ("[1.2.3.4]", "no IPv6 address stands in the []"),
            ("[fe80::1%eth0]", "no IPv6 address stands in the []"),
            ("[::1]8000", "a port is a number"),
            ("two words", "' ' cannot stand in the name of a host"),
            ("a%20b", "'%' cannot stand in the name of a host"),
            ("中文.cn", "'中' is outside ASCII"),
            ("a/two words", "' ' cannot stand in a path"),
            ("a/é", "'é' cannot stand in a path"),
            ("a#\u{1b}[2J", "'\\u{1b}' cannot stand in a path"),
            ("a/\r\nX: y", "'\\r' cannot stand in a path"),
            ("a\r\n", "'\\r' cannot stand in the name of a host"),
        ] {
            let error = Url::parse(text).unwrap_err();
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }

    #[test]
    fn asks_for_a_page() {
        for (text, line, host) in [
            ("www.baidu.com", "GET / HTTP/1.1", "www.baidu.com"),
            ("localhost:8000/a?b", "GET /a?b HTTP/1.1", "localhost:8000"),
            ("[::1]", "GET / HTTP/1.1", "[::1]"),
            ("[::1]:8000", "GET / HTTP/1.1", "[::1]:8000"),
        ] {
            assert_eq!(
                Url::parse(text).unwrap().request(),
                format!("{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            );
        }
    }
}
