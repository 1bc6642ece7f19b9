//! Pins the scenes of chapter 8.

mod pin;

pin::pin! { "other-sockets":
    datagrams
    two_datagrams
    nothing_in_it
    cut
    whole
    reply_too_long
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
    path
    left_behind
    nobody_at_a_path
    left_behind_mended
    still_in_use
    no_socket
    permission
    owner
    owner_disguised
    path_too_long
    ipv6
    both
    only_ipv6
    zone
    group
    not_joined
    overheard
    no_loop
    interface
    scope
    group_ipv4
    broadcast_refused
    broadcast
    poll
    poll_hangs_up
    epoll
    ask_a_port
    a_thread_each_datagram
    flood_of_threads
    in_python_udp
}
