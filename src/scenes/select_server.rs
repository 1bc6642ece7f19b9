//! Chapter 4: many clients on one thread, a queue for each.

use super::{Chapter, Scene, Systems, Task};
use crate::failure::Played;
use crate::peer::{Peer, numbers};
use crate::stage::{Actor, Stage};

const PROGRAM: &str = "select-server";

/// What the server adds to each reply.
const RECEIPT: &str = "我收到了";

/// The system's buffer for a client becomes small, so that our own queue is needed.
const SMALL_BUFFER: [&str; 2] = ["--send-buffer", "4096"];

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: PROGRAM,
    title: "Many clients, one thread",
    question: "How can one thread talk to many clients, when each call may have to wait?",
    learnt: "You can serve many clients on one thread, asking select only for what is worth waiting for. You have met readiness that was too old, queues that fill, and peers that vanish.",
    scenes: &[
        Scene::new("numbers", "a client sends three numbers", three_numbers).step(8),
        Scene::new("interleaved", "three clients, and nobody waits", interleaved)
            .step(8)
            .exercises(3),
        Scene::new("rounds", "what the three sets hold, round by round", rounds)
            .step(8)
            .exercises(3),
        Scene::new("idle", "what one message costs beside four idle clients", idle)
            .step(8)
            .exercises(3),
        Scene::new("never-reads", "one never reads, the other is served", never_reads)
            .step(8)
            .exercises(6),
        Scene::new("reads-at-last", "a client reads after all", reads_at_last).step(8),
        Scene::new("hangs-up", "a client says bye and hangs up", hangs_up)
            .step(8)
            .exercises(4)
            .only_on(Systems::Linux),
        Scene::new("reset", "a client breaks off with its queue full", reset)
            .step(8)
            .exercises(4),
        Scene::new("two-lists", "a client breaks off, and is in two lists", two_lists)
            .step(8)
            .exercises(4)
            .only_on(Systems::Linux),
        Scene::new("says-nothing", "a client comes and goes", says_nothing).step(7),
        Scene::new(
            "half-close",
            "a client that has said all gets its reply",
            half_close,
        )
        .step(8)
        .exercises(7),
        Scene::new("last-words", "the same, with its replies in the queue", last_words)
            .step(8)
            .exercises(4),
        Scene::new("byte-by-byte", "a character arrives in three pieces", byte_by_byte)
            .step(8)
            .exercises(7),
        Scene::new("urgent", "what the third set is for", urgent).step(8).exercises(2),
        Scene::new("gone", "a client is gone before it is accepted", gone)
            .step(8)
            .exercises(4)
            .only_on(Systems::Linux),
        Scene::new("all-at-once", "three clients come in one round", all_at_once)
            .step(6)
            .exercises(1)
            .only_on(Systems::Unix),
        Scene::new(
            "no-descriptors",
            "no descriptor is left for a client",
            no_descriptors,
        )
        .step(8)
        .exercises(5)
        .only_on(Systems::Linux),
        Scene::new("after-a-rest", "a descriptor is free again", after_a_rest)
            .step(8)
            .exercises(3)
            .only_on(Systems::Linux),
        Scene::new("ctrl-c", "Ctrl-C with replies queued", ctrl_c)
            .step(9)
            .only_on(Systems::Unix),
        Scene::new("in-python", "two numbers, in Python", in_python).in_python(),
        Scene::new(
            "in-python-hangs-up",
            "a client says bye and hangs up, in Python",
            in_python_hangs_up,
        )
        .in_python()
        .only_on(Systems::Unix),
    ],
    tasks: &[
        Task {
            name: "chat",
            about: "pass on what a client says to all the others; who does not read misses it, and the speaker gets the receipt alone",
            scenes: &[Scene::new("chat", "what one says goes to all others", chat)],
        },
        Task {
            name: "places",
            about: "serve three clients at a time; say `sorry, all 3 places are taken` to the next one, tell it in one line, and close in order",
            scenes: &[Scene::new(
                "places",
                "three have a place, a fourth comes",
                places,
            )],
        },
    ],
};

fn three_numbers(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let address = address.to_string();
    let client = stage.start(
        "client-1",
        PROGRAM,
        &["client", "--connect", &address, "--interval", "0"],
    )?;
    client.complains("connected to")?;
    server.prints("connected")?;
    for turn in 1..=3 {
        client.prints("turn")?;
        server_answers(&server, &format!("number {turn}"))?;
        client.prints(RECEIPT)?;
    }
    client.ends()?;
    server.prints("closed")
}

/// The three lines of a message that is answered at once.
fn server_answers(server: &Actor<'_, '_>, text: &str) -> Played {
    server.prints(text)?;
    server.prints("is sent")?;
    server.prints("empty queue")
}

