//! Pins the scenes of chapter 2.

mod pin;

pin::pin! { "lookup-demo":
    walk
    host
    comments
    services
    udp
    wrapped_port
    addresses
    one_type
    no_such_family
    unknown_host
    unknown_service
    no_table
    in_python
}
