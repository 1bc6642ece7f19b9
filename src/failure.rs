//! What playing a scene comes to.

use std::fmt::{self, Display, Formatter};
use std::io;

/// Why a scene could not be played to its end.
#[derive(Debug)]
pub struct Failure {
    why: String,
    /// Whether the scene is about more than can be seen on the wire.
    pub beyond_the_wire: bool,
}

impl Failure {
    /// A failure that says `why`.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), beyond_the_wire: false }
    }

    /// What the system says of a file or folder.
    pub fn of(path: impl Display, error: &io::Error) -> Self {
        Self::new(format!("{path}: {}", error.kind()))
    }

    /// The scene is about more than can be seen on the wire.
    pub fn beyond_the_wire(why: impl Into<String>) -> Self {
        Self { beyond_the_wire: true, ..Self::new(why) }
    }

    /// The same failure, and in which line of the scene it came.
    #[must_use]
    pub fn in_line(self, number: usize) -> Self {
        Self { why: format!("line {number}: {self}"), ..self }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// What playing a scene, or a step of it, comes to.
pub type Played<T = ()> = Result<T, Failure>;
