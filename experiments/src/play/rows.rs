//! What only sockets tell, as rows of tables beside those that the simulator has too.

use serde::{Deserialize, Serialize};

/// Whether the load generator trusts itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    pub seed: u64,
    pub variant: String,
    pub valid: bool,
    /// Why not.
    pub reasons: String,
    pub send_lag_p99_us: f64,
    /// Requests whose connection ended before their answer was complete.
    pub broken_off: u64,
}

/// The gateway that clients talk to, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    pub seed: u64,
    pub variant: String,
    pub at_us: u64,
    pub rss_kib: u64,
    pub open_files: u64,
    /// Attempts under way, over all upstreams.
    pub in_flight: u64,
    /// Of clients.
    pub connections: u64,
}

/// How long a config took to come into force, from the operator's question to the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub seed: u64,
    pub variant: String,
    pub at_us: u64,
    pub config: String,
    pub took_us: u64,
}

/// A gateway that was told to stop, and what it said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    pub seed: u64,
    pub variant: String,
    pub gateway: String,
    pub at_us: u64,
    pub took_us: u64,
    pub drained: Option<u64>,
    pub aborted: Option<u64>,
    pub code: Option<i32>,
}

/// A stream of events that was held open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub seed: u64,
    pub variant: String,
    pub stream: u64,
    pub events: u64,
    /// It ended, lacked an event or told one twice; what was seen of it.
    pub broken: Option<String>,
}

/// What clients saw that looked whether an answer is of one config.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Witnessed {
    pub seed: u64,
    pub variant: String,
    pub answers: u64,
    /// By two configs, or by none.
    pub mixed: u64,
    /// The first of them.
    pub quoted: String,
}
