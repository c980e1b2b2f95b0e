//! A trace for ui.perfetto.dev and chrome://tracing, in Chrome's trace event format, to be zoomed into.
//!
//! Contract
//! - Hosts are processes. Requests are complete events on threads that are numbered slots: a request takes the lowest free
//!   one, so that events of one thread never overlap but by nesting. Arrows lead from a client's request to the gateway's,
//!   and from an attempt to the replica that got it; faults are asynchronous spans of a process of their own.
//! - Timestamps are simulated µs. The second and later simulations of a trace are other processes, not later times.
//! - It is written as it is read: memory holds what is open, never the trace.

mod export;
mod open;
mod writer;

pub use export::export;
