//! Pins the scenes of chapter 3.

mod pin;

pin::pin! { "basic-tcp":
    conversation
    first_talk
    first_empty_line
    first_long_line
    first_two_sends
    first_half_a_message
    first_torn
    first_terminal
    first_nobody
    first_server_gone
    first_ctrl_c
    first_full_queue
    first_restart
    first_no_descriptors
    first_nobody_reads
    not_text
    the_next_waits
    two_sends_one_read
    one_send_two_reads
    long_line
    empty_line
    half_close
    reset
    refused
    port_taken
    full_queue
    server_killed
    ctrl_c_idle
    ctrl_c_connected
    restart
    no_descriptors
    nobody_reads
    in_python
    in_python_long_line
}
