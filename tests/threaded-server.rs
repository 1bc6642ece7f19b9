//! Pins the scenes of chapter 6.

mod pin;

pin::pin! { "threaded-server":
    three_clients
    slow
    full
    idle
    reset
    panic
    no_descriptors
    ctrl_c
}
