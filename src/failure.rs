//! What playing a scene comes to.

use std::fmt::{self, Display, Formatter};
use std::io;

/// Why a scene could not be played to its end.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure that says `why`.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// What playing a scene, or a step of it, comes to.
pub type Played<T = ()> = Result<T, Failure>;
