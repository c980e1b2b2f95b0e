//! Files that say what was played: traces, by their headers, and replay files, which are that alone.
//!
//! Contract
//! - A file is taken for what it is by its first bytes, never by its name.
//! - Nothing in a file is believed: what could overflow, run out of memory or play without end is an error here, with its
//!   place in the file, and all of them are told at once. What the parts themselves check (behaviours, scripts, configs)
//!   is left to them.

mod check;
mod load;

pub use check::REQUESTS_MAX;
pub use load::{LoadError, Loaded, load, parse, save};
