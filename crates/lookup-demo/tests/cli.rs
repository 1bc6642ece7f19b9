//! Runs the program and checks both of its streams and its exit code, where these are
//! the same on every machine.

use std::process::{Command, Stdio};

/// Tests run in the folder of their crate.
const OWN_TABLE: &str = "./services";

fn lookup_demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lookup-demo"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The exit code, stdout, stderr; the path of our own table shortened to `TABLE`.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = lookup_demo(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(OWN_TABLE, "TABLE");
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn check(arguments: &[&str], code: i32, stdout: &[&str], stderr: &[&str]) {
    let lines = |lines: &[&str]| {
        lines.iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(run(arguments), (code, lines(stdout), lines(stderr)), "{arguments:?}");
}

#[test]
fn the_walk_needs_no_internet() {
    let (code, stdout, stderr) =
        run(&["--services", OWN_TABLE, "--family", "ipv4", "--type", "stream"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<_> = stdout.lines().collect();
    assert!(lines[0].starts_with("this host: "), "{stdout}");
    assert!(lines[1].starts_with("its address: "), "{stdout}");
    let rest = [
        "localhost: 127.0.0.1",
        "service http: port 80 (tcp)",
        "service https: port 443 (tcp)",
        "service ftp: port 21 (tcp)",
        "service smtp: port 25 (tcp)",
        "port 80: http (tcp)",
        "port 666: doom (tcp)",
        "server addresses of localhost for https:",
        r#"IPv4  stream    tcp  ""  127.0.0.1:443"#,
    ];
    assert_eq!(lines[2..], rest);
}

#[test]
fn the_walk_without_a_table_tells_it_and_goes_on() {
    let (code, stdout, stderr) = run(&["--services", "no/such/table"]);
    assert_eq!(code, 1);
    assert_eq!(stdout.lines().last(), Some("server addresses of localhost for https:"));
    assert_eq!(stderr, "lookup-demo: no/such/table: no such file\n".repeat(2));
}

#[test]
fn services_are_answered_in_order_and_errors_do_not_end_it() {
    check(
        &[
            "--services",
            OWN_TABLE,
            "service",
            "http",
            "70000",
            "www",
            "nosuch",
            "666",
            "667",
        ],
        1,
        &[
            "service http: port 80 (tcp)",
            "service www: port 80 (tcp)",
            "port 666: doom (tcp)",
        ],
        &[
            "lookup-demo: port 70000: ports go from 0 to 65535",
            r#"lookup-demo: service "nosuch": unknown service (not in TABLE)"#,
            "lookup-demo: port 667: unknown service (not in TABLE)",
        ],
    );
}

#[test]
fn a_protocol_can_be_asked_for() {
    let table = ["--services", OWN_TABLE];
    let domain = |flag| [&["service", "domain", "53", flag][..], &table].concat();
    check(
        &domain("--tcp"),
        0,
        &["service domain: port 53 (tcp)", "port 53: domain (tcp)"],
        &[],
    );
    check(
        &domain("--udp"),
        0,
        &["service domain: port 53 (udp)", "port 53: domain (udp)"],
        &[],
    );
    check(
        &[&["service", "http", "--udp"][..], &table].concat(),
        1,
        &[],
        &[r#"lookup-demo: service "http": unknown service (not in TABLE for udp)"#],
    );
}

#[test]
fn hosts_are_answered_in_order_with_a_line_between() {
    let block = |name: &'static str| {
        [name, "address: 127.0.0.1", "official name: 127.0.0.1", "aliases: none"]
            .into_iter()
            .chain(["addresses: 127.0.0.1"])
    };
    let stdout: Vec<_> =
        block("127.0.0.1").chain([""]).chain(block("127.0.0.1")).collect();
    check(
        &["host", "", "127.0.0.1", "::1", "127.0.0.1"],
        1,
        &stdout,
        &[
            r#"lookup-demo: host "": unknown host"#,
            r#"lookup-demo: host "::1": no IPv4 address"#,
        ],
    );
}

#[test]
fn strange_hosts_are_one_line() {
    for name in
        ["two words", "two\nlines", "\u{1b}[31m", "café.invalid", &"x".repeat(300)]
    {
        let (code, _, stderr) = run(&["host", name]);
        // A name server may invent an address for any name.
        if code != 0 {
            assert_eq!((code, stderr.lines().count()), (1, 1), "{stderr}");
            assert!(
                stderr.starts_with(&format!("lookup-demo: host {name:?}: ")),
                "{stderr}"
            );
        }
    }
}

#[test]
fn server_addresses_are_a_line_each() {
    let stream = |host, service| ["addr", host, service, "--type", "stream"];
    check(
        &stream("127.0.0.1", "443"),
        0,
        &[r#"IPv4  stream    tcp  ""  127.0.0.1:443"#],
        &[],
    );
    check(&stream("::1", "443"), 0, &[r#"IPv6  stream    tcp  ""  [::1]:443"#], &[]);
    check(
        &["addr", "127.0.0.1", "domain", "--type", "datagram", "--services", OWN_TABLE],
        0,
        &[r#"IPv4  datagram  udp  ""  127.0.0.1:53"#],
        &[],
    );
    check(
        &["addr", "127.0.0.1", "443", "--type", "stream", "--canonical"],
        0,
        &[r#"IPv4  stream    tcp  "127.0.0.1"  127.0.0.1:443"#],
        &[],
    );
}

#[test]
fn server_addresses_fail_in_one_line() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["127.0.0.1", "443", "--family", "ipv6"],
            r#"host "127.0.0.1": no IPv6 address"#,
        ),
        (&["::1", "443", "--family", "ipv4"], r#"host "::1": no IPv4 address"#),
        (&["", "443"], r#"host "": unknown host"#),
        (&["127.0.0.1", "65536"], "port 65536: ports go from 0 to 65535"),
        (
            &["127.0.0.1", "nosuch", "--services", OWN_TABLE],
            r#"service "nosuch": unknown service (not in TABLE)"#,
        ),
        (
            &["127.0.0.1", "http", "--type", "datagram", "--services", OWN_TABLE],
            r#"service "http": unknown service (not in TABLE for udp)"#,
        ),
        (&["127.0.0.1", "http", "--services", "nowhere"], "nowhere: no such file"),
    ];
    for (arguments, line) in cases {
        let arguments = [&["addr"], *arguments].concat();
        check(&arguments, 1, &[], &[&format!("lookup-demo: {line}")]);
    }
}

#[test]
fn bad_usage_exits_2() {
    let cases: [&[&str]; 8] = [
        &["bogus"],
        &["host"],
        &["service"],
        &["service", "53", "--tcp", "--udp"],
        &["addr", "127.0.0.1"],
        &["addr", "127.0.0.1", "443", "--family", "ipv5"],
        &["--family", "ipv4", "service", "http"],
        &["--type", "stream", "addr", "127.0.0.1", "443"],
    ];
    for arguments in cases {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_has_an_example() {
    let (code, stdout, stderr) = run(&["--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("Example:\n  lookup-demo addr"), "{stdout}");
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = lookup_demo(&["host", "127.0.0.1"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = lookup_demo(&["host", "127.0.0.1"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "lookup-demo: cannot write to stdout: no storage space\n");
}
