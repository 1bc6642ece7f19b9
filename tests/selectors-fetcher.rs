//! Pins the scenes of chapter 5.

mod pin;

pin::pin! { "selectors-fetcher":
    one_page
    first_one_by_one
    first_both_at_once
    first_in_pieces
    first_reset
    first_dead_address
    first_not_text
    first_body_cut
    first_chunk_cut
    first_long_request
    first_silent
    first_long_header
    first_wrong_urls
    byte_by_byte
    many_reads
    ten_at_once
    long_request
    chunked
    until_the_end
    reset
    dead_address
    all_dead
    refused
    silent_address
    at_rest
    no_answer
    header_cut
    body_cut
    chunk_cut
    not_http
    odd_begin
    wrong_urls
    in_python
    in_python_forgets
}
