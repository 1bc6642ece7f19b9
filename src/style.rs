//! How words stand out in a terminal.

use anstyle::{AnsiColor, Style};

/// As all that stands around it.
pub const PLAIN: Style = Style::new();

/// A title.
pub const BOLD: Style = Style::new().bold();

/// What is not as it should be.
pub const RED: Style = AnsiColor::Red.on_default();

/// What is.
pub const GREEN: Style = AnsiColor::Green.on_default();
