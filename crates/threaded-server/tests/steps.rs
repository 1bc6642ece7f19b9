//! The three steps on the way to the server do what the chapter says of them.

mod common;

use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use common::{PATIENCE, Server, hear, say};

fn start(step: &str) -> Server {
    let test = std::env::current_exe().unwrap();
    let examples =
        test.parent().and_then(|deps| deps.parent()).unwrap().join("examples");
    let mut command = Command::new(examples.join(step));
    command.arg("127.0.0.1:0");
    Server::start(command)
}

fn hears_nothing(mut client: &TcpStream) {
    client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(client.read(&mut [0]).is_err());
    client.set_read_timeout(Some(PATIENCE)).unwrap();
}

#[test]
fn one_at_a_time_lets_the_second_client_wait() {
    let server = start("step_1_one_at_a_time");
    let (first, second) = (server.connect(), server.connect());
    say(&second, "two");
    say(&first, "one");
    hear(&first, "one");
    hears_nothing(&second);
    drop(first);
    hear(&second, "two");
}

#[test]
fn a_thread_each_lets_nobody_wait() {
    let server = start("step_2_a_thread_each");
    let clients: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in clients.iter().rev() {
        say(client, "hello");
        hear(client, "hello");
    }
}

#[test]
fn at_most_two_lets_the_third_wait() {
    let server = start("step_3_at_most_two");
    let (first, second, third) = (server.connect(), server.connect(), server.connect());
    say(&third, "three");
    for client in [&second, &first] {
        say(client, "hello");
        hear(client, "hello");
    }
    hears_nothing(&third);
    drop(second);
    hear(&third, "three");
}
