//! What may follow on a connection, for both roles: bytes in, events out, no I/O.
//!
//! [`Server`] and [`Client`] are fed what was received and say what it is, which part of it is framing, how an answer
//! has to be delimited, and whether the connection may carry another message. Their caller owns the buffer and the
//! stream.

mod client;
mod close;
mod options;
mod search;
mod server;

pub use client::{Answered, Client};
pub use close::Close;
pub use server::{Plan, Server, ServerEvent};
