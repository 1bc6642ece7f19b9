//! What plays a scene: programs that run and are heard, peers that the guide plays
//! itself, and the player, which goes through the text.

pub mod cast;
mod ear;
pub mod folder;
mod peer;
pub mod player;
pub mod programs;
mod props;
pub mod python;
pub mod rewrite;
pub mod running;
mod tap;
mod web;
