//! Pins the scenes of chapter 7.

mod pin;

pin::pin! { "file-transfer":
    transfer
    first_transfer
    first_cut_short
    first_merged
    first_escapes
    first_browser
    first_silent
    first_ctrl_c
    pieces
    gone
    names
    taken
    meanwhile
    swapped
    digest_wrong
    last_words
    as_announced
    sizes
    not_frames
    silent
    three_at_once
    empty_file
    binary
    shrinks
    killed
    two_servers
    ctrl_c_server
    ctrl_c_client
    nobody_reads
    not_a_file
    bytes
    in_python
    in_python_gone
}
