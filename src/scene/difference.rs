//! What differs between two texts, line by line.

use diff::Result::{Both, Left, Right};

/// The lines of both, with a `-` before those of `old` alone and a `+` before those of
/// `new` alone; nothing if they are the same.
pub fn difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let lines = diff::slice(&old, &new).into_iter().map(|line| match line {
        Left(line) => format!("-{line}\n"),
        Both(line, _) => format!(" {line}\n"),
        Right(line) => format!("+{line}\n"),
    });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_was_taken_out_and_put_in() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        let told = difference("a\nb\nc\n", "a\nB\nc\n").unwrap();
        assert_eq!(told, " a\n-b\n+B\n c\n");
        let long = "x\n".repeat(100);
        let told = difference(&format!("{long}b\n"), &long).unwrap();
        assert_eq!(told, " x\n".repeat(100) + "-b\n");
    }
}
