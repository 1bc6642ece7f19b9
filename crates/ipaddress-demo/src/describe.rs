//! The answers, as text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::registry;

// ANCHOR: address
/// All that Python's `ip_address` tells about an address, a property a line.
pub fn address(address: IpAddr) -> String {
    // STEP 7: tell each property of the address on a line of its own
    let mut lines = vec![address.to_string()];
    let mut tell =
        |property: &str, answer: String| lines.push(format!("{property}: {answer}"));

    tell("ip version", if address.is_ipv4() { "4" } else { "6" }.to_owned());
    tell("is private", registry::is_private(address).to_string());
    let (packed, integer) = match address {
        IpAddr::V4(v4) => (format!("{:08x}", v4.to_bits()), v4.to_bits().to_string()),
        IpAddr::V6(v6) => (format!("{:032x}", v6.to_bits()), v6.to_bits().to_string()),
    };
    tell("packed form", packed);
    tell("integer", integer);
    tell("is global", registry::is_global(address).to_string());
    // Python asks the IPv4 address inside a mapped one; to std, ::ffff:127.0.0.1 is no
    // loopback.
    tell("is loopback", address.to_canonical().is_loopback().to_string());
    tell("is link-local", is_link_local(address).to_string());
    tell("is multicast", address.is_multicast().to_string());
    tell("is unspecified", address.is_unspecified().to_string());
    tell("is reserved", registry::is_reserved(address).to_string());
    if let IpAddr::V6(v6) = address {
        let mapped = v6.to_ipv4_mapped();
        tell("ipv4 mapped", mapped.map_or("none".to_owned(), |v4| v4.to_string()));
    }
    tell("reverse name", reverse_name(address));
    lines.join("\n")
}
// ANCHOR_END: address

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

// ANCHOR: reverse
/// What to ask DNS for the name of an address. It is turned round: names end with what
/// is most general, and addresses begin with it.
fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits = format!("{:032x}", v6.to_bits());
            let labels: String =
                digits.chars().rev().flat_map(|digit| [digit, '.']).collect();
            format!("{labels}ip6.arpa")
        }
    }
}
// ANCHOR_END: reverse

// ANCHOR: network
/// All that Python's `ip_network` tells about a network, a property a line.
pub fn network(network: IpNet) -> String {
    let mut lines = vec![network.to_string()];
    let mut tell =
        |property: &str, answer: String| lines.push(format!("{property}: {answer}"));

    tell("ip version", if network.addr().is_ipv4() { "4" } else { "6" }.to_owned());
    tell("network address", network.network().to_string());
    tell("prefix length", network.prefix_len().to_string());
    tell("netmask", network.netmask().to_string());
    tell("hostmask", network.hostmask().to_string());
    // IPv6 has no broadcast: what ipnet calls so is its last address.
    if let IpNet::V4(v4) = network {
        tell("broadcast", v4.broadcast().to_string());
    }
    tell("addresses", number_of_addresses(network));
    let (first, last) = first_and_last_host(network);
    tell("first host", first.to_string());
    tell("last host", last.to_string());
    tell("subnets", halves(network));
    lines.join("\n")
}
// ANCHOR_END: network

// ANCHOR: hosts
fn number_of_addresses(network: IpNet) -> String {
    let host_bits = network.max_prefix_len() - network.prefix_len();
    match 1_u128.checked_shl(host_bits.into()) {
        Some(number) => number.to_string(),
        // ::/0 alone: 2^128, one more than the largest integer that Rust has.
        None => "340282366920938463463374607431768211456".to_owned(),
    }
}

/// Python's rules. ipnet's `hosts` has the same ones for IPv4, but keeps the first
/// address of IPv6.
fn first_and_last_host(network: IpNet) -> (IpAddr, IpAddr) {
    // STEP 9: find the first and the last address that a host can have
    let host_bits = network.max_prefix_len() - network.prefix_len();
    match network {
        // A link between two hosts, or a single host: no address to spare.
        _ if host_bits <= 1 => (network.network(), network.broadcast()),
        // The first address names the network, the last one is the broadcast.
        IpNet::V4(v4) => {
            let (first, last) =
                (v4.network().to_bits() + 1, v4.broadcast().to_bits() - 1);
            (Ipv4Addr::from_bits(first).into(), Ipv4Addr::from_bits(last).into())
        }
        // The first address means any router of the network; the last one is a host
        // like the others.
        IpNet::V6(v6) => (
            Ipv6Addr::from_bits(v6.network().to_bits() + 1).into(),
            v6.broadcast().into(),
        ),
    }
}

/// Python would answer with the network itself where there is nothing to halve.
fn halves(network: IpNet) -> String {
    match network.subnets(network.prefix_len() + 1) {
        Ok(halves) => halves.map(|half| half.to_string()).collect::<Vec<_>>().join(" "),
        Err(_) => "none".to_owned(),
    }
}
// ANCHOR_END: hosts

// ANCHOR: beside-rust
pub fn beside_rust_header(width: usize) -> String {
    format!(
        "{:width$}  Python is_private  Rust std                agree  registry",
        "address"
    )
}

/// Python asks whether the address stays off the internet; Rust asks whether it is in
/// the blocks that RFC 1918 (IPv4) or RFC 4193 (IPv6) set aside for private networks.
pub fn beside_rust(address: IpAddr, width: usize) -> String {
    let python = registry::is_private(address);
    let (rust, question) = match address {
        IpAddr::V4(v4) => (v4.is_private(), "is_private"),
        IpAddr::V6(v6) => (v6.is_unique_local(), "is_unique_local"),
    };
    let rust_answer = format!("{question}: {rust}");
    let agree = if python == rust { "yes" } else { "NO" };
    let block = registry::block_of(address)
        .map_or("no special block".to_owned(), |block| {
            format!("{} {}, {}", block.network, block.purpose, block.rfc)
        });
    format!("{address:width$}  {python:17}  {rust_answer:22}  {agree:5}  {block}")
}
// ANCHOR_END: beside-rust
