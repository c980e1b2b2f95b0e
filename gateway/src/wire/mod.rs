//! HTTP on a byte stream, both roles: the only module of the gateway that names hyper.
//!
//! [`client`] makes a connection out of a stream and sends requests on it, [`server`] answers the requests that
//! come in on one. Both speak the types of [`crate::message`], so that another engine can take hyper's place
//! without the pipeline noticing. HTTP/1 only; requests leave as HTTP/1.1 whatever the client spoke.
//!
//! hyper's own clocks stay off: it writes no `Date` and runs no timers. Deadlines belong to the server and the
//! pipeline.

pub(crate) mod client;
pub(crate) mod server;

/// A body as it comes off a connection.
pub(crate) use hyper::body::Incoming;
