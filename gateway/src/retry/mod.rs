//! Retrying: may a request whose attempt failed be sent again?
//!
//! Pure: the attempt's number and outcome and what is known of the request go in, [`Decision`] comes out.
//! When it is sent again, to whom and whether time is left are the proxy's to know: the route's timeout
//! covers all attempts together.
//!
//! Not here: backoff, budgets and hedging. Without them a retry multiplies load just when an upstream has
//! least to spare; that is what the retry storm scenario shows.

mod decide;
mod method;
mod params;

#[cfg(test)]
mod tests;

pub use decide::{Decision, Outcome};
pub use method::is_idempotent;
pub use params::{BadParams, MAX_DEFAULT, MAX_LIMIT, Params};
