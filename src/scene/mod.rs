//! The text of a scene, which is its transcript: its lines, the names in them, and the
//! deeds that they tell. Nothing here is played.

pub mod bytes;
pub mod deed;
pub mod difference;
pub mod frame;
pub mod line;
pub mod names;
pub mod script;
