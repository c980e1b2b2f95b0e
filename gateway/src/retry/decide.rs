//! The decision: attempt's outcome × what is known of the request → again or not.
//!
//! What makes a second sending safe is that the first had no effect:
//! - nothing reached a replica ([`Outcome::ConnectFailed`]): safe for every method;
//! - something may have reached it (a reset, a timeout, an answer of one of the `statuses`): safe only when the
//!   request is idempotent by its method (RFC 9110 §9.2.2) or by its `Idempotency-Key`.
//!
//! `only_idempotent: false` drops the second rule; the first attempt's effect may then happen twice.
//! No rule can be used when the body is gone: what was streamed to the first replica is kept only where the route asks, and up
//! to a bound.

use super::params::Params;
use crate::planted::{Bug, planted};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No connection: refused, unreachable, or the connect timeout passed.
    ConnectFailed,
    /// The connection broke, or spoke nonsense, after a byte of the request was written.
    Reset,
    /// No answer in time.
    Timeout,
    /// An answer, by its status.
    Status(u16),
}

/// What to do with a request whose attempt has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send it again, to a replica not tried yet if there is one.
    Again,
    /// Answer the client with what there is.
    Stop,
}

impl Params {
    /// `attempt`: the number of the attempt that has ended, from 1.
    /// `keyed`: the request carries an `Idempotency-Key`, by which the upstream recognises a repeat.
    /// `body_replayable`: the whole body can be sent again; true for none, and for one of which nothing
    /// has been read yet.
    pub fn decide(
        &self,
        attempt: u8,
        method_idempotent: bool,
        keyed: bool,
        outcome: Outcome,
        body_replayable: bool,
    ) -> Decision {
        let repeatable = method_idempotent || keyed || !self.only_idempotent() || planted(Bug::RetryPost);
        let too_many = u8::from(planted(Bug::OneRetryTooMany));
        let (worth_it, attempts_more) = match outcome {
            Outcome::ConnectFailed => (true, self.max()),
            Outcome::Reset | Outcome::Timeout => (repeatable, self.max()),
            Outcome::Status(status) if self.statuses.contains(status) => (repeatable, self.max()),
            Outcome::Status(_) => (false, 0),
        };
        if worth_it && body_replayable && attempt <= attempts_more + too_many {
            Decision::Again
        } else {
            Decision::Stop
        }
    }

    /// Whether an attempt that is under way may be hedged: `Again` is a second one beside it. `attempts` are those made so far, this one included;
    /// the rest is as [`Params::decide`] has it.
    pub fn hedge(
        &self,
        attempts: u8,
        method_idempotent: bool,
        keyed: bool,
        body_replayable: bool,
    ) -> Decision {
        let repeatable = method_idempotent || keyed || planted(Bug::HedgePost);
        if self.hedge.is_some() && repeatable && body_replayable && attempts <= self.max() {
            Decision::Again
        } else {
            Decision::Stop
        }
    }
}
