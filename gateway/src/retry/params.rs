//! A route's retry settings, checked.

use super::{Backoff, Budget, Hedge, Statuses};
use std::fmt;

/// Retries when a route says nothing: none. A retry is load that someone must have asked for.
pub const MAX_DEFAULT: u8 = 0;

/// The most retries a route may ask for. Ten attempts at a failing upstream are ten times the load on it;
/// more than that is an outage amplifier and never a remedy.
pub const MAX_LIMIT: u8 = 10;

/// How often and which requests of a route are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    max: u8,
    only_idempotent: bool,
    /// Answers that are worth another attempt.
    pub statuses: Statuses,
    /// `None`: retries are as many as `max` makes them, whatever that adds up to.
    pub budget: Option<Budget>,
    /// `None`: a request is sent again at once.
    pub backoff: Option<Backoff>,
    /// Bytes of a body that are kept to be sent again; a longer one is sent once. 0: none is kept.
    pub body_max: u64,
    /// `None`: nothing is sent again before it has failed.
    pub hedge: Option<Hedge>,
}

impl Params {
    /// `max`: further attempts after the first, at most [`MAX_LIMIT`]. `only_idempotent: false` is the
    /// naive policy: every failed request is sent again, whatever it may have done already. The statuses are the usual ones;
    /// budget and backoff are for whoever wants them to set.
    pub fn try_new(max: u64, only_idempotent: bool) -> Result<Params, BadParams> {
        match u8::try_from(max) {
            Ok(max) if max <= MAX_LIMIT => Ok(Params {
                max,
                only_idempotent,
                ..Params::default()
            }),
            _ => Err(BadParams { max }),
        }
    }

    pub fn max(&self) -> u8 {
        self.max
    }

    pub fn only_idempotent(&self) -> bool {
        self.only_idempotent
    }
}

impl Default for Params {
    fn default() -> Params {
        Params {
            max: MAX_DEFAULT,
            only_idempotent: true,
            statuses: Statuses::DEFAULT,
            budget: None,
            backoff: None,
            body_max: 0,
            hedge: None,
        }
    }
}

/// More retries than [`MAX_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadParams {
    max: u64,
}

impl fmt::Display for BadParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} retries are too many: at most {MAX_LIMIT}", self.max)
    }
}

impl std::error::Error for BadParams {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_the_number_of_retries() {
        assert_eq!(Params::try_new(10, true).map(|params| params.max()), Ok(10));
        for max in [11, 255, 256, 266, u64::MAX] {
            assert_eq!(Params::try_new(max, true), Err(BadParams { max }));
        }
    }
}
