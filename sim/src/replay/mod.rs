//! The same run again: what a document describes is played once more and held against the records that were kept, or
//! stopped on the way and looked at.
//!
//! Contract
//! - The document alone decides: neither the registry of scenarios nor a knob is asked.
//! - Records are compared one by one while they are made, so memory does not grow with the trace and the first that
//!   differs is known with those before it.
//! - What is stopped on the way is the same run up to there: its records are the first ones of the whole.

mod along;
mod connections;
mod play;
mod requests;
mod situation;

pub use along::Differs;
pub use play::{Replayed, replay};
pub use requests::{OpenRequest, Stage};
pub use situation::{HostState, Situation};
