//! Wrong arguments: a word why, and exit code 2.

use std::process::Command;

#[test]
fn refuses_what_makes_no_sense() {
    for arguments in [
        &["server", "--max-clients", "0"][..],
        &["server", "--max-clients", "many"],
        &["server", "--idle-timeout", "0"],
        &["server", "--idle-timeout", "-1"],
        &["server", "--idle-timeout", "0.5"],
        &["server", "--bind", "::1:8080"],
        &["client", "--connect", "8080"],
        &["client", "--connect", "::1"],
        &[],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threaded-server"));
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
