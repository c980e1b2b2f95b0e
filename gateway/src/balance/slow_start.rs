//! Slow start: a replica that comes back gets a share that grows with time.
//!
//! Its caches are cold, its code is not compiled, its connection pools are empty; and a kind that goes by load
//! would hand it everything, since it has nothing to do yet. From [`SHARE_FIRST`], because nothing warms up on
//! nothing, linearly to all of it.

use std::time::Duration;

/// All of what is a replica's due.
pub const SHARE_FULL: u64 = 1_000;

/// A tenth: enough to warm up on, and if it falls over again few have noticed.
const SHARE_FIRST: u64 = SHARE_FULL / 10;

/// The share of a replica that came back this long ago, where slow start takes `window`.
pub fn share(since: Duration, window: Duration) -> u64 {
    if since >= window {
        return SHARE_FULL;
    }
    let grown = u128::from(SHARE_FULL - SHARE_FIRST) * since.as_micros();
    SHARE_FIRST + grown.checked_div(window.as_micros()).unwrap_or_default() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_linearly_from_a_tenth_to_all() {
        let window = Duration::from_secs(30);
        for (since_s, expected) in [
            (0, 100),
            (10, 400),
            (15, 550),
            (29, 970),
            (30, 1_000),
            (99, 1_000),
        ] {
            assert_eq!(share(Duration::from_secs(since_s), window), expected, "{since_s}");
        }
        assert_eq!(share(Duration::ZERO, Duration::ZERO), SHARE_FULL);
    }
}
