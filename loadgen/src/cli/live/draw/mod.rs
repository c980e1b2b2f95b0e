//! The picture of a run, a pure function of its state, the time and the size of the terminal.
//!
//! From [`FULL`] up it is, from top to bottom: what runs and how far, whether it can be believed so far, rates and
//! latencies over time, figures, keys. Below that a sentence has to do.

mod axis;
mod charts;
mod figures;
mod header;
mod layout;
mod sentence;

#[cfg(test)]
pub(super) use layout::FULL;
pub(super) use layout::draw;
