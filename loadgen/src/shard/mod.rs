//! One shard of a job, run to its end in one world on one thread.
//!
//! Three parts: the pacer releases what is due, workers (one task per connection) carry it, and the state
//! between them hands over tickets and settles every one exactly once.

mod carry;
mod closed;
mod deal;
mod dial;
mod exchange;
mod line;
mod places;
mod requests;
mod run;
mod sending;
mod shared;
mod state;
mod visitors;
mod watch;
mod worker;

pub use run::{Finished, Shard, run_shard, run_shard_until};
pub use watch::Tick;
