//! Pins the scenes of chapter 3.

mod pin;

pin::pin! { "basic-tcp":
    conversation
    the_next_waits
    two_sends_one_read
    one_send_two_reads
    long_line
    not_text
    empty_line
    half_close
    reset
    refused
    port_taken
    full_queue
    server_killed
    ctrl_c_idle
    ctrl_c_connected
    in_python
    in_python_long_line
}
