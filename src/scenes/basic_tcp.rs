//! Chapter 3: a server and a client, one at a time.

use socket2::{Domain, Socket, Type};

use super::{Chapter, Scene, Systems, Task};
use crate::failure::Played;
use crate::peer::{Attempt, Peer};
use crate::stage::{Actor, Stage};

/// What the server adds to each reply.
const RECEIPT: &str = " 我收到了";

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: "basic-tcp",
    title: "A server and a client",
    question: "How do two programs talk over TCP, and who waits for whom?",
    learnt: "You can write a server that accepts, reads, answers and hangs up in order, and a client that knows when a reply is complete. You have seen that a stream has no messages, and that a blocked call needs somebody to wake it.",
    scenes: &[
        Scene::new(
            "conversation",
            "two clients talk, one after the other",
            conversation,
        )
        .step(8),
        Scene::new(
            "the-next-waits",
            "the second client is connected, and waits its turn",
            the_next_waits,
        )
        .step(8),
        Scene::new(
            "two-sends-one-read",
            "two messages that arrive as one",
            two_sends_one_read,
        )
        .step(5),
        Scene::new(
            "one-send-two-reads",
            "one message that arrives as two",
            one_send_two_reads,
        )
        .step(5)
        .exercises(4),
        Scene::new(
            "long-line",
            "the same at the client: one reply with two receipts",
            long_line,
        )
        .step(8)
        .exercises(7),
        Scene::new("not-text", "bytes that are no text, or not yet", not_text)
            .step(5)
            .exercises(4),
        Scene::new("empty-line", "nothing sent, so nothing to wait for", empty_line)
            .step(8),
        Scene::new(
            "half-close",
            "a client that has said all, and gets its reply",
            half_close,
        )
        .step(5),
        Scene::new("reset", "a client breaks off, and the server goes on", reset)
            .step(8)
            .exercises(3),
        Scene::new("refused", "nobody listens", refused).step(6),
        Scene::new("port-taken", "a second server on the same port", port_taken)
            .step(3)
            .exercises(1),
        Scene::new("full-queue", "a full queue makes the next client wait", full_queue)
            .step(5)
            .exercises(1)
            .only_on(Systems::Linux),
        Scene::new("server-killed", "the server dies under a client", server_killed)
            .step(7),
        Scene::new(
            "ctrl-c-idle",
            "Ctrl-C while the server waits for a client",
            ctrl_c_idle,
        )
        .step(9)
        .only_on(Systems::Unix),
        Scene::new(
            "ctrl-c-connected",
            "Ctrl-C with one client connected, one queued",
            ctrl_c_connected,
        )
        .step(9)
        .only_on(Systems::Unix),
        Scene::new("in-python", "the same in Python", in_python).in_python(),
        Scene::new(
            "in-python-long-line",
            "a line of 1024 bytes, in Python",
            in_python_long_line,
        )
        .in_python()
        .only_on(Systems::Linux),
    ],
    tasks: &[
        Task {
            name: "shout",
            about: "reply in upper case, and break no character: what came of one waits for its rest",
            scenes: &[Scene::new(
                "shout",
                "upper case, a character in two pieces",
                shout,
            )],
        },
        Task {
            name: "patience",
            about: "hang up on a client that says nothing for half a second, and tell it in one line",
            scenes: &[Scene::new("patience", "a client that says nothing", patience)],
        },
    ],
};

/// `client` says `line`, the server shows it, and the reply comes.
fn talks(client: &Actor<'_, '_>, server: &Actor<'_, '_>, line: &str) -> Played {
    client.types(line)?;
    server.prints(line)?;
    client.prints(RECEIPT)
}

/// `client` has no more to say and ends; the server sees it.
fn leaves(client: &Actor<'_, '_>, server: &Actor<'_, '_>) -> Played {
    client.gets_end_of_input();
    client.ends()?;
    server.prints("closed")
}

fn conversation(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    for (name, lines) in
        [("client-1", ["你好", "are you there?"]), ("client-2", ["hello", "再见"])]
    {
        let client = stage.client(name, "basic-tcp", address)?;
        server.prints("connected")?;
        for line in lines {
            talks(&client, &server, line)?;
        }
        leaves(&client, &server)?;
    }
    Ok(())
}

