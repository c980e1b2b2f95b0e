//! Retrying: may a request whose attempt failed be sent again, when, and is it affordable?
//!
//! Pure: the attempt's number and outcome and what is known of the request go in, [`Decision`] comes out; so many requests
//! and retries go in, and whether one more is within the [`Budget`] comes out; how long to wait is drawn by the caller's
//! chance. To whom it is sent again and whether time is left are the proxy's to know: the route's timeout covers all
//! attempts together, the waits between them included.
//!
//! A hedge is the same before the first attempt has failed.

mod after;
mod backoff;
mod budget;
mod decide;
mod hedge;
mod method;
mod params;
mod quantile;
mod statuses;

#[cfg(test)]
mod tests;

pub use after::{may_say_when, retry_after};
pub use backoff::{Backoff, BadBackoff};
pub use budget::{BUCKET, BadBudget, Budget, Counts, bucket};
pub use decide::{Decision, Outcome};
pub use hedge::{Hedge, MIN_DEFAULT};
pub use method::is_idempotent;
pub use params::{BadParams, MAX_DEFAULT, MAX_LIMIT, Params};
pub use quantile::{BadQuantile, Quantile, Running, TAIL_LEAST};
pub use statuses::{BadRange, Statuses};
