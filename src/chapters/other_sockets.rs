//! Chapter 8: the sockets that the chapters before leave out. Its programs are examples,
//! each in the crate whose lesson it carries on.

use super::{Chapter, Need, linux, scene, unix};

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: "other-sockets",
    title: "The other sockets",
    question: "What can a socket be, if it is no stream between two addresses?",
    learnt: "",
    scenes: &[
        scene(0, "datagrams", "two clients, one socket"),
        scene(0, "two-datagrams", "two sends are two receives"),
        scene(0, "nothing-in-it", "an empty datagram"),
        unix(0, "cut", "a datagram larger than the buffer"),
        scene(0, "whole", "the same, with room for any"),
        linux(0, "reply-too-long", "a reply that is too long, and the next one"),
        linux(0, "too-large", "one that no network carries"),
        unix(0, "nobody-answers", "nobody is there, and nobody says so"),
        linux(0, "nobody-there", "nobody is there, and the system says so"),
        scene(0, "stranger", "somebody else answers"),
        scene(0, "stranger-unheard", "somebody else is not heard"),
        scene(0, "flood", "more than there is room for"),
        scene(0, "asked-again", "a question that got lost"),
        scene(0, "no-answer", "nobody answers, three times"),
        scene(0, "late", "an answer that comes twice"),
        scene(0, "numbered", "the same, with numbers"),
        unix(0, "path", "a talk over a path"),
        unix(0, "left-behind", "a server ends, and its path stays"),
        unix(0, "nobody-at-a-path", "no such path, and a path where nobody listens"),
        unix(0, "left-behind-mended", "the path again, at once"),
        unix(0, "still-in-use", "a second server on a path that answers"),
        unix(0, "no-socket", "a path that is somebody's file"),
        linux(0, "permission", "a path that nobody may write").with(Need::Namespace),
        linux(0, "owner", "the system says who called"),
        linux(0, "owner-disguised", "a client that calls itself somebody else")
            .with(Need::Namespace),
        unix(0, "path-too-long", "a path that no address can hold"),
        scene(0, "ipv6", "the same over IPv6").with(Need::Ipv6),
        unix(0, "both", "two families at one server").with(Need::Ipv6),
        unix(0, "only-ipv6", "IPv6 alone: the same port of IPv4 is somebody else's")
            .with(Need::Ipv6),
        linux(0, "zone", "an address that needs its zone").with(Need::Namespace),
        scene(0, "group", "one question, two members").with(Need::Multicast),
        scene(0, "not-joined", "a member of another group hears nothing")
            .with(Need::Multicast),
        linux(0, "overheard", "who has not joined hears, once somebody has")
            .with(Need::Multicast),
        unix(0, "no-loop", "a question to other machines only").with(Need::Multicast),
        linux(0, "interface", "the loopback interface has no way to a group")
            .with(Need::Ipv6),
        linux(
            0,
            "scope",
            "what is for a link crosses a cable, what is for an interface does not",
        )
        .with(Need::Namespace),
        linux(0, "group-ipv4", "a group of IPv4, and who is in another")
            .with(Need::Namespace),
        linux(0, "broadcast-refused", "everyone is not asked by mistake")
            .with(Need::Namespace),
        linux(0, "broadcast", "everyone in a network").with(Need::Namespace),
        scene(0, "poll", "one list for all, of any length"),
        linux(
            0,
            "poll-hangs-up",
            "a client says bye and hangs up, and is still answered",
        ),
        scene(0, "epoll", "the same, and the system keeps the list"),
        scene(0, "ask-a-port", "is anybody listening there?"),
        linux(0, "a-thread-each-datagram", "a slow question beside a quick one"),
        linux(
            0,
            "flood-of-threads",
            "three datagrams of one stranger, and no thread is left",
        ),
        linux(0, "in-python-udp", "a slow question beside a quick one, in Python"),
    ],
    first: None,
    tasks: &[],
};
