//! What the gateway does by itself beside requests: looking up the names of its upstreams' replicas, and probing these.
//!
//! Probers belong to a snapshot and end with it, resolvers to a plan: whoever holds them looks now and then whether another
//! is in force. They run on one worker, because what they find is every worker's.

mod lookup;
mod probe;
mod probers;
mod resolvers;
#[cfg(test)]
mod tests;

pub(crate) use probers::Probers;
pub(crate) use resolvers::{FIRST_MOST, Resolvers};
