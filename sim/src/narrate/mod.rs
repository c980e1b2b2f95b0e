//! A trace told as a person would read the timeline of an incident.
//!
//! Contract
//! - Everything is told from the trace and its header. A newcomer understands a failing run from this text alone: what was
//!   broken and when, what followed, the numbers of each phase, what was violated, and every hop of the request that
//!   shows it.
//! - A run is cut into *stretches* at whatever is done to it from outside (faults, reloads, the heal). What follows is
//!   counted per stretch, each sort of thing in one line with the first case of it, so that a calm stretch is one line and
//!   a storm is ten, however long the run.
//! - The trace is read up to three times and never held: for the judges, for the requests that their findings are about,
//!   and for the telling.

mod context;
mod hops;
mod legend;
mod note;
mod section;
mod stretch;
mod tale;
mod tell;

pub use tell::{LINES_MAX, Options, narrate};