/// `peer` says `text`, and gets its reply.
fn talks(peer: &mut Peer<'_, '_>, server: &Actor<'_, '_>, text: &str) -> Played {
    peer.sends(text.as_bytes())?;
    server_answers(server, text)?;
    peer.receives(text.len() + RECEIPT.len())
}

fn connects<'s, 'a>(
    stage: &'s Stage<'a>,
    name: &str,
    (server, address): &(Actor<'s, 'a>, std::net::SocketAddr),
) -> Played<Peer<'s, 'a>> {
    let peer = Peer::connects(stage, name, *address)?;
    server.prints("connected")?;
    Ok(peer)
}

fn interleaved(stage: &Stage<'_>) -> Played {
    let stand = stage.server(PROGRAM)?;
    let server = &stand.0;
    let mut first = connects(stage, "peer-1", &stand)?;
    let mut second = connects(stage, "peer-2", &stand)?;
    let mut third = connects(stage, "peer-3", &stand)?;
    talks(&mut third, server, "one")?;
    talks(&mut first, server, "two")?;
    talks(&mut third, server, "three")?;
    talks(&mut second, server, "four")?;
    for peer in [second, first, third] {
        peer.closes();
        server.prints("closed")?;
    }
    Ok(())
}

fn rounds(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--rounds"])?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.complains("read")?;
    server.prints("connected")?;
    peer.sends(b"hello")?;
    server.complains("read")?;
    server_answers(&server, "hello")?;
    peer.receives("hello".len() + RECEIPT.len())?;
    peer.closes();
    server.complains("read")?;
    server.prints("closed")
}

fn idle(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--rounds"])?;
    for number in 1..=4 {
        let idle = Peer::connects(stage, &format!("peer-{number}"), address)?;
        server.complains("read")?;
        server.prints("connected")?;
        idle.stays();
    }
    let mut busy = Peer::connects(stage, "peer-5", address)?;
    server.complains("read")?;
    server.prints("connected")?;

    stage
        .remark("For one message the system looks at 12 entries, and finds one ready.");
    busy.sends(b"hello")?;
    server.complains("read")?;
    server_answers(&server, "hello")?;
    busy.receives("hello".len() + RECEIPT.len())?;
    busy.stays();
    Ok(())
}

fn never_reads(stage: &Stage<'_>) -> Played {
    let options = ["--rounds", "--send-buffer", "65536"];
    let (server, address) = stage.server_with(PROGRAM, &options)?;
    let mut slow = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.complains("read")?;
    server.prints("connected")?;
    let sent = numbers(250_000);
    slow.begins_to_send(sent.clone())?;
    server.goes_on_to("full queue")?;

    let mut quick = Peer::connects(stage, "peer-2", address)?;
    server.complains_later("[listener]")?;
    server.prints_beside(&slow, "connected")?;
    quick.sends(b"I am served at once")?;
    server.complains_later(&format!("[{}]", quick.address()?))?;
    for line in ["I am served", "is sent", "empty queue"] {
        server.prints_beside(&slow, line)?;
    }
    quick.receives("I am served at once".len() + RECEIPT.len())?;

    slow.stays();
    quick.stays();
    Ok(())
}

fn reads_at_last(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &SMALL_BUFFER)?;
    let mut slow = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.prints("connected")?;
    let sent = numbers(250_000);
    slow.begins_to_send(sent.clone())?;
    server.goes_on_to("full queue")?;
    slow.receives_back(&sent, RECEIPT)?;
    slow.closes();
    server.goes_on_to("closed")
}

fn hangs_up(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--rounds"])?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.complains("read")?;
    server.prints("connected")?;

    stage.remark(
        "The server is held, so that bytes and hang-up are there when it looks.",
    );
    server.is_paused()?;
    peer.sends(b"bye")?;
    peer.closes_and_is_heard()?;
    server.is_resumed()?;
    server.complains("read")?;
    server_answers(&server, "bye")?;
    server.complains("read")?;
    server.prints("closed")?;

    stage.remark("The next one is served.");
    let mut next = Peer::connects(stage, "peer-2", address)?;
    server.complains("read")?;
    server.prints("connected")?;
    next.sends(b"hello")?;
    server.complains("read")?;
    server_answers(&server, "hello")?;
    next.receives("hello".len() + RECEIPT.len())?;
    next.stays();
    Ok(())
}

