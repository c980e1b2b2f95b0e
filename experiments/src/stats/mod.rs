//! Small-sample statistics over rounds: what a figure is, and how far it may be believed.
//!
//! The unit of observation is a *round* (one interleaved pass over all arms), never a request: requests of
//! one run share its machine, its minute and its neighbours, so a thousand of them are far fewer than a thousand
//! observations (Treadmill, ISCA'16). All functions are pure; chance comes in as an rng.
//!
//! Not here: latency quantiles within a run, which are the load generator's histogram.

mod bootstrap;
mod equivalence;
mod order;
mod paired;

pub use bootstrap::{Interval, ROUNDS_MIN, median_interval};
pub use equivalence::{Equivalence, equivalence};
pub use order::{Quartiles, median, quartiles};
pub use paired::{Delta, delta, differences};

#[cfg(test)]
mod tests;
