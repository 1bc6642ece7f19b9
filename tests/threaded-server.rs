//! Pins the scenes of chapter 6.

mod pin;

pin::pin! { "threaded-server":
    three_clients
    first_three_clients
    first_reset
    first_idle
    first_full
    first_no_thread
    first_ctrl_c
    slow
    reset
    idle
    paused
    full
    a_place_again
    ctrl_c_idle
    ctrl_c
    no_thread
    no_descriptors
    in_python
    in_python_torn
}
