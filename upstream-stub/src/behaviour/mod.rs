//! How a replica answers: the value, and its text of space-separated words.
//!
//! `latency=exp:5ms error=0.3 body=1KiB`; what is not named stays as it is by default: an empty 200 at once.
//! `normal` names nothing. [`words::WORDS`] lists every word. A [`Patch`] is such a text that is yet to be laid
//! over a behaviour: a phase of a script, or what one request asks for itself.

mod patch;
pub mod words;

#[cfg(test)]
mod tests;

pub use patch::Patch;

use serde::{Deserialize, Serialize};
use std::time::Duration;
use workload::Dist;

/// How a replica answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Behaviour {
    /// From the arrival of a request's head to its answer. In queueing mode, its service time.
    pub latency: Dist,
    /// CPU work per request.
    pub work: Duration,
    pub status: u16,
    /// Share of requests answered by `error_status`.
    pub error: f64,
    pub error_status: u16,
    /// What answers of 429 and 503 say in `Retry-After`.
    pub retry_after: Option<RetryAfter>,
    pub body_bytes: u64,
    pub shape: Shape,
    /// Share of requests whose connection is reset in place of an answer.
    pub reset: f64,
    /// Share of answers cut off half-way.
    pub truncate: f64,
    /// Queueing mode: requests served at once. Zero: no queue.
    pub servers: usize,
    pub down: bool,
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Whole,
    Pace { bytes_per_second: u64 },
    Stream { chunks: u64, gap: Duration },
    Sse { events: u64, gap: Duration },
    Echo,
}

/// When a replica wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter {
    pub seconds: u32,
    /// Said as a date: no sooner, and less than a second later.
    pub as_date: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency: Dist::Fixed(Duration::ZERO),
            work: Duration::ZERO,
            status: 200,
            error: 0.0,
            error_status: 503,
            retry_after: None,
            body_bytes: 0,
            shape: Shape::Whole,
            reset: 0.0,
            truncate: 0.0,
            servers: 0,
            down: false,
        }
    }
}
