//! The client side: accept, serve, and end what waits for too long.
//!
//! Deadlines cost a request nothing: connections write down what they wait for and since when, and a sweep
//! that runs a few times a second ends those that are over. A deadline is therefore met late by up to the
//! sweep's period, and never early. The one exception is a PROXY header, which comes before there is anything to write down: it
//! has a timer, where it is asked for.

mod accept;
mod connection;
mod proxy_header;
mod table;

pub(crate) use accept::Server;
