//! Python, where this machine has it. Scenes that play a program of `tests/python` need
//! it, and nothing else does.

use std::sync::LazyLock;

use super::running;

/// Its name, and its command on most systems.
pub const NAME: &str = "python3";

/// The oldest version that understands the programs of `tests/python`.
const OLDEST: (u32, u32) = (3, 8);

static FOUND: LazyLock<Option<(&str, String)>> = LazyLock::new(|| {
    let usable = |command| {
        let version = running::version(command)?;
        is_new_enough(&version).then_some((command, version))
    };
    // On Windows it goes by the other name.
    [NAME, "python"].into_iter().find_map(usable)
});

/// The command that starts it here.
pub fn command() -> Option<&'static str> {
    FOUND.as_ref().map(|(command, _)| *command)
}

/// What it says of its version.
pub fn version() -> Option<&'static str> {
    FOUND.as_ref().map(|(_, version)| version.as_str())
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers =
        version.strip_prefix("Python ").unwrap_or_default().split('.').map(str::parse);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_python_is_none() {
        for version in ["Python 3.8.0", "Python 3.14.0rc1", "Python 3.11.2+"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["Python 2.7.18", "Python 3.7.16", "Python", "", "3.11"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