fn reset(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &SMALL_BUFFER)?;
    let mut slow = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.prints("connected")?;
    slow.begins_to_send(numbers(200_000))?;
    server.goes_on_to("full queue")?;
    slow.resets()?;
    server.complains("connection reset")?;

    stage.remark("One client's error is not the server's end.");
    let mut other = Peer::connects(stage, "peer-2", address)?;
    server.goes_on_to("connected")?;
    talks(&mut other, &server, "still there?")?;
    other.closes();
    server.prints("closed")
}

fn two_lists(stage: &Stage<'_>) -> Played {
    let options = ["--rounds", "--send-buffer", "4096"];
    let (server, address) = stage.server_with(PROGRAM, &options)?;
    let mut slow = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.complains("read")?;
    server.prints("connected")?;
    stage.remark("It sends 40 messages of 1000 bytes, and reads no reply.");
    for message in numbers(40_000).chunks(1000) {
        slow.sends_in_silence(message)?;
        server.hears("1000 bytes")?;
    }
    let other = Peer::connects(stage, "peer-2", address)?;
    server.complains_later("[listener]")?;
    server.goes_on_to("connected")?;
    slow.resets()?;
    server.complains("read")?;
    server.complains("connection reset")?;
    other.closes();
    server.complains("read")?;
    server.prints("closed")
}

fn says_nothing(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.closes();
    server.prints("closed")
}

fn half_close(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends("最后一句".as_bytes())?;
    peer.half_closes()?;
    server_answers(&server, "最后一句")?;
    server.prints("closed")?;
    peer.receives("最后一句".len() + RECEIPT.len())?;
    peer.receives_end()
}

fn last_words(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &SMALL_BUFFER)?;
    let mut peer = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.prints("connected")?;
    stage.remark("It sends 40 messages of 1000 bytes, and reads no reply.");
    let sent = numbers(40_000);
    for message in sent.chunks(1000) {
        peer.sends_in_silence(message)?;
        server.hears("1000 bytes")?;
    }
    peer.half_closes()?;
    peer.receives_back(&sent, RECEIPT)?;
    server.goes_on_to("closed")?;
    peer.receives_end()
}

fn byte_by_byte(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    for byte in "你".as_bytes() {
        peer.sends(&[*byte])?;
        server_answers(&server, "1 byte")?;
        peer.receives(1 + RECEIPT.len())?;
    }
    peer.closes();
    server.prints("closed")
}

fn urgent(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--rounds"])?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.complains("read")?;
    server.prints("connected")?;
    peer.sends_urgently(b'!')?;
    server.complains("exceptional")?;
    server.prints("urgent")?;
    peer.sends(b"hello")?;
    server.complains("read")?;
    server_answers(&server, "hello")?;
    peer.receives("hello".len() + RECEIPT.len())?;
    peer.closes();
    server.complains("read")?;
    server.prints("closed")
}

fn gone(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    server.is_paused()?;
    let peer = Peer::connects(stage, "peer-1", address)?;
    peer.resets()?;
    server.is_resumed()?;
    server.prints("connected")?;
    server.complains("connection reset")?;

    let mut other = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    talks(&mut other, &server, "still there?")?;
    other.stays();
    Ok(())
}

fn all_at_once(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    server.is_paused()?;
    let mut peers = Vec::new();
    for name in ["peer-1", "peer-2", "peer-3"] {
        peers.push(Peer::connects(stage, name, address)?);
    }
    server.is_resumed()?;
    for peer in peers {
        server.prints("connected")?;
        peer.stays();
    }
    Ok(())
}

/// Three standard streams, the listener, two handles of the socket for Ctrl-C, and two
/// clients.
const DESCRIPTORS: usize = 8;

/// Two clients are connected, and there is no descriptor for a third.
fn out_of_descriptors<'s, 'a>(
    stage: &'s Stage<'a>,
) -> Played<(Actor<'s, 'a>, [Peer<'s, 'a>; 3])> {
    stage.varies(
        "select-server: new clients have to wait: ",
        "<why, in the system's words>",
    );
    let stand = stage.server_limited(PROGRAM, DESCRIPTORS)?;
    let first = connects(stage, "peer-1", &stand)?;
    let second = connects(stage, "peer-2", &stand)?;
    let mut third = Peer::connects(stage, "peer-3", stand.1)?;
    third.sends(b"me too")?;
    stand.0.complains("new clients have to wait")?;
    Ok((stand.0, [first, second, third]))
}

fn no_descriptors(stage: &Stage<'_>) -> Played {
    let (server, [mut first, mut second, third]) = out_of_descriptors(stage)?;
    talks(&mut second, &server, "we are served")?;
    talks(&mut first, &server, "so we are")?;
    first.stays();
    second.stays();
    third.stays();
    Ok(())
}

