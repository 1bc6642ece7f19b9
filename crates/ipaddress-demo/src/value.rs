//! From the text of a VALUE to an address or a network.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::reason;

// ANCHOR: value
/// What one argument stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    Address(IpAddr),
    Network(IpNet),
}

impl Value {
    /// Orders as Python's `get_mixed_type_key`: by family and address, then the address
    /// before the networks that begin with it, then the wider network first. It relies
    /// on two facts: `IpAddr` puts IPv4 first, and `None` precedes `Some`.
    pub fn sort_key(&self) -> (IpAddr, Option<u8>) {
        match self {
            Value::Address(address) => (*address, None),
            Value::Network(network) => (network.network(), Some(network.prefix_len())),
        }
    }

    /// An IPv6 value is never within an IPv4 network, not even a mapped
    /// `::ffff:10.9.0.6`.
    pub fn is_within(&self, network: &IpNet) -> bool {
        match self {
            Value::Address(address) => network.contains(address),
            Value::Network(inner) => network.contains(inner),
        }
    }
}
// ANCHOR_END: value

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Address(address) => address.fmt(f),
            Value::Network(network) => network.fmt(f),
        }
    }
}

// ANCHOR: parse
/// # Errors
/// Says what is wrong with the text, for a person to read.
pub fn parse(text: &str) -> Result<Value, String> {
    // STEP 1: tell from its look what the text is, and have it parsed
    if text.is_empty() {
        return Err(
            "the value is empty; give an address, an integer or a network".to_owned()
        );
    }
    if text.contains('/') {
        return parse_network(text).map(Value::Network);
    }
    let address = if let Some(hex) = text.strip_prefix("0x") {
        parse_packed(hex)
    } else if is_decimal(text.strip_prefix('-').unwrap_or(text)) {
        parse_integer(text)
    } else {
        parse_address(text)
    };
    address.map(Value::Address)
}
// ANCHOR_END: parse

// ANCHOR: network
/// Strict, as Python is by default: ipnet itself would accept `10.0.0.1/24` and keep
/// the host bits.
///
/// # Errors
/// Says what is wrong with the text; where host bits are set, which network was meant.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    // STEP 8: take address and prefix length apart, check both, and refuse host bits
    let Some((address, prefix)) = text.split_once('/') else {
        return Err(
            "a network is an address, a slash and a prefix length, as in 10.9.0.0/24"
                .to_owned(),
        );
    };
    let address = parse_address(address)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    if !is_decimal(prefix) {
        return Err(format!(
            "the prefix length {prefix:?} is not a number from 0 to {bits}"
        ));
    }
    let network =
        prefix.parse().ok().and_then(|prefix_len| IpNet::new(address, prefix_len).ok());
    let Some(network) = network else {
        return Err(format!(
            "the prefix length {prefix} is past the {bits} bits of an address"
        ));
    };
    if network.addr() != network.network() {
        return Err(format!("host bits are set; the network is {}", network.trunc()));
    }
    Ok(network)
}
// ANCHOR_END: network

// ANCHOR: numbers
/// Packed bytes: the address as it travels, most significant byte first.
fn parse_packed(hex: &str) -> Result<IpAddr, String> {
    // STEP 5: read 8 hex digits as an IPv4 address, and 32 as an IPv6 one
    if let Some(odd) = hex.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("{odd:?} is not a hex digit"));
    }
    match (hex.len(), u128::from_str_radix(hex, 16)) {
        (8, Ok(number)) => Ok(address_of(number)),
        (32, Ok(number)) => Ok(Ipv6Addr::from_bits(number).into()),
        (digits, _) => Err(format!(
            "packed bytes have 8 hex digits (IPv4) or 32 (IPv6); this has {digits}"
        )),
    }
}

fn parse_integer(text: &str) -> Result<IpAddr, String> {
    // STEP 3: refuse a sign, leading zeros and too large a number; find the address
    if text.starts_with('-') {
        return Err(
            "an address is never negative; the integers begin with 0".to_owned()
        );
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(
            "a leading zero: some programs would read the integer as octal".to_owned()
        );
    }
    // All digits, so too large is the only error left.
    let number = text
        .parse()
        .map_err(|_| "the integer is past 2^128 - 1, the last IPv6 address")?;
    Ok(address_of(number))
}

/// Python's rule: below 2^32 it is IPv4.
fn address_of(number: u128) -> IpAddr {
    // STEP 4: take a number below 2^32 for IPv4, and any other for IPv6
    match u32::try_from(number) {
        Ok(number) => Ipv4Addr::from_bits(number).into(),
        Err(_) => Ipv6Addr::from_bits(number).into(),
    }
}
// ANCHOR_END: numbers

// ANCHOR: address
/// std parses, as strictly as Python does, but its error only says that the syntax is
/// invalid.
fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| reason::not_an_address(text))
}
// ANCHOR_END: address

/// Rust's integers parse with a leading `+` too, so that digits alone must be asked
/// for.
fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_in_each_notation() {
        for text in ["10.9.0.6", "168361990", "0x0a090006", "0x0A090006"] {
            assert_eq!(parse(text), Ok(Value::Address([10, 9, 0, 6].into())), "{text}");
        }
        for text in ["::1", "0x00000000000000000000000000000001", "0:0:0:0:0:0:0:1"] {
            assert_eq!(
                parse(text),
                Ok(Value::Address(Ipv6Addr::LOCALHOST.into())),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_values_say_why() {
        let table = [
            ("", "the value is empty; give an address, an integer or a network"),
            ("-1", "an address is never negative; the integers begin with 0"),
            ("010", "a leading zero: some programs would read the integer as octal"),
            (
                "340282366920938463463374607431768211456",
                "the integer is past 2^128 - 1, the last IPv6 address",
            ),
            (
                "0x1234",
                "packed bytes have 8 hex digits (IPv4) or 32 (IPv6); this has 4",
            ),
            ("0x", "packed bytes have 8 hex digits (IPv4) or 32 (IPv6); this has 0"),
            ("0x+a090006", "'+' is not a hex digit"),
            ("10.0.0.1/24", "host bits are set; the network is 10.0.0.0/24"),
            ("fd00::1/64", "host bits are set; the network is fd00::/64"),
            ("10.0.0.1/33", "the prefix length 33 is past the 32 bits of an address"),
            ("::/129", "the prefix length 129 is past the 128 bits of an address"),
            ("10.0.0.0/256", "the prefix length 256 is past the 32 bits of an address"),
            ("10.0.0.0/+8", "the prefix length \"+8\" is not a number from 0 to 32"),
            ("10.0.0.0/", "the prefix length \"\" is not a number from 0 to 32"),
            ("10.0.0.0/8/9", "the prefix length \"8/9\" is not a number from 0 to 32"),
            (
                "10.0.0.0/255.0.0.0",
                "the prefix length \"255.0.0.0\" is not a number from 0 to 32",
            ),
            ("10.0.0/8", "an IPv4 address needs 4 parts, as in 192.0.2.1; this has 3"),
        ];
        for (text, why) in table {
            assert_eq!(parse(text), Err(why.to_owned()), "{text:?}");
        }
    }
}
