//! Pins the scenes of chapter 1.

mod pin;

pin::pin! { "ipaddress-demo":
    address
    notations
    families
    ipv6
    mapped
    beside_rust
    network
    small_networks
    ipv6_network
    within
    sort
    host_bits
    one_bad_value
    bad_integers
    bad_values
    in_python
}
