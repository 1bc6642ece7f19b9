//! The program prints what Python printed: `python_answers.py` made the table, and
//! explains its format.

use std::process::{Command, Output};

const TABLE: &str = include_str!("python_answers.txt");

#[test]
fn every_value_is_described_as_python_does() {
    let cases: Vec<_> =
        cases().filter(|(arguments, _)| !arguments.starts_with("--")).collect();
    assert!(cases.len() >= 220, "the table has only {} values", cases.len());

    // One run for all of them: what can be answered comes on stdout, a block each, and
    // the rest on stderr, a line each.
    let output = ipaddress_demo(cases.iter().map(|(value, _)| *value));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let mut blocks = stdout.trim_end().split("\n\n");
    let mut errors = stderr.lines();

    let mut differences = String::new();
    for (value, python) in cases {
        if python == "error" {
            let ours = errors.next().unwrap_or("nothing");
            if !ours.contains(value) {
                differences +=
                    &format!("{value}: an error in Python; here\n{ours}\n\n");
            }
        } else {
            let ours = blocks.next().unwrap_or("nothing");
            if ours != python {
                differences +=
                    &format!("{value}: in Python\n{python}\nhere\n{ours}\n\n");
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(
        (blocks.next(), errors.next()),
        (None, None),
        "more was printed than asked for"
    );
    assert_eq!(output.status.code(), Some(1), "some of the values are bad");
}

#[test]
fn order_and_membership_are_as_in_python() {
    for (arguments, python) in
        cases().filter(|(arguments, _)| arguments.starts_with("--"))
    {
        let output = ipaddress_demo(arguments.split(' '));
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim_end(),
            python,
            "{arguments}"
        );
        assert!(output.status.success(), "{arguments}");
    }
}

/// The arguments and the answer of each case.
fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    let cases = TABLE.trim_end().split("\n\n> ").skip(1);
    cases.map(|case| {
        case.split_once('\n').expect("a case is a line of arguments and an answer")
    })
}

fn ipaddress_demo<'a>(arguments: impl Iterator<Item = &'a str>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ipaddress-demo"));
    program.args(arguments).output().expect("the program starts")
}
