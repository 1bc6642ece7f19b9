//! Which addresses are private, shared or global: IANA's registries of special-purpose
//! addresses, as Python 3.13.0 reads them.
//!
//! The registries grow, and Python follows in patch releases. Later releases of 3.13
//! add `3fff::/20`, and ask more questions of the IPv4 address inside a mapped one. Any
//! such table grows old.

use std::net::IpAddr;

use Reach::{Global, Private, Shared};
use ipnet::IpNet;

// ANCHOR: block
/// How far packets to an address may travel.
#[derive(Clone, Copy, PartialEq)]
pub enum Reach {
    /// Across the internet.
    Global,
    /// Not across the internet. This is all that Python's `is_private` means.
    Private,
    /// Within a provider's network, between it and its customers: neither private nor
    /// global.
    Shared,
}

/// A row of the registries.
pub struct Block {
    pub network: &'static str,
    pub reach: Reach,
    pub rfc: &'static str,
    pub purpose: &'static str,
}
// ANCHOR_END: block

// ANCHOR: table
/// In order of address, but a block inside another comes before it: the first match
/// counts.
#[rustfmt::skip]
const REGISTRY: &[Block] = &[
    // https://www.iana.org/assignments/iana-ipv4-special-registry
    block("0.0.0.0/8",          Private, "RFC 791",  "this network"),
    block("10.0.0.0/8",         Private, "RFC 1918", "private use"),
    block("100.64.0.0/10",      Shared,  "RFC 6598", "shared by a provider and its customers"),
    block("127.0.0.0/8",        Private, "RFC 1122", "loopback"),
    block("169.254.0.0/16",     Private, "RFC 3927", "link-local"),
    block("172.16.0.0/12",      Private, "RFC 1918", "private use"),
    block("192.0.0.9/32",       Global,  "RFC 7723", "anycast for port control"),
    block("192.0.0.10/32",      Global,  "RFC 8155", "anycast for TURN relays"),
    block("192.0.0.170/31",     Private, "RFC 8880", "discovery of NAT64"),
    block("192.0.0.0/24",       Private, "RFC 6890", "IETF protocols"),
    block("192.0.2.0/24",       Private, "RFC 5737", "documentation"),
    block("192.168.0.0/16",     Private, "RFC 1918", "private use"),
    block("198.18.0.0/15",      Private, "RFC 2544", "benchmarks"),
    block("198.51.100.0/24",    Private, "RFC 5737", "documentation"),
    block("203.0.113.0/24",     Private, "RFC 5737", "documentation"),
    block("255.255.255.255/32", Private, "RFC 919",  "limited broadcast"),
    block("240.0.0.0/4",        Private, "RFC 1112", "reserved"),
    // https://www.iana.org/assignments/iana-ipv6-special-registry
    block("::/128",             Private, "RFC 4291", "unspecified"),
    block("::1/128",            Private, "RFC 4291", "loopback"),
    block("64:ff9b:1::/48",     Private, "RFC 8215", "local translation to IPv4"),
    block("100::/64",           Private, "RFC 6666", "discarded on arrival"),
    block("2001:1::1/128",      Global,  "RFC 7723", "anycast for port control"),
    block("2001:1::2/128",      Global,  "RFC 8155", "anycast for TURN relays"),
    block("2001:3::/32",        Global,  "RFC 7450", "multicast tunnels (AMT)"),
    block("2001:4:112::/48",    Global,  "RFC 7535", "name servers of AS112"),
    block("2001:20::/28",       Global,  "RFC 7343", "hashes as addresses (ORCHIDv2)"),
    block("2001:30::/28",       Global,  "RFC 9374", "identities of drones"),
    block("2001::/23",          Private, "RFC 2928", "IETF protocols"),
    block("2001:db8::/32",      Private, "RFC 3849", "documentation"),
    block("2002::/16",          Private, "RFC 3056", "6to4"), // Python's choice: IANA leaves it open
    block("fc00::/7",           Private, "RFC 4193", "unique local"),
    block("fe80::/10",          Private, "RFC 4291", "link-local"),
];

/// Python calls reserved whatever of IPv6 is outside of these, even `::1` and the
/// mapped addresses.
#[rustfmt::skip]
const IPV6_IN_USE: &[&str] = &[
    "2000::/3",  // RFC 4291: global unicast
    "fc00::/7",  // RFC 4193: unique local
    "fe80::/10", // RFC 4291: link-local
    "fec0::/10", // RFC 3879: site-local, no longer used
    "ff00::/8",  // RFC 4291: multicast
];
// ANCHOR_END: table

const fn block(
    network: &'static str,
    reach: Reach,
    rfc: &'static str,
    purpose: &'static str,
) -> Block {
    Block { network, reach, rfc, purpose }
}

// ANCHOR: questions
/// The block that an address is in: for a mapped one, `::ffff:10.0.0.1`, the block of
/// `10.0.0.1`.
pub fn block_of(address: IpAddr) -> Option<&'static Block> {
    // STEP 6: find the first block that contains the address, or the one mapped in it
    let address = address.to_canonical();
    REGISTRY.iter().find(|block| contains(block.network, address))
}

pub fn is_private(address: IpAddr) -> bool {
    block_of(address).is_some_and(|block| block.reach == Private)
}

pub fn is_global(address: IpAddr) -> bool {
    match block_of(address).map(|block| block.reach) {
        Some(Private) => false,
        // Python 3.13.0 takes any mapped address for global that is not private; later
        // ones do not.
        Some(Shared) => address.is_ipv6(),
        Some(Global) | None => true,
    }
}

pub fn is_reserved(address: IpAddr) -> bool {
    if address.is_ipv4() {
        return contains("240.0.0.0/4", address);
    }
    !IPV6_IN_USE.iter().any(|network| contains(network, address))
}
// ANCHOR_END: questions

/// The tables keep networks as the registries write them; a test makes sure that each
/// one parses.
fn contains(network: &str, address: IpAddr) -> bool {
    network.parse::<IpNet>().is_ok_and(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks() -> impl Iterator<Item = &'static str> {
        REGISTRY.iter().map(|block| block.network).chain(IPV6_IN_USE.iter().copied())
    }

    #[test]
    fn every_row_is_a_network() {
        for network in networks() {
            assert!(crate::value::parse_network(network).is_ok(), "{network}");
        }
    }

    #[test]
    fn every_row_can_be_reached() {
        for block in REGISTRY {
            let network: IpNet = block.network.parse().unwrap();
            let found = block_of(network.addr()).unwrap().network;
            assert_eq!(found, block.network, "the first block with {}", network.addr());
        }
    }
}
