//! Python, where this machine has it. Scenes that play a program of `tests/python` need
//! it, and nothing else does.

use std::process::Command;
use std::sync::LazyLock;

/// Its name, and its command on most systems.
pub const NAME: &str = "python3";

/// Succeeds with a version that understands the programs of `tests/python`.
const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 8))";

/// The command that starts it here.
pub fn command() -> Option<&'static str> {
    static FOUND: LazyLock<Option<&str>> = LazyLock::new(|| {
        let usable = |command: &&str| {
            let output = Command::new(command).args(["-c", NEW_ENOUGH]).output();
            output.is_ok_and(|output| output.status.success())
        };
        // On Windows it goes by the other name.
        [NAME, "python"].into_iter().find(usable)
    });
    *FOUND
}
