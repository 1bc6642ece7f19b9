//! What is wrong with the text of an address, in words that help to mend it.
//!
//! Asked only about what std has refused already: each function goes from the plainest
//! reason to the last one left.

use std::net::SocketAddr;

pub fn not_an_address(text: &str) -> String {
    if text.contains('%') {
        return "what follows % names an interface of one machine; leave it off"
            .to_owned();
    }
    if text.parse::<SocketAddr>().is_ok() {
        return "this is an address and a port; leave the port off".to_owned();
    }
    if text.contains(':') { not_ipv6(text) } else { not_ipv4(text) }
}

// ANCHOR: ipv4
fn not_ipv4(text: &str) -> String {
    if text.is_empty() {
        return "there is no address".to_owned();
    }
    if let Some(odd) = text.chars().find(|&c| !c.is_ascii_digit() && c != '.') {
        return format!(
            "{odd:?} has no place in an IPv4 address, only the digits 0 to 9 and dots"
        );
    }
    let octets: Vec<_> = text.split('.').collect();
    if octets.len() != 4 {
        return format!(
            "an IPv4 address needs 4 parts, as in 192.0.2.1; this has {}",
            octets.len()
        );
    }
    for (octet, nth) in octets.into_iter().zip(1..) {
        if octet.is_empty() {
            return format!("octet {nth} is empty");
        }
        if octet.len() > 1 && octet.starts_with('0') {
            return format!(
                "octet {nth} is {octet}: with a leading zero, some programs would read it as octal"
            );
        }
        if octet.parse::<u8>().is_err() {
            return format!("octet {nth} is {octet}, and 8 bits hold no more than 255");
        }
    }
    "not an IPv4 address".to_owned()
}
// ANCHOR_END: ipv4

// ANCHOR: ipv6
const EIGHT_GROUPS: &str = "an IPv6 address is 8 groups of 1 to 4 hex digits, with '::' in place of zeros left out";

fn not_ipv6(text: &str) -> String {
    if text.contains(":::") || text.matches("::").count() > 1 {
        return "'::' stands for all the zeros left out, so it can come only once"
            .to_owned();
    }
    EIGHT_GROUPS.to_owned()
}
// ANCHOR_END: ipv6

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_named() {
        let table = [
            ("256.1.1.1", "octet 1 is 256, and 8 bits hold no more than 255"),
            (
                "1.2.3.99999999999999999999",
                "octet 4 is 99999999999999999999, and 8 bits hold no more than 255",
            ),
            (
                "010.0.0.1",
                "octet 1 is 010: with a leading zero, some programs would read it as octal",
            ),
            ("1.2..4", "octet 3 is empty"),
            ("1.2.3", "an IPv4 address needs 4 parts, as in 192.0.2.1; this has 3"),
            ("1.2.3.4.5", "an IPv4 address needs 4 parts, as in 192.0.2.1; this has 5"),
            ("", "there is no address"),
            (
                "localhost",
                "'l' has no place in an IPv4 address, only the digits 0 to 9 and dots",
            ),
            (
                "१.2.3.4",
                "'१' has no place in an IPv4 address, only the digits 0 to 9 and dots",
            ),
            (
                " 1.2.3.4",
                "' ' has no place in an IPv4 address, only the digits 0 to 9 and dots",
            ),
            ("127.0.0.1:80", "this is an address and a port; leave the port off"),
            ("[::1]:80", "this is an address and a port; leave the port off"),
            (
                "fe80::1%eth0",
                "what follows % names an interface of one machine; leave it off",
            ),
            (
                "::1::",
                "'::' stands for all the zeros left out, so it can come only once",
            ),
            (
                "1:::2",
                "'::' stands for all the zeros left out, so it can come only once",
            ),
            ("::g", EIGHT_GROUPS),
            ("::1.2.3.256", EIGHT_GROUPS),
            ("1:2:3:4:5:6:7", EIGHT_GROUPS),
            ("1:2:3:4::5:6:7:8", EIGHT_GROUPS),
        ];
        for (text, why) in table {
            assert_eq!(not_an_address(text), why, "{text:?}");
        }
    }
}
