//! Chapter 6: a thread for each client.

use std::net::SocketAddr;

use super::{Chapter, Scene, Systems, Task};
use crate::failure::Played;
use crate::peer::Peer;
use crate::stage::{Actor, Stage};

const PROGRAM: &str = "threaded-server";

/// What the server adds to each reply.
const RECEIPT: &str = " 我收到了";

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: PROGRAM,
    title: "A thread for each client",
    question: "What if each client had the server for itself?",
    learnt: "You can give each client a thread, bound their number, and end all of them in order. You have seen what a panic costs, and who wakes a thread that sleeps.",
    scenes: &[
        Scene::new("three-clients", "three clients at once", three_clients)
            .step(7)
            .exercises(4),
        Scene::new("slow", "a slow client beside a quick one", slow)
            .step(7)
            .exercises(6),
        Scene::new("full", "two have a place, the third waits", full)
            .step(7)
            .exercises(3),
        Scene::new(
            "a-place-again",
            "one leaves, and the third has its place",
            a_place_again,
        )
        .step(7),
        Scene::new("idle", "a client that says nothing loses its place", idle)
            .step(7)
            .exercises(6),
        Scene::new("reset", "a client breaks off, and the others go on", reset)
            .step(7)
            .exercises(5),
        Scene::new("panic", "a bug in the server, met by one client", panic)
            .step(7)
            .exercises(5),
        Scene::new(
            "no-descriptors",
            "no descriptor is left for a client",
            no_descriptors,
        )
        .step(7)
        .exercises(2)
        .only_on(Systems::Linux),
        Scene::new("ctrl-c-idle", "Ctrl-C while nobody is there", ctrl_c_idle)
            .step(9)
            .only_on(Systems::Unix),
        Scene::new("ctrl-c", "Ctrl-C with three clients connected", ctrl_c)
            .step(9)
            .exercises(8)
            .only_on(Systems::Unix),
        Scene::new("after-a-panic", "the same, and Ctrl-C", after_a_panic)
            .step(9)
            .exercises(5)
            .only_on(Systems::Unix),
        Scene::new("in-python", "three clients at once, in Python", in_python)
            .in_python(),
        Scene::new("in-python-torn", "half a character, in Python", in_python_torn)
            .in_python(),
    ],
    tasks: &[
        Task {
            name: "greeting",
            about: "with `--greeting TEXT` say it to each client first, and how many are here",
            scenes: &[Scene::new("greeting", "the server speaks first", greeting)],
        },
        Task {
            name: "pool",
            about: "start `--max-clients` threads at the beginning, `worker-1` and so on, each for one client after the other; `accept` waits for none of them",
            scenes: &[Scene::new("pool", "one thread, three clients", pool)],
        },
    ],
};

/// `client` says `line`, the server shows it, and the reply comes.
fn talks(client: &Actor<'_, '_>, server: &Actor<'_, '_>, line: &str) -> Played {
    client.types(line)?;
    server.prints(line)?;
    client.prints(RECEIPT)
}

fn leaves(client: &Actor<'_, '_>, server: &Actor<'_, '_>) -> Played {
    client.gets_end_of_input();
    client.ends()?;
    server.prints("closed")
}

/// The same for a peer.
fn says(peer: &mut Peer<'_, '_>, server: &Actor<'_, '_>, text: &str) -> Played {
    peer.sends(text.as_bytes())?;
    server.prints(text)?;
    peer.receives(text.len() + RECEIPT.len())
}

fn three_clients(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    three_talk(stage, &server, address)
}

fn three_talk(
    stage: &Stage<'_>,
    server: &Actor<'_, '_>,
    address: SocketAddr,
) -> Played {
    let mut clients = Vec::new();
    for name in ["client-1", "client-2", "client-3"] {
        clients.push(stage.client(name, PROGRAM, address)?);
        server.prints("connected")?;
    }
    talks(&clients[2], server, "三")?;
    talks(&clients[0], server, "一")?;
    talks(&clients[1], server, "二")?;
    talks(&clients[0], server, "again")?;
    for client in &clients {
        leaves(client, server)?;
    }
    Ok(())
}

fn slow(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let mut slow = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    stage.remark(
        "peer-1 has the first two bytes of a character, and thinks about the third.",
    );
    slow.sends(&"你".as_bytes()[..2])?;
    server.prints("2 bytes")?;
    slow.receives(2 + RECEIPT.len())?;

    let quick = stage.client("client-1", PROGRAM, address)?;
    server.prints("connected")?;
    talks(&quick, &server, "I do not wait")?;
    leaves(&quick, &server)?;

    slow.sends(&"你".as_bytes()[2..])?;
    server.prints("1 byte")?;
    slow.receives(1 + RECEIPT.len())?;
    slow.closes();
    server.prints("closed")
}

/// Two of three peers are served, and the third has said something.
fn full_house<'s, 'a>(
    stage: &'s Stage<'a>,
) -> Played<(Actor<'s, 'a>, [Peer<'s, 'a>; 3])> {
    let (server, address) = stage.server_with(PROGRAM, &["--max-clients", "2"])?;
    let first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    let mut third = Peer::connects(stage, "peer-3", address)?;
    server.prints("connected")?;
    server.prints("waits")?;
    third.sends(b"is there a place for me?")?;
    says(&mut second, &server, "not yet")?;
    Ok((server, [first, second, third]))
}

