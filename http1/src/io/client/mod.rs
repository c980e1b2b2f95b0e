//! The client loop: one request at a time on one connection.
//!
//! Sending and receiving run side by side: an answer may come before the request has been sent whole, and streams while
//! the rest of it is. No task of its own: whoever waits for the answer drives the connection.

mod connection;
mod receiving;
mod sending;

pub use connection::Connection;
pub use receiving::Receiving;
pub use sending::SendError;
