//! The one server loop and the one client loop, over any `AsyncRead + AsyncWrite`.
//!
//! ```text
//! body      what flows: pulled piece by piece, never copied, never buffered beyond one receive buffer
//! buffers   the pool that receive and send buffers come from, so that an idle connection holds none
//! watch     what a connection waits for, for whoever holds it to its deadlines
//! inbound   receiving: bytes into the buffer, content out of it
//! outbound  sending: a head and its body, in as few writes as there can be
//! server    answers the requests of one connection, in order
//! client    sends requests on one connection, one at a time
//! flow      what follows a 101: bytes one way, from a stream to another
//! ```
//!
//! There is no timer and no clock here: a connection says what it waits for ([`Watch`]), and its owner, who has the
//! time, ends it when that takes too long. Each loop runs in one task and polls everything that belongs to its
//! connection, so no wake-up crosses tasks, and dropping the loop's future abandons everything at once.

mod body;
mod buffers;
mod client;
mod flow;
mod inbound;
mod outbound;
mod server;
mod watch;

pub use body::{Body, BodyError, Chunk, Empty, Full};
pub use buffers::Buffers;
pub use client::{Connection, Receiving, SendError};
pub use flow::{Flow, FlowError};
pub use server::{Answer, Cut, End, Incoming, Interims, Options, Upgraded, serve, serve_after};
pub use watch::{Deadlines, Late, Waiting, Watch, Watched};
