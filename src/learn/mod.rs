//! The learner's loop: write a program yourself, step by step, and be told how far you
//! are.
//!
//! [`steps`] finds the steps in a program's source, [`workshop`] lays the program out
//! with their bodies taken out, [`attempt`] plays the chapter's scenes with what the
//! learner made of it, [`hints`] helps along, [`files`] are read and written by all.

pub mod attempt;
pub mod course;
pub mod files;
pub mod hints;
pub mod steps;
pub mod workshop;