fn the_next_waits(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let first = stage.client("client-1", "basic-tcp", address)?;
    server.prints("connected")?;

    stage.remark(
        "The system completes the second connection; the server has not called accept for it yet.",
    );
    let second = stage.client("client-2", "basic-tcp", address)?;
    second.types("is anybody there?")?;
    talks(&first, &server, "it is still my turn")?;

    stage.remark("Only when the first leaves does the server come back to accept.");
    leaves(&first, &server)?;
    server.prints("connected")?;
    server.prints("is anybody there?")?;
    second.prints(RECEIPT)?;
    leaves(&second, &server)
}

// ANCHOR: two_sends
fn two_sends_one_read(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;

    let mut second = Peer::connects(stage, "peer-2", address)?;
    second.sends(b"one")?;
    second.sends(b"two")?;

    stage.remark("Both messages lie in the system's buffer before the server reads.");
    first.sends(b"bye")?;
    server.prints("bye")?;
    first.receives("bye".len() + RECEIPT.len())?;
    first.closes();
    server.prints("closed")?;
    server.prints("connected")?;
    server.prints("onetwo")?;
    second.receives("onetwo".len() + RECEIPT.len())?;
    second.closes();
    server.prints("closed")
}
// ANCHOR_END: two_sends

/// 1028 bytes, of which byte 1024 is the second of a character.
fn over_long() -> String {
    format!("{}你好", "x".repeat(1022))
}

fn one_send_two_reads(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends(over_long().as_bytes())?;
    server.prints("1024 bytes")?;
    server.prints("4 bytes")?;
    peer.receives(1024 + RECEIPT.len())?;
    peer.receives(4 + RECEIPT.len())?;
    peer.closes();
    server.prints("closed")
}

fn long_line(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let client = stage.client("client-1", "basic-tcp", address)?;
    server.prints("connected")?;
    client.types(&over_long())?;
    server.prints("1024 bytes")?;
    server.prints("4 bytes")?;
    client.prints(RECEIPT)?;
    leaves(&client, &server)
}

fn not_text(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    for bytes in
        [b"\xff\xfe ok".as_slice(), b"\x1b[2J\x07\xff", "你".as_bytes().split_at(2).0]
    {
        peer.sends(bytes)?;
        server.prints("bytes")?;
        peer.receives(bytes.len() + RECEIPT.len())?;
    }
    peer.closes();
    server.prints("stopped inside a character")?;
    server.prints("closed")
}

fn empty_line(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let client = stage.client("client-1", "basic-tcp", address)?;
    server.prints("connected")?;
    client.types("")?;
    client.complains("nothing to send")?;
    talks(&client, &server, "still here")?;
    leaves(&client, &server)
}

fn half_close(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends("最后一句".as_bytes())?;
    peer.half_closes()?;
    server.prints("最后一句")?;
    server.prints("closed")?;
    peer.receives("最后一句".len() + RECEIPT.len())?;
    peer.receives_end()
}

fn reset(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends(b"hello")?;
    server.prints("hello")?;
    peer.receives("hello".len() + RECEIPT.len())?;
    peer.resets()?;
    server.complains("connection reset")?;

    stage.remark("One client's error is not the server's end.");
    let client = stage.client("client-1", "basic-tcp", address)?;
    server.prints("connected")?;
    talks(&client, &server, "is the server still there?")?;
    leaves(&client, &server)
}

fn refused(stage: &Stage<'_>) -> Played {
    // Bound but not listening: the port is ours, so that nobody else can come to listen
    // there while we play.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let address = socket
        .local_addr()?
        .as_socket()
        .map(|address| address.to_string())
        .unwrap_or_default();
    stage.name(&address, "127.0.0.1:<port>");

    let client =
        stage.start("client-1", "basic-tcp", &["client", "--connect", &address])?;
    client.ends()
}

fn port_taken(stage: &Stage<'_>) -> Played {
    let (_server, address) = stage.server("basic-tcp")?;
    let second = stage.start(
        "server-2",
        "basic-tcp",
        &["server", "--bind", &address.to_string()],
    )?;
    second.ends()
}

