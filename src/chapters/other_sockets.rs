//! Chapter 8: the sockets that the chapters before leave out. Its programs are examples,
//! each in the crate whose lesson it carries on.

use super::{Chapter, linux, scene, unix};

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
        linux(0, "too-large", "one that no network carries"),
        scene(0, "nobody-answers", "nobody is there, and nobody says so"),
        linux(0, "nobody-there", "nobody is there, and the system says so"),
        scene(0, "stranger", "somebody else answers"),
        scene(0, "stranger-unheard", "somebody else is not heard"),
        scene(0, "flood", "more than there is room for"),
        scene(0, "asked-again", "a question that got lost"),
        scene(0, "no-answer", "nobody answers, three times"),
        scene(0, "late", "an answer that comes twice"),
        scene(0, "numbered", "the same, with numbers"),
    ],
    first: None,
    tasks: &[],
};
