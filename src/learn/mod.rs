//! The learner's loop: write a program yourself, step by step, and be told how far you
//! are.
//!
//! From the top down: [`hints`] help along, [`attempt`] plays a chapter's scenes with what
//! the learner made of its program, [`workshop`] lays that out, [`course`] knows its steps
//! and scenes, [`steps`] finds steps in a source, [`files`] are read and written by all.

pub mod attempt;
pub mod course;
pub mod files;
pub mod hints;
pub mod steps;
pub mod workshop;
