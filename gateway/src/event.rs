//! What the gateway tells its probe. In production nothing listens; the simulator stamps and records these.
//!
//! `id` counts the requests of one worker from 0. Events are small `Copy` facts and carry no time.

/// How one attempt at an upstream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttemptOutcome {
    /// A head with this status arrived.
    Answered(u16),
    /// No connection could be made, or none was allowed.
    NotConnected,
    /// The connection broke after bytes had been written.
    Broken,
    /// No answer's head came within the route's `try_timeout`.
    TimedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A client's connection was accepted.
    Accepted { connection: u64 },
    /// A client's connection ended, for whatever reason.
    Closed { connection: u64 },
    /// A request's head was read. `load_id` is the load generator's own number for it, if it gave one.
    Request { id: u64, load_id: Option<u64> },
    /// An attempt starts. `number` is 1 for the first.
    Attempt {
        id: u64,
        number: u8,
        upstream: u16,
        replica: u16,
    },
    AttemptDone {
        id: u64,
        number: u8,
        outcome: AttemptOutcome,
    },
    /// The head of the answer is on its way to the client.
    Answered { id: u64, status: u16 },
    /// A config came into force on this worker.
    Applied { version: u64 },
}
