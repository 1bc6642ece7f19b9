//! Chapter 2: look-ups. Its program plays alone. No scene needs the internet, and none
//! the system's services table.

use super::{Chapter, Scene, Systems, Task};
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
    learnt: "You can turn names into addresses and services into ports, and tell what kind of answer is missing. You know who is asked, in which order, and that it may take its time.",
    scenes: &[
        Scene::new("walk", "a question of each kind", walk).step(8),
        Scene::new("host", "the names and addresses of one host", host).step(9),
        Scene::new(
            "comments",
            "what a comment says is no part of the table",
            |stage| play(stage, &["service", "doom", "electronic"], &TABLE),
        )
        .step(4)
        .exercises(2),
        Scene::new("services", "ports by name, names by port", |stage| {
            play(stage, &["service", "http", "www", "tftp", "25", "666"], &TABLE)
        })
        .step(5)
        .exercises(4),
        Scene::new("udp", "the same name over the other protocol", |stage| {
            play(stage, &["service", "domain", "443", "http", "--udp"], &TABLE)
        })
        .step(5)
        .exercises(4),
        Scene::new("wrapped-port", "a number that is no port", |stage| {
            play(stage, &["service", "443", "65979"], &TABLE)
        })
        .step(5)
        .exercises(3),
        Scene::new("addresses", "one address, a socket of each type", |stage| {
            play(stage, &["addr", "127.0.0.1", "443"], &[])
        })
        .step(7)
        .only_on(Systems::Linux),
        Scene::new("one-type", "what to connect to, and nothing else", |stage| {
            play(stage, &["addr", "127.0.0.1", "https", "--type", "stream"], &TABLE)
        })
        .step(7)
        .exercises(6),
        Scene::new("no-such-family", "an address that has no IPv6 form", |stage| {
            play(stage, &["addr", "127.0.0.1", "443", "--family", "ipv6"], &[])
        })
        .step(6),
        Scene::new(
            "unknown-host",
            "one name has no answer, the next one has",
            unknown_host,
        )
        .step(9),
        Scene::new(
            "unknown-service",
            "what the table lacks, and what no table has",
            |stage| {
                play(stage, &["service", "gopher", "+443", "70000", "https"], &TABLE)
            },
        )
        .step(5)
        .exercises(1),
        Scene::new("no-table", "a machine without a services table", |stage| {
            play(stage, &["service", "http"], &["--services", "no-such-table"])
        }),
        Scene::new("in-python", "the same in Python", in_python).in_python(),
    ],
    tasks: &[
        Task {
            name: "both",
            about: "tell of a service over both protocols with `--both`, and not of the first one in the table alone",
            scenes: &[Scene::new("both", "what there is over TCP and UDP", |stage| {
                play(
                    stage,
                    &["service", "domain", "443", "tftp", "gopher", "--both"],
                    &TABLE,
                )
            })],
        },
        Task {
            name: "one-word",
            about: "take host and service in one word, as in `[::1]:443`, and refuse one that can be read in two ways",
            scenes: &[Scene::new("one-word", "a host and a colon", one_word)],
        },
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

fn in_python(stage: &Stage<'_>) -> Played {
    stage.varies("this host: ", "<host>");
    stage.varies("name, aliases, addresses: ", "<what this machine knows>");
    for question in ["service http: ", "service https: ", "port 80: ", "port 666: "] {
        stage.varies(question, "<what this machine's table says>");
    }
    stage.run_in_python("lookup_demo.py")
}

fn one_word(stage: &Stage<'_>) -> Played {
    play(stage, &["addr", "127.0.0.1:https", "--type", "stream"], &TABLE)?;
    for word in ["[::1]:443", "::1:443", "127.0.0.1"] {
        play(stage, &["addr", word, "--type", "stream"], &[])?;
    }
    Ok(())
}
