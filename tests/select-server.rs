//! Pins the scenes of chapter 4.

mod pin;

pin::pin! { "select-server":
    numbers
    interleaved
    rounds
    idle
    never_reads
    hangs_up
    reset
    half_close
    byte_by_byte
    urgent
    gone
    no_descriptors
    ctrl_c
}
