//! What goes to which stream, in which order, and with which exit code the program
//! ends.

use std::io::{self, Read};
use std::process::{Command, Output, Stdio};

#[test]
fn with_no_value_a_default_address() {
    let output = ipaddress_demo(&[]).output().unwrap();
    let first_five = "61.135.169.125\nip version: 4\nis private: false\npacked form: 3d87a97d\ninteger: 1032300925\n";
    assert!(stdout(&output).starts_with(first_five), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn bad_values_go_to_stderr_and_the_others_are_answered() {
    let output =
        ipaddress_demo(&["::1", "1.2.3", "", "10.9.0.0/24", "::1::"]).output().unwrap();
    assert_eq!(
        stdout(&output).matches("\n\n").count(),
        1,
        "an empty line between two blocks: {output:?}"
    );
    assert!(
        stdout(&output).starts_with("::1\n")
            && stdout(&output).contains("\n\n10.9.0.0/24\n")
    );
    let errors = "\
ipaddress-demo: 1.2.3: an IPv4 address needs 4 parts, as in 192.0.2.1; this has 3
ipaddress-demo: \"\": the value is empty; give an address, an integer or a network
ipaddress-demo: \"::1::\": '::' stands for all the zeros left out, so it can come only once
";
    assert_eq!(stderr(&output), errors);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn on_one_terminal_the_streams_keep_the_order_of_the_arguments() {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut program =
        ipaddress_demo(&["--within", "10.0.0.0/8", "10.0.0.1", "1.2.3", "11.0.0.1"]);
    let mut child =
        program.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
    // The command still holds the pipe's writing ends, without which the read could
    // end.
    drop(program);
    let mut both = String::new();
    reader.read_to_string(&mut both).unwrap();
    let expected = "\
10.0.0.1 is within 10.0.0.0/8: true
ipaddress-demo: 1.2.3: an IPv4 address needs 4 parts, as in 192.0.2.1; this has 3
11.0.0.1 is within 10.0.0.0/8: false
";
    assert_eq!(both, expected);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn sort_tells_of_bad_values_and_orders_the_rest() {
    let output =
        ipaddress_demo(&["--sort", "::1", "x", "10.0.0.0/8", "9.9.9.9", "10.0.0.0"])
            .output()
            .unwrap();
    assert_eq!(stdout(&output), "9.9.9.9\n10.0.0.0\n10.0.0.0/8\n::1\n");
    assert_eq!(stderr(&output).lines().count(), 1);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn beside_rust_shows_where_the_two_differ() {
    let output = ipaddress_demo(&[
        "--beside-rust",
        "10.0.0.1",
        "127.0.0.1",
        "fd00::1",
        "8.8.8.8",
    ])
    .output()
    .unwrap();
    let table = "\
address    Python is_private  Rust std                agree  registry
10.0.0.1   true               is_private: true        yes    10.0.0.0/8 private use, RFC 1918
127.0.0.1  true               is_private: false       NO     127.0.0.0/8 loopback, RFC 1122
fd00::1    true               is_unique_local: true   yes    fc00::/7 unique local, RFC 4193
8.8.8.8    false              is_private: false       yes    no special block
";
    assert_eq!(stdout(&output), table);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = ipaddress_demo(&["::1", "::2"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((stderr(&output).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_one_line() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output =
        ipaddress_demo(&["::1"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(stderr(&output), "ipaddress-demo: standard output: no storage space\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn bad_usage_exits_with_2() {
    let table: [&[&str]; 5] = [
        &["--no-such-option"],
        &["--sort", "--beside-rust"],
        &["--sort", "--within", "::/0"],
        &["--within", "10.0.0.1/24"],
        &["--within", "10.0.0.1"],
    ];
    for arguments in table {
        let output = ipaddress_demo(arguments).output().unwrap();
        assert_eq!(
            (stdout(&output).as_str(), output.status.code()),
            ("", Some(2)),
            "{arguments:?}"
        );
    }
}

fn ipaddress_demo(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ipaddress-demo"));
    program.args(arguments);
    program
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
