//! Makes a failing run small: the fewest faults, requests and hosts, and the shortest time, in which it still fails.
//!
//! Delta debugging (Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002) over
//! the plan of faults and over the load, each an ordinary list in the document, and between the two a greedy pass over
//! everything else that a scenario says. A candidate is good if it still fails in the same way ([`Target`]): a run that
//! fails in another way is another finding.
//!
//! Contract
//! - The result is one that was played and failed; whatever ends the search, there is one.
//! - Candidates are played side by side and the first good one in their order is taken, so the result and the number of
//!   runs are the same for any number of threads.
//! - A candidate is played once: one that comes up again is answered from memory and costs no run.
//!
//! What it does not do: it does not look for other seeds. Chance at a replica goes by the number of the request there,
//! so a failure that hangs on chance may need requests of which only the number matters.

mod ddmin;
mod faults;
mod load;
mod prober;
mod remade;
mod routes;
mod search;
mod surroundings;
mod target;
#[cfg(test)]
mod tests;
mod time;

use ddmin::ddmin;
pub use prober::Seen;
pub use search::{Limits, ShrinkError, Shrunk, Size, shrink};
pub use target::Target;
