//! Chapter 1: addresses and networks. Its program plays alone: each scene is a command
//! and its output.

use super::{Chapter, Scene, Task};
use crate::failure::Played;
use crate::stage::Stage;

const PROGRAM: &str = "ipaddress-demo";

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: PROGRAM,
    title: "Addresses and networks",
    question: "What is an IP address, and who can reach it?",
    learnt: "You can take an address or a network apart, in both families and all notations. You know which of them the internet reaches, and that \"private\" depends on whom you ask.",
    scenes: &[
        Scene::new("address", "all that an address tells", |stage| play(stage, &[]))
            .step(7),
        Scene::new(
            "notations",
            "one address, written as an integer and as bytes",
            |stage| play(stage, &["1032300925", "0x3d87a97d", "--sort"]),
        )
        .step(5),
        Scene::new(
            "families",
            "the last integer of IPv4, and the first of IPv6",
            |stage| play(stage, &["4294967295", "4294967296", "--sort"]),
        )
        .step(4),
        Scene::new("ipv6", "an address of the other family", |stage| {
            play(stage, &["fe80::1"])
        })
        .step(7),
        Scene::new("mapped", "an IPv4 address in IPv6 clothes", |stage| {
            play(stage, &["::ffff:127.0.0.1"])
        })
        .step(7)
        .exercises(6),
        Scene::new(
            "beside-rust",
            "what Python calls private, and what Rust does",
            |stage| {
                let addresses = [
                    "10.0.0.1",
                    "127.0.0.1",
                    "169.254.1.1",
                    "192.0.2.1",
                    "100.64.0.1",
                    "8.8.8.8",
                ];
                let ipv6 = ["::1", "fd00::1", "2001:db8::1"];
                play(stage, &[&["--beside-rust"], &addresses[..], &ipv6].concat())
            },
        )
        .step(6),
        Scene::new("network", "all that a network tells", |stage| {
            play(stage, &["10.9.0.0/24"])
        })
        .step(9),
        Scene::new(
            "small-networks",
            "a network of two hosts, and one of one",
            |stage| play(stage, &["10.9.0.6/31", "10.9.0.6/32"]),
        )
        .step(9),
        Scene::new("ipv6-network", "more addresses than anyone can count", |stage| {
            play(stage, &["2001:db8::/64"])
        })
        .step(9),
        Scene::new("within", "which addresses a network contains", |stage| {
            play(
                stage,
                &[
                    "10.9.0.6",
                    "10.9.1.6",
                    "10.9.0.128/25",
                    "::1",
                    "--within",
                    "10.9.0.0/24",
                ],
            )
        })
        .step(8),
        Scene::new(
            "sort",
            "addresses and networks of both families in order",
            |stage| {
                play(
                    stage,
                    &["10.0.0.9", "::1", "10.0.0.0/8", "9.9.9.9", "10.0.0.0", "--sort"],
                )
            },
        )
        .step(8),
        Scene::new("host-bits", "an address taken for a network", |stage| {
            play(stage, &["10.0.0.1/24"])
        })
        .step(8),
        Scene::new(
            "one-bad-value",
            "one value is no address, and the next one is",
            |stage| play(stage, &["10.0.0.256", "10.0.0.25", "--sort"]),
        )
        .step(2),
        Scene::new("bad-integers", "integers that are no address", |stage| {
            let integer = "340282366920938463463374607431768211456";
            play(stage, &["-1", "007", integer, "--sort"])
        })
        .step(3),
        Scene::new("bad-values", "what is no address, and why", |stage| {
            let integer = "340282366920938463463374607431768211456";
            let bad = [
                "256.1.1.1",
                "010.0.0.1",
                "1.2.3",
                integer,
                "::1::",
                "10.0.0.1/33",
                "",
            ];
            play(stage, &[&bad[..], &["127.0.0.1", "--within", "127.0.0.0/8"]].concat())
        })
        .step(8),
        Scene::new("in-python", "the same in Python", |stage| {
            stage.run_in_python("ipaddress_demo.py")
        })
        .in_python(),
    ],
    tasks: &[
        Task {
            name: "hosts",
            about: "print the first hosts of a network with `--hosts N`, even of one with more than anyone can count",
            scenes: &[Scene::new("hosts", "the first three hosts", |stage| {
                play(
                    stage,
                    &[
                        "10.9.0.0/24",
                        "10.9.0.6/31",
                        "2001:db8::/64",
                        "10.9.0.6",
                        "--hosts",
                        "3",
                    ],
                )
            })],
        },
        Task {
            name: "cover",
            about: "print the smallest network that holds all values with `--cover`",
            scenes: &[Scene::new("cover", "one network for all values", cover)],
        },
    ],
};

fn play(stage: &Stage<'_>, arguments: &[&str]) -> Played {
    stage.run(PROGRAM, arguments)
}

fn cover(stage: &Stage<'_>) -> Played {
    play(stage, &["10.9.0.6", "10.9.0.128/25", "10.9.0.200", "--cover"])?;
    stage.remark("Neighbours, and yet the bits that they share are few.");
    play(stage, &["10.9.127.255", "10.9.128.0", "--cover"])?;
    play(stage, &["10.9.0.6", "::1", "--cover"])
}
