//! What everybody needs who tells people of a trace: who is who, what things are called, and what the judges found.
//!
//! Contract
//! - A trace file is all there is: its header says what was played, its records what happened. A trace without a
//!   header can be told too, with fewer names.
//! - Nothing here believes that a trace is a good one: any sequence of records is taken, and memory has bounds.

mod cast;
mod judged;
mod scene;
mod source;
mod tally;
pub mod words;

pub use cast::Role;
pub use judged::{FINDINGS_MAX, Judged, PER_ORACLE_MAX, judge, violations};
pub use scene::Scene;
pub use source::{SIMULATIONS_MAX, Source, StoryError};
pub use tally::{End, Phase, Request, Requests, Tally};
