//! What the gateway does by itself beside requests: probing its upstreams' replicas.
//!
//! Tasks belong to a snapshot and end with it: whoever holds them looks now and then whether another is in force. They run
//! on one worker, because what they find is every worker's.

mod probe;
mod probers;

pub(crate) use probers::Probers;
