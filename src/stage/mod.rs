//! What plays a scene: programs that run and are heard, peers that the guide plays
//! itself, and the player, which goes through the text.

pub mod cast;
mod ear;
pub mod folder;
pub mod needs;
mod peer;
pub mod player;
pub mod programs;
mod props;
pub mod python;
pub mod rewrite;
pub mod running;
mod tap;
mod web;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long we look for what should not come, or wait for what is about to.
const A_MOMENT: Duration = Duration::from_millis(300);

/// A panic elsewhere leaves the value usable: ending programs matters more than why one
/// test failed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
