//! Nothing that the guide has started outlives it, be it killed.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What runs with `mark` in its environment, which is handed down.
fn running_with(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let marked = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark.as_bytes())
    });
    marked
        .filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok())
        .collect()
}

#[test]
fn a_killed_guide_leaves_no_program_behind() {
    let mark = format!("killed-guide-of-{}", std::process::id());
    // What sleeps for so many seconds does not notice that its pipes are gone.
    let mut guide = Command::new(env!("CARGO_BIN_EXE_socket-tour"))
        .args(["try", "basic-tcp", "--wire", "--program", "sleep", "999", "{port}"])
        .env("SOCKET_TOUR_TEST", &mark)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeps =
        || running_with(&mark).iter().any(|command| command.starts_with("sleep"));
    while !sleeps() {
        assert_eq!(guide.try_wait().unwrap(), None, "it starts one before it gives up");
    }

    guide.kill().unwrap();
    guide.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !running_with(&mark).is_empty() {
        assert!(Instant::now() < deadline, "{:?} still run", running_with(&mark));
    }
}
