//! Chapter 4: many clients on one thread, a queue for each.

use super::{Chapter, Scene, Systems};
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
    scenes: &[
        Scene::new("numbers", "a client sends three numbers", three_numbers),
        Scene::new("interleaved", "three clients, and nobody waits", interleaved),
        Scene::new("rounds", "what the three sets hold, round by round", rounds),
        Scene::new("idle", "what one message costs beside four idle clients", idle),
        Scene::new("never-reads", "one never reads, the other is served", never_reads),
        Scene::new("hangs-up", "a client says bye and hangs up", hangs_up)
            .only_on(Systems::Linux),
        Scene::new("reset", "a client breaks off with its queue full", reset),
        Scene::new(
            "half-close",
            "a client that has said all gets its reply",
            half_close,
        ),
        Scene::new("byte-by-byte", "a character arrives in three pieces", byte_by_byte),
        Scene::new("urgent", "what the third set is for", urgent),
        Scene::new("gone", "a client is gone before it is accepted", gone)
            .only_on(Systems::Linux),
        Scene::new(
            "no-descriptors",
            "no descriptor is left for a client",
            no_descriptors,
        )
        .only_on(Systems::Linux),
        Scene::new("ctrl-c", "Ctrl-C with replies queued", ctrl_c)
            .only_on(Systems::Unix),
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
    for round in 1..=3 {
        client.prints("round")?;
        server_answers(&server, &format!("number {round}"))?;
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
    server.prints("connected")?;
    quick.sends(b"I am served at once")?;
    server.complains("read")?;
    server_answers(&server, "I am served")?;
    quick.receives("I am served at once".len() + RECEIPT.len())?;

    stage.remark("Now peer-1 reads after all.");
    slow.receives_back(&sent, RECEIPT)?;
    server.goes_on_to("empty queue")?;
    slow.stays();
    let address = quick.address()?;
    quick.closes();
    server.complains_later(&format!("[{address}]"))?;
    server.goes_on_to(&format!("{address} closed"))
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
    peer.closes();
    server.is_resumed()?;
    server.complains("read")?;
    server_answers(&server, "bye")?;
    server.complains("read")?;
    server.prints("closed")
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

/// Three standard streams, the listener, two handles of the socket for Ctrl-C, and two
/// clients.
const DESCRIPTORS: usize = 8;

fn no_descriptors(stage: &Stage<'_>) -> Played {
    stage.varies(
        "select-server: new clients have to wait: ",
        "<why, in the system's words>",
    );
    let stand = stage.server_limited(PROGRAM, DESCRIPTORS)?;
    let (server, address) = &stand;
    let first = connects(stage, "peer-1", &stand)?;
    let mut second = connects(stage, "peer-2", &stand)?;
    let mut third = Peer::connects(stage, "peer-3", *address)?;
    third.sends(b"me too")?;
    server.complains("new clients have to wait")?;
    talks(&mut second, server, "we are served")?;

    stage.remark("peer-1 leaves, which frees a descriptor.");
    first.closes();
    server.prints("closed")?;
    server.prints("connected")?;
    server_answers(server, "me too")?;
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
