//! Pins the scenes of chapter 5.

mod pin;

pin::pin! { "selectors-fetcher":
    one_page
    ten_at_once
    long_request
    byte_by_byte
    many_reads
    chunked
    until_the_end
    dead_address
    all_dead
    silent_address
    refused
    time_out
    at_rest
    no_answer
    header_cut
    body_cut
    chunk_cut
    reset
    not_http
    wrong_urls
    in_python
    in_python_forgets
}
