//! Pins the scenes of chapter 6.

mod pin;

pin::pin! { "threaded-server":
    three_clients
    slow
    full
    a_place_again
    idle
    reset
    panic
    no_descriptors
    ctrl_c_idle
    ctrl_c
    after_a_panic
    in_python
    in_python_torn
}
