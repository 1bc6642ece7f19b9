//! What differs between two texts, line by line.

/// How many lines around a difference are shown: nearly always all, so that one sees what
/// was done.
const CONTEXT: usize = 40;

/// The lines of both, with a `-` before those of `old` alone and a `+` before those of
/// `new` alone; nothing if they are the same. Long stretches that are the same are cut.
pub fn difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let lines: Vec<_> = diff::slice(&old, &new)
        .into_iter()
        .map(|line| match line {
            diff::Result::Left(line) => ('-', line),
            diff::Result::Both(line, _) => (' ', line),
            diff::Result::Right(line) => ('+', line),
        })
        .collect();
    let near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..lines.len().min(at + CONTEXT + 1);
        lines[around].iter().any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    for (at, (sign, line)) in lines.iter().enumerate() {
        if near(at) {
            text += &format!("{sign}{line}\n");
        } else if at == 0 || near(at - 1) {
            text += " ...\n";
        }
    }
    Some(text)
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
        assert_eq!(told, format!(" ...\n{}-b\n", " x\n".repeat(CONTEXT)));
    }
}
