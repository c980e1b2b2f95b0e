//! Health: which of an upstream's replicas may get requests, from what became of requests and of probes.
//!
//! Pure: outcomes and `now` go in, a [`Change`] comes out when a replica's use changed. Nobody dials, sleeps or draws
//! chance here; a random word for jitter is handed in.
//!
//! ```text
//! window    requests and errors of the last while, in a bounded number of buckets
//! passive   one replica's conduct towards requests: trusted, ejected for a cooldown, on probation
//! active    one replica's answers to probes: up or down, by thresholds both ways
//! fleet     all replicas of an upstream: the one place that ejects, within the share that may be ejected at once
//! ```
//!
//! Invariants:
//! - a replica is usable when its probes say up **and** its conduct has not ejected it;
//! - conduct ejects only while fewer than [`Passive::ejected_max`] of the fleet are unusable, for whichever reason: what a
//!   failing dependency does to all replicas alike is no reason to stop asking them. Probes have no such limit, because
//!   they ask each replica about itself; when they leave none, requests are refused at once;
//! - conduct ejects for a time: every replica returns when its cooldown is over, asked or not;
//! - what began before a replica's return says nothing about it since.

mod active;
mod fleet;
mod params;
mod passive;
mod statuses;
mod window;

#[cfg(test)]
mod tests;

pub use crate::share::{BadShare, Share};
pub use fleet::{Change, Fleet, Member, Turn};
pub use params::{Active, Params, Passive};
pub use statuses::{BadStatuses, RANGES_MAX, Statuses};

use std::fmt;

/// What was wrong with a replica's part of an exchange, with a request or with a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection could be made to it.
    NotConnected,
    /// It hung up or broke the protocol.
    Broken,
    /// It said nothing in time.
    TimedOut,
    /// It answered with a status that counts as an error, or that a probe does not expect.
    Status(u16),
    /// Its answer to a probe did not contain the text that is expected.
    Body,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("could not be connected to"),
            Self::Broken => f.write_str("hung up or broke the protocol"),
            Self::TimedOut => f.write_str("did not answer in time"),
            Self::Status(status) => write!(f, "answered {status}"),
            Self::Body => f.write_str("answered without the expected text"),
        }
    }
}
