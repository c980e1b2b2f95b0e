//! What the gateway tells its probe. In production nothing listens; the simulator stamps and records these.
//!
//! `id` counts the requests of one worker from 0. Events are small `Copy` facts and carry no time.

use std::net::SocketAddr;

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
    /// It was given up, because another attempt at the same request had its answer first.
    Cancelled,
}

/// Why a replica gets no more requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EjectionCause {
    /// It could not be connected to, so many times in a row.
    ConnectFailures,
    /// So many errors in a row, or the first one on probation.
    Errors,
    /// Too large a share of its requests were errors.
    ErrorRatio,
    /// So many probes in a row failed.
    Probes,
}

impl EjectionCause {
    /// For people and metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ConnectFailures => "connect_failures",
            Self::Errors => "errors",
            Self::ErrorRatio => "error_ratio",
            Self::Probes => "probes",
        }
    }
}

/// What a breaker does with those who ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakerState {
    /// Lets all through.
    Closed,
    /// A few, to see what becomes of them.
    HalfOpen,
    /// Nobody.
    Open,
}

impl BreakerState {
    pub const ALL: [Self; 3] = [Self::Closed, Self::HalfOpen, Self::Open];

    /// For people and metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// What a probe said of its replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    Good,
    Failed,
    /// Nothing: it failed for want of something of this machine's.
    Unknown,
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
    /// Something was waited for in vain, up to the head of an answer: the word that the log has for it.
    TimedOut { id: u64, timeout: &'static str },
    /// The head of the answer is on its way to the client.
    Answered { id: u64, status: u16 },
    /// A replica gets no more requests, of no worker. Its place is that in the plan in force.
    ReplicaEjected {
        upstream: u16,
        replica: u16,
        cause: EjectionCause,
    },
    /// And gets requests again.
    ReplicaReturned { upstream: u16, replica: u16 },
    /// The breaker of an upstream, or of one of its replicas, has changed its state, for all workers.
    Breaker {
        upstream: u16,
        replica: Option<SocketAddr>,
        from: BreakerState,
        to: BreakerState,
    },
    /// A probe of a replica starts; its place is that in the plan in force. `number` counts a worker's probes from 0.
    Probe {
        number: u64,
        upstream: u16,
        replica: u16,
    },
    /// It has ended; what health makes of that comes next.
    Probed { number: u64, outcome: ProbeOutcome },
    /// In what comes into force next, an upstream that has names has this replica at this place. There is one for each.
    Replica {
        upstream: u16,
        replica: u16,
        addr: SocketAddr,
    },
    /// A request was refused because its upstream's adaptive limit has no room for its class, 0 being the most important one.
    Shed { id: u64, upstream: u16, class: u8 },
    /// An upstream's adaptive limit has changed, for all workers.
    LimitChanged { upstream: u16, limit: u32 },
    /// A config came into force on this worker.
    Applied { version: u64 },
}