fn after_a_rest(stage: &Stage<'_>) -> Played {
    let (server, [first, second, mut third]) = out_of_descriptors(stage)?;
    stage.remark("peer-1 leaves, which frees a descriptor.");
    first.closes();
    server.prints("closed")?;
    server.prints("connected")?;
    server_answers(&server, "me too")?;
    third.receives("me too".len() + RECEIPT.len())?;
    second.stays();
    third.stays();
    Ok(())
}

fn ctrl_c(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &SMALL_BUFFER)?;
    let mut reads = Peer::connects_with_little_room(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut never = Peer::connects_with_little_room(stage, "peer-2", address)?;
    server.prints("connected")?;
    stage.remark("Each sends 40 messages of 1000 bytes, and reads no reply.");
    let sent = numbers(40_000);
    for message in sent.chunks(1000) {
        for peer in [&mut reads, &mut never] {
            peer.sends_in_silence(message)?;
            server.hears("1000 bytes")?;
        }
    }

    server.is_interrupted()?;
    reads.receives_back(&sent, RECEIPT)?;
    reads.receives_end()?;
    server.complains("did not read")?;
    server.goes_on_to("served")?;
    server.ends()
}

/// The server in Python looks at its lists: so many are ready.
fn looks(server: &Actor<'_, '_>) -> Played {
    server.prints("select")
}

/// Starts the server in Python, and connects a peer to it.
fn connects_to_python<'s, 'a>(
    stage: &'s Stage<'a>,
    name: &str,
) -> Played<(Actor<'s, 'a>, Peer<'s, 'a>)> {
    let (server, address) = stage.server_in_python("select_server.py", &["0"])?;
    let peer = Peer::connects(stage, name, address)?;
    looks(&server)?;
    server.prints("connected")?;
    Ok((server, peer))
}

fn in_python(stage: &Stage<'_>) -> Played {
    let (server, mut peer) = connects_to_python(stage, "peer-1")?;
    for text in ["number 1", "number 2"] {
        peer.sends(text.as_bytes())?;
        for line in [text, "is sent", "empty queue"] {
            looks(&server)?;
            server.prints(line)?;
        }
        peer.receives(text.len() + RECEIPT.len())?;
    }
    peer.closes();
    looks(&server)?;
    server.prints("closed")
}

fn in_python_hangs_up(stage: &Stage<'_>) -> Played {
    stage.varies("KeyError: <socket.socket [closed] fd=-1", ", ...>");
    let (server, mut peer) = connects_to_python(stage, "peer-1")?;
    server.is_paused()?;
    peer.sends(b"bye")?;
    peer.closes_and_is_heard()?;
    server.is_resumed()?;
    looks(&server)?;
    server.prints("bye")?;
    looks(&server)?;
    server.prints("closed")?;
    stage.remark("Of a traceback the last line is shown.");
    server.complains_later("KeyError")?;
    server.ends()
}

fn chat(stage: &Stage<'_>) -> Played {
    let stand = stage.server(PROGRAM)?;
    let server = &stand.0;
    let mut first = connects(stage, "peer-1", &stand)?;
    let mut second = connects(stage, "peer-2", &stand)?;
    let mut third = connects(stage, "peer-3", &stand)?;
    let line = "大家好";
    second.sends(line.as_bytes())?;
    server_answers(server, line)?;
    for _ in ["peer-1", "peer-3"] {
        server.prints("is sent")?;
        server.prints("empty queue")?;
    }
    second.receives(RECEIPT.len())?;
    for peer in [&mut first, &mut third] {
        peer.receives(line.len())?;
    }

    stage.remark("peer-2 leaves; the others talk on.");
    second.closes();
    server.prints("closed")?;
    third.sends(b"bye")?;
    server_answers(server, "bye")?;
    server.prints("is sent")?;
    server.prints("empty queue")?;
    third.receives(RECEIPT.len())?;
    first.receives("bye".len())?;
    first.stays();
    third.stays();
    Ok(())
}

fn places(stage: &Stage<'_>) -> Played {
    let stand = stage.server(PROGRAM)?;
    let (server, address) = &stand;
    let first = connects(stage, "peer-1", &stand)?;
    let mut second = connects(stage, "peer-2", &stand)?;
    let third = connects(stage, "peer-3", &stand)?;
    let mut fourth = Peer::connects(stage, "peer-4", *address)?;
    server.complains("all 3 places are taken")?;
    fourth.receives_end()?;
    talks(&mut second, server, "we are served")?;

    stage.remark("peer-1 leaves, which frees a place.");
    first.closes();
    server.prints("closed")?;
    let mut fifth = connects(stage, "peer-5", &stand)?;
    talks(&mut fifth, server, "so am I")?;
    for peer in [second, third, fifth] {
        peer.stays();
    }
    Ok(())
}
