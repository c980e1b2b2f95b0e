//! What a gateway is told when it is to stop.

use std::time::Duration;

/// How a gateway is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stop {
    /// For how long connections are still accepted, and over which time those that are open end.
    pub lead: Duration,
    /// How long requests may take from then on.
    pub deadline: Duration,
    /// Somebody else accepts from the same sockets.
    pub is_succeeded: bool,
}
