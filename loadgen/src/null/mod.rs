//! A server whose every answer is known in advance: what a load generator measures against it can be right or wrong.
//!
//! When an answer leaves is decided by [`Behaviour`] in virtual time, as a function of when the request came and of its
//! number (`X-Load-Id`), never of what the machine did meanwhile: a wake-up that comes late delays one answer, and is
//! not handed on to the next. So a client that knows its own arrivals can compute every latency. The server
//! writes down how late it was itself ([`Seen`]): where that matters, nothing was shown, of whomever.
//!
//! Units: times are `Duration`s since the start of the run, lateness is in nanoseconds.
//!
//! Not here: threads and cores (the caller's), errors and faults (`upstream-stub` has them), request bodies.

mod behaviour;
mod server;

pub use behaviour::{Behaviour, Service};
pub use server::{Seen, Server, serve, stay_awake};
