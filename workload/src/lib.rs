//! What load is made of, pure: distributions, arrival schedules and the virtual-time queue.
//!
//! No clock, no I/O, no world: time is a `Duration` since the start of the run, chance is a generator that the
//! caller seeds by name. Floats go through `libm` and are rounded to integer microseconds (distributions) or
//! nanoseconds (arrivals) before anything decides by them, because the platform's `ln` and `exp` differ by CPU.

pub mod dist;
pub mod queue;
pub mod schedule;

pub use dist::Dist;
pub use queue::Queue;
pub use schedule::{Arrival, Due, Profile, Rate, Schedule, Shard, Trace, fit};
