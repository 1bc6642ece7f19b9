//! The guide: it starts the programs of each chapter, talks to them over real sockets
//! in lock-step, writes down what everyone said, and compares that with the chapter's
//! snapshots.
//!
//! From the top down: [`tour`], [`play`], [`measure`] and [`doctor`] are what it does in
//! the terminal; [`learn`] is the learner's loop, [`picture`] draws; [`chapters`] are
//! tables; [`stage`] plays a scene, whose text [`scene`] reads. Each knows only those
//! below it.

pub mod chapters;
pub mod doctor;
pub mod failure;
pub mod learn;
pub mod measure;
pub mod picture;
pub mod play;
pub mod scene;
pub mod stage;
pub mod style;
pub mod tour;