fn full_queue(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let first = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;

    stage.remark(
        "The server talks to peer-1. listen(5): Linux queues one more than it was asked for.",
    );
    let mut queue = Vec::new();
    for number in 2..=7 {
        queue.push(Peer::connects(stage, &format!("peer-{number}"), address)?);
    }
    let attempt = Attempt::begins(stage, "peer-8", address);
    attempt.still_waits()?;

    stage.remark(
        "peer-1 leaves, which frees a place in the queue; TCP tries again by itself and finds it.",
    );
    first.closes();
    server.prints("closed")?;
    for peer in queue {
        server.prints("connected")?;
        peer.closes();
        server.prints("closed")?;
    }
    let mut last = attempt.connects()?;
    server.prints("connected")?;
    last.sends(b"at last")?;
    server.prints("at last")?;
    last.receives("at last".len() + RECEIPT.len())?;
    last.closes();
    server.prints("closed")
}

fn server_killed(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let client = stage.client("client-1", "basic-tcp", address)?;
    server.prints("connected")?;
    talks(&client, &server, "hello")?;
    server.is_killed();

    stage.remark(
        "The client does not know yet. It learns it when it uses the connection.",
    );
    client.types("are you still there?")?;
    client.ends()
}

fn ctrl_c_idle(stage: &Stage<'_>) -> Played {
    let (server, _address) = stage.server("basic-tcp")?;
    server.is_interrupted()?;
    server.ends()
}

fn ctrl_c_connected(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends(b"hello")?;
    server.prints("hello")?;
    peer.receives("hello".len() + RECEIPT.len())?;

    let mut waiting = Peer::connects(stage, "peer-2", address)?;
    waiting.sends(b"me too")?;
    server.is_interrupted()?;
    server.ends()?;
    peer.receives_end()?;
    waiting.receives_end()
}

fn in_python(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_in_python("basic_tcp.py", &["0"])?;
    for (name, lines) in
        [("client-1", ["你好", "are you there?"]), ("client-2", ["hello", "再见"])]
    {
        let address = address.to_string();
        let client = stage.start_in_python(name, "basic_tcp_client.py", &[&address])?;
        server.prints("connected")?;
        for line in lines {
            talks(&client, &server, line)?;
        }
        leaves(&client, &server)?;
    }
    Ok(())
}

fn in_python_long_line(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server_in_python("basic_tcp.py", &["0"])?;
    let address = address.to_string();
    let client =
        stage.start_in_python("client-1", "basic_tcp_client.py", &[&address])?;
    server.prints("connected")?;
    client.types(&"x".repeat(1024))?;
    server.prints("1024 bytes")?;
    client.prints("x")?;
    client.gets_end_of_input();
    client.ends()?;
    stage.remark("Of a traceback the last line is shown.");
    server.complains_later("ConnectionResetError")?;
    server.ends()
}

fn shout(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut peer = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    peer.sends("caf\u{e9}".as_bytes().split_last().map_or(&[], |(_, rest)| rest))?;
    server.prints("4 bytes")?;
    peer.receives("CAF".len() + RECEIPT.len())?;
    peer.sends(b"\xa9 au lait")?;
    server.prints("9 bytes")?;
    peer.receives("\u{c9} AU LAIT".len() + RECEIPT.len())?;
    peer.sends(b"\xff?")?;
    server.prints("2 bytes")?;
    peer.receives(2 + RECEIPT.len())?;
    peer.closes();
    server.prints("closed")
}

fn patience(stage: &Stage<'_>) -> Played {
    let (server, address) = stage.server("basic-tcp")?;
    let mut silent = Peer::connects(stage, "peer-1", address)?;
    server.prints("connected")?;
    silent.sends(b"well")?;
    server.prints("well")?;
    silent.receives("well".len() + RECEIPT.len())?;
    server.complains("said nothing for half a second")?;
    silent.receives_end()?;

    let mut next = Peer::connects(stage, "peer-2", address)?;
    server.prints("connected")?;
    next.sends(b"my turn")?;
    server.prints("my turn")?;
    next.receives("my turn".len() + RECEIPT.len())?;
    next.closes();
    server.prints("closed")
}
