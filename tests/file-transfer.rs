//! Pins the scenes of chapter 7.

mod pin;

pin::pin! { "file-transfer":
    transfer
    bytes
    merged
    escapes
    not_frames
    pieces
    empty_file
    binary
    three_at_once
    several
    stdin
    not_a_file
    names
    sizes
    as_announced
    rules
    taken
    meanwhile
    rename
    symlink
    digest_wrong
    leaves
    gone
    silent
    shrinks
    grows
    killed
    ctrl_c_server
    ctrl_c_client
    in_python
    in_python_gone
}
