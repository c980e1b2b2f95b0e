//! HTTP/2 as a client (RFC 9113), by the h2 crate, over any stream: with prior knowledge, or behind TLS and its ALPN.
//!
//! [`Http2`] is one connection that carries many exchanges at once; [`Http2::exchange`] is one of them and borrows the
//! connection, so it cannot outlive it. Answers are counted, and kept only as far as [`Keep`] asks.
//!
//! The engine needs a task of its own per connection, unlike `http1`: frames of all streams come interleaved. It is
//! local to the thread and ends with the [`Http2`]. An exchange that is dropped resets its stream and harms no other.
//!
//! What h2 hides: it forgets cancelled streams after a second of the system's clock. In the simulator there is no
//! HTTP/2.

mod connection;
mod exchange;
mod fault;
mod slots;

#[cfg(test)]
mod tests;

pub(crate) use connection::Http2;
pub(crate) use exchange::Keep;
#[cfg(test)]
pub(crate) use exchange::{Http2Answer, Kept};
pub(crate) use fault::Broken2;
