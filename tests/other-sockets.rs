//! Pins the scenes of chapter 8.

mod pin;

pin::pin! { "other-sockets":
    datagrams
    two_datagrams
    nothing_in_it
    cut
    whole
    too_large
    nobody_answers
    nobody_there
    stranger
    stranger_unheard
    flood
    asked_again
    no_answer
    late
    numbered
}
