//! A trace as a picture: lanes per host over time, what was broken shaded, success and latency below.
//!
//! Contract
//! - One picture per simulation, redrawn from the trace: the same trace gives the same bytes.
//! - Its size does not depend on the trace's length: time is cut into a fixed number of columns. Where a lane has few
//!   events of a sort they are marks with words of their own, and counts per column otherwise.
//! - The trace is read three times and never held: for the judges, for its length and its median, for the counts.

mod bins;
mod draw;
mod lanes;
mod page;
mod survey;

pub use draw::{Picture, draw};
pub use page::page;
