//! Chapter 2: look-ups. Its program plays alone. No scene needs the internet, and none
//! the system's services table.

use super::{Chapter, Scene, Systems};
use crate::failure::Played;
use crate::stage::Stage;

const PROGRAM: &str = "lookup-demo";

/// A services table of our own: no two systems have the same.
const TABLE: [&str; 2] = ["--services", "crates/lookup-demo/services"];

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: PROGRAM,
    title: "Look-ups",
    question: "How does a name become something that a socket can connect to?",
    scenes: &[
        Scene::new("walk", "a question of each kind", walk),
        Scene::new("host", "the names and addresses of one host", host),
        Scene::new("services", "ports by name, names by port", |stage| {
            play(stage, &["service", "http", "www", "tftp", "25", "666"], &TABLE)
        }),
        Scene::new("udp", "the same name over the other protocol", |stage| {
            play(stage, &["service", "domain", "443", "http", "--udp"], &TABLE)
        }),
        Scene::new("addresses", "one address, a socket of each type", |stage| {
            play(stage, &["addr", "127.0.0.1", "443"], &[])
        })
        .only_on(Systems::Linux),
        Scene::new("one-type", "what to connect to, and nothing else", |stage| {
            play(stage, &["addr", "127.0.0.1", "https", "--type", "stream"], &TABLE)
        }),
        Scene::new("no-such-family", "an address that has no IPv6 form", |stage| {
            play(stage, &["addr", "127.0.0.1", "443", "--family", "ipv6"], &[])
        }),
        Scene::new(
            "unknown-host",
            "one name has no answer, the next one has",
            unknown_host,
        ),
        Scene::new(
            "unknown-service",
            "what the table lacks, and what no table has",
            |stage| play(stage, &["service", "gopher", "70000", "https"], &TABLE),
        ),
        Scene::new("no-table", "a machine without a services table", |stage| {
            play(stage, &["service", "http"], &["--services", "no-such-table"])
        }),
    ],
};

fn play(stage: &Stage<'_>, arguments: &[&str], options: &[&str]) -> Played {
    stage.run(PROGRAM, &[arguments, options].concat())
}

fn walk(stage: &Stage<'_>) -> Played {
    stage.varies("this host: ", "<host>");
    stage.varies("its address: ", "<address>");
    // Where the hosts file names localhost for 127.0.0.1 and for ::1, glibc answers
    // 127.0.0.1 twice.
    stage.repeats("IPv4 ");
    play(stage, &["--family", "ipv4", "--type", "stream"], &TABLE)
}

fn host(stage: &Stage<'_>) -> Played {
    for property in ["official name", "aliases", "addresses"] {
        stage.varies(&format!("{property}: "), &format!("<{property}>"));
    }
    play(stage, &["host", "localhost"], &[])
}

fn unknown_host(stage: &Stage<'_>) -> Played {
    // RFC 2606: no name under `invalid` exists. Whether we get to know that depends on
    // a name server.
    stage.varies(
        "lookup-demo: host \"nosuch.invalid\": ",
        "<unknown host, or no answer>",
    );
    play(stage, &["host", "nosuch.invalid", "127.0.0.1"], &[])
}
