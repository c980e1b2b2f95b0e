//! What a route falls back on when its upstream has no answer: plain values of the plan.

use crate::error::Kind;
use crate::retry::Statuses;
use crate::route::Fixed;

/// What takes the place of an answer that there is none of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    pub to: FallbackTo,
    pub on: Failures,
    /// The upstream's own answers that are as bad as none.
    pub statuses: Statuses,
}

impl Fallback {
    /// The index of one that is asked.
    pub fn upstream(&self) -> Option<usize> {
        match self.to {
            FallbackTo::Upstream(upstream) => Some(upstream),
            FallbackTo::Respond(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FallbackTo {
    /// Index into [`Plan::upstreams`](super::Plan::upstreams); none that the route itself leads to.
    Upstream(usize),
    Respond(Fixed),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    NoReplica,
    BreakerOpen,
    Full,
    NotConnected,
    Timeout,
    Broken,
}

impl Failure {
    pub const ALL: [Failure; 6] = [
        Failure::NoReplica,
        Failure::BreakerOpen,
        Failure::Full,
        Failure::NotConnected,
        Failure::Timeout,
        Failure::Broken,
    ];

    /// In the config.
    pub const fn label(self) -> &'static str {
        match self {
            Failure::NoReplica => "no_replica",
            Failure::BreakerOpen => "breaker_open",
            Failure::Full => "full",
            Failure::NotConnected => "not_connected",
            Failure::Timeout => "timeout",
            Failure::Broken => "broken",
        }
    }

    /// `None` for what is not the upstream's, and no fallback mends.
    pub(crate) fn of(kind: Kind) -> Option<Failure> {
        match kind {
            Kind::NoReplica => Some(Failure::NoReplica),
            Kind::BreakerOpen { .. } => Some(Failure::BreakerOpen),
            Kind::Full => Some(Failure::Full),
            Kind::NotConnected => Some(Failure::NotConnected),
            Kind::Timeout => Some(Failure::Timeout),
            Kind::Broken => Some(Failure::Broken),
            Kind::BadRequest(_)
            | Kind::Refused(_)
            | Kind::MethodNotAllowed
            | Kind::OtherMethod
            | Kind::BodyTooLarge
            | Kind::ClientAborted
            // before anything was prepared of which another could be asked
            | Kind::Overloaded { .. }
            | Kind::NoRoute => None,
        }
    }
}

/// A set of [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures(u8);

impl Failures {
    pub const NONE: Failures = Failures(0);
    pub const ALL: Failures = Failures((1 << Failure::ALL.len()) - 1);

    pub fn contains(self, failure: Failure) -> bool {
        self.0 & 1 << failure as u8 != 0
    }

    /// Whether it was not there before.
    pub(super) fn insert(&mut self, failure: Failure) -> bool {
        let is_new = !self.contains(failure);
        self.0 |= 1 << failure as u8;
        is_new
    }
}
