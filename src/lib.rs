//! The guide: it starts the programs of each chapter, talks to them over real sockets
//! in lock-step, writes down what everyone said, and compares that with the chapter's
//! snapshots.
//!
//! [`programs`] builds the programs, [`stage`] runs and hears them, [`transcript`] is
//! the text of one scene, [`scenes`] holds the conversations, a file for each chapter.

pub mod doctor;
pub mod ear;
pub mod failure;
pub mod folder;
pub mod learn;
pub mod measure;
pub mod peer;
pub mod picture;
pub mod programs;
pub mod python;
pub mod running;
pub mod scenes;
pub mod snapshot;
pub mod stage;
pub mod tap;
pub mod tour;
pub mod transcript;
pub mod web;
