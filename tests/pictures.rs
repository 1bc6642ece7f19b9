//! Holds the pictures of the book to the programs: each shows what a fresh run does.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use socket_tour::picture::PICTURES;
use socket_tour::scene::difference::difference;
use socket_tour::stage::programs::Programs;

#[test]
fn pictures_show_what_a_fresh_run_does() {
    if Command::new("strace").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "here strace has to be there");
        eprintln!("skipped: needs strace");
        return;
    }
    let programs = Programs::build().unwrap();
    for picture in PICTURES {
        let kept = fs::read_to_string(picture.path()).unwrap_or_default();
        let drawn = picture.draw(&programs).unwrap();
        let difference = difference(&kept, &drawn);
        assert!(
            difference.is_none(),
            "{} no longer shows what happens (-), but for (+); `cargo run -- draw` draws it anew:\n{}",
            picture.path().display(),
            difference.unwrap_or_default()
        );
    }
}
