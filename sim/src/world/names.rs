//! Names that stand for several hosts, or for none: what lookups of them bring.
//!
//! Like every fault, answers lie on top of each other and each is lifted on its own; the last one that lies there counts.

use std::net::IpAddr;
use std::time::Duration;

/// What a lookup brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameAnswer {
    Hosts(Vec<IpAddr>),
    /// The resolver has nothing to say.
    Fails,
    /// There is no address.
    Empty,
    /// An address that nobody can be connected to.
    Nowhere,
}

/// One name.
pub(super) struct Name {
    pub(super) name: String,
    /// In the trace.
    pub(super) number: u64,
    pub(super) valid_for: Duration,
    /// The last one counts.
    pub(super) answers: Vec<NameAnswer>,
}
