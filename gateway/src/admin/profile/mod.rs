//! `/debug/pprof/profile`: where the process's CPU time goes, sampled for some seconds by stack.
//!
//! ```text
//! order    what a query asks for: seconds, hz, format
//! samples  stacks and how often each was seen
//! folded   as lines of text
//! pprof    as the protobuf of pprof
//! take     the sampling: a timer of CPU time and SIGPROF
//! page     one at a time, by a thread of its own
//! ```
//!
//! Nothing runs, and nothing is allocated, before the first profile is asked for. A profile ends by itself, and at once when who
//! asked for it goes away.

mod folded;
mod order;
mod page;
mod pprof;
#[cfg(test)]
mod pprof_tests;
mod samples;
mod take;

pub(super) use page::{PATH, page};
