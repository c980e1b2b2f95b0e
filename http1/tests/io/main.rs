//! The server loop and the client loop, driven over in-memory streams of every size, without a clock.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod chain;
mod client;
mod flow;
mod large;
mod pressure;
mod server;
mod support;
mod together;
mod trailers;
