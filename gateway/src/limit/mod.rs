//! Adaptive concurrency: how many requests an upstream is given at a time, from how long it takes to answer them, and whose
//! requests are turned away when there are more.
//!
//! Pure: sums of what workers have measured come in with the time, and a limit comes out. The rule is the gradient of Netflix's
//! `concurrency-limits` and of Envoy's `adaptive_concurrency` filter:
//!
//! ```text
//! limit ← limit · tolerance · min(1, baseline ÷ measured) + √limit        measured: the geometric mean of one window
//! ```
//!
//! While answers take no longer than `tolerance` of the baseline the limit grows, the more so the smaller it is; when they queue, it
//! falls at once. AIMD on a latency would need an operator to know the latency, Vegas' estimate of the queue rests on the
//! smallest latency ever seen, which says nothing where service times vary. What is compared here is the same mean, in two situations.
//!
//! - **The baseline** is what a window measures in which at most half of the limit is in use. Under permanent load there is no such
//!   window, so one is made: now and then the limit is halved until fifty answers have come ([`Machine`], probing). Envoy goes down
//!   to three requests for this, which costs what it refuses meanwhile; half is enough, because the limit stands
//!   no more than a fraction above what the upstream can work at, and where it stands higher, because the baseline was taken in a queue,
//!   each probe brings both down by a third, and the next one follows after a second in place of half a minute. So it does not drift.
//! - **The mean is geometric**: a tenth of the requests that take fifty times as long move it by half, an arithmetic one by five; and where
//!   two routes share an upstream it moves little with their shares, which a median between them would jump with.
//! - **A window is a round trip at least**: nothing is counted that was under way when the limit changed, so that a change is
//!   judged by what it brought. Deciding more often than answers come is how such loops collapse.
//! - **It grows only where it is used** (half of it, or somebody was refused): an idle upstream's limit says nothing, and stays.
//!
//! Invariants: `min ≤ limit ≤ max`, whatever is measured; a class may use a share of the limit, none of them less than one slot, and each
//! twentieth that its share refuses may use all of it, so that nobody is refused for ever.

mod log;
mod machine;
mod params;
mod priority;
#[cfg(test)]
mod tests;

pub use log::log2_q10;
pub use machine::{LOOK_EVERY, Machine, Totals};
pub use params::Params;
pub use priority::{Priority, TRICKLE};
