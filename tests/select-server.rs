//! Pins the scenes of chapter 4.

mod pin;

pin::pin! { "select-server":
    numbers
    first_numbers
    first_interleaved
    first_hangs_up
    first_reset
    first_last_words
    first_reads_a_little
    first_never_reads
    first_urgent
    first_ctrl_c
    first_nobody_reads
    says_nothing
    interleaved
    rounds
    idle
    all_at_once
    hangs_up
    gone
    half_close
    reads_a_little
    never_reads
    reads_at_last
    last_words
    reset
    two_lists
    urgent
    ctrl_c
    no_descriptors
    in_python
    in_python_hangs_up
}