fn full(stage: &Stage<'_>) -> Played {
    let (_server, [first, second, mut third]) = full_house(stage)?;
    third.hears_nothing()?;
    for peer in [first, second, third] {
        peer.stays();
    }
    Ok(())
}

fn a_place_again(stage: &Stage<'_>) -> Played {
    let (server, [first, second, mut third]) = full_house(stage)?;
    first.closes();
    server.prints("closed")?;
    server.prints("is there a place")?;
    third.receives("is there a place for me?".len() + RECEIPT.len())?;
    for peer in [second, third] {
        peer.closes();
        server.prints("closed")?;
    }
    Ok(())
}

fn idle(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--idle-timeout", "0.2"])?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    says(&mut peer, &server, "let me think")?;
    server.prints("idle")?;
    peer.receives_end()
}

fn reset(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    says(&mut first, &server, "hello")?;
    first.resets()?;
    server.complains("connection reset")?;
    says(&mut second, &server, "still here")?;
    second.closes();
    server.prints("closed")
}

fn panic(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--panic-on", "boom"])?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    first.sends(b"boom")?;
    server.prints("boom")?;
    server.complains("panicked")?;
    first.receives_end()?;
    says(&mut second, &server, "what was that?")?;
    second.closes();
    server.prints("closed")
}

/// Three standard streams, the listener, the socket for Ctrl-C, and two clients.
const DESCRIPTORS: usize = 7;

fn no_descriptors(stage: &Stage<'_>) -> Played {
    stage.varies(
        "threaded-server: new clients have to wait: ",
        "<why, in the system's words>",
    );
    let (server, address) = stage.server_limited(PROGRAM, DESCRIPTORS)?;
    let first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    server.complains("new clients have to wait")?;
    let mut third = Peer::connects(stage, "peer-3", address)?;
    third.sends(b"me too")?;
    says(&mut second, &server, "we are served")?;

    stage.remark("peer-1 leaves, which frees a descriptor.");
    first.closes();
    server.prints("closed")?;
    server.prints("connected")?;
    server.prints("me too")?;
    third.receives("me too".len() + RECEIPT.len())?;
    stage.remark("Now there is none left again.");
    server.complains("new clients have to wait")?;
    second.stays();
    third.stays();
    Ok(())
}

fn ctrl_c_idle(stage: &Stage<'_>) -> Played {
    let (server, _address) = stage.server(PROGRAM)?;
    server.is_interrupted()?;
    server.ends()
}

fn ctrl_c(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server(PROGRAM)?;
    let mut peers = Vec::new();
    for name in ["peer-1", "peer-2", "peer-3"] {
        peers.push(Peer::connects(stage, name, address)?);
        server.prints("connected")?;
    }
    says(&mut peers[1], &server, "hello")?;
    server.is_interrupted()?;
    server.prints_in_any_order(&["closed"; 3])?;
    server.ends()?;
    for peer in &mut peers {
        peer.receives_end()?;
    }
    Ok(())
}

fn after_a_panic(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--panic-on", "boom"])?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends(b"boom")?;
    server.prints("boom")?;
    server.complains("panicked")?;
    peer.receives_end()?;
    server.is_interrupted()?;
    server.ends()
}

fn in_python(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_in_python("threaded_server.py", &["0"])?;
    three_talk(stage, &server, address)
}

fn in_python_torn(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_in_python("threaded_server.py", &["0"])?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    stage.remark("Two of the three bytes of a character.");
    first.sends(&"你".as_bytes()[..2])?;
    server.complains_later("UnicodeDecodeError")?;
    server.complains("-----")?;
    first.receives_end()?;
    stage.remark("Its thread has ended. The other one goes on.");
    says(&mut second, &server, "still here")?;
    second.closes();
    server.prints("closed")
}

fn greeting(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_with(PROGRAM, &["--greeting", "欢迎"])?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    first.receives("欢迎 (1 here)".len())?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    second.receives("欢迎 (2 here)".len())?;
    for peer in [&mut first, &mut second] {
        says(peer, &server, "谢谢")?;
    }
    for peer in [first, second] {
        peer.closes();
        server.prints("closed")?;
    }
    Ok(())
}

fn pool(stage: &Stage<'_>) -> Played {
    let options = ["--max-clients", "1", "--panic-on", "boom"];
    let (server, address) = stage.server_with(PROGRAM, &options)?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    let mut second = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    let mut third = Peer::connects(stage, "peer-3", address)?;
    server.prints("connected")?;
    stage.remark("All three are in, and the only thread serves the first.");
    third.sends(b"my turn?")?;
    second.sends(b"boom")?;
    says(&mut first, &server, "hello")?;
    first.closes();
    server.prints("closed")?;

    stage.remark("It serves the second, panics, and goes on with the third.");
    server.prints("boom")?;
    server.complains("worker-1")?;
    second.receives_end()?;
    server.prints("my turn?")?;
    third.receives("my turn?".len() + RECEIPT.len())?;
    third.closes();
    server.prints("closed")
}
