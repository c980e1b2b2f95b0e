//! Balancing: which of an upstream's replicas gets the next attempt.
//!
//! Pure: candidates are numbered 0..n by their place in the upstream, what was already tried for this
//! request is a bit set, and the answer is a number or nothing. Who is dialled, and what became of it, is
//! the proxy's business.
//!
//! Invariant: a replica in [`Tried`] is never picked, so a request that is tried again goes elsewhere, and
//! [`Balancer::pick`] is `None` only when every candidate has been tried.
//!
//! Not here: weights, health, load-aware kinds. They become further rows of [`Kind`].

mod balancer;
mod kind;
mod round_robin;
mod tried;

#[cfg(test)]
mod tests;

pub use balancer::Balancer;
pub use kind::{Kind, UnknownKind};
pub use round_robin::RoundRobin;
pub use tried::{REPLICAS_MAX, Tried};
