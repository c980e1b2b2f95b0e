//! What everybody needs who tells people of a trace: who is who, what things are called, and what the judges found.
//!
//! Contract
//! - A trace file is all there is: its header says what was played, its records what happened. A trace without a readable
//!   header can be told too, with fewer names.
//! - Nothing here believes that a trace is a good one: any sequence of records is taken, and memory has bounds.

mod cast;
mod judged;
mod scene;
mod source;
mod tally;
pub mod words;

pub use cast::Role;
pub use judged::{Judged, judge};
pub use scene::{Attempt, Scene};
pub use source::{Source, StoryError};
pub use tally::{Phase, Request, Requests, Tally};
