//! Pins the scenes of chapter 4.

mod pin;

pin::pin! { "select-server":
    numbers
    interleaved
    rounds
    idle
    never_reads
    reads_at_last
    hangs_up
    reset
    two_lists
    says_nothing
    half_close
    last_words
    byte_by_byte
    urgent
    gone
    all_at_once
    no_descriptors
    after_a_rest
    ctrl_c
    in_python
    in_python_hangs_up
}
