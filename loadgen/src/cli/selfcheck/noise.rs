//! What the kernel says of the machine's own lateness: nobody is believed about himself.
//!
//! Sums, so upper bounds of any single delay. Where `/proc` does not tell, nothing is known to have been late, and
//! the check is only the stricter for it.

use std::fs::read_to_string;
use std::time::Duration;

/// `/proc/stat` counts in these, on every Linux since 2.6.
const TICK: Duration = Duration::from_millis(10);

/// How long the calling thread was ready to run and something else ran on its core, so far.
pub(super) fn waited() -> Duration {
    let stat = read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(field(&stat, 1))
}

/// How long the hypervisor ran something else, over all cores, so far.
pub(super) fn stolen() -> Duration {
    let stat = read_to_string("/proc/stat").unwrap_or_default();
    let ticks = field(stat.lines().next().unwrap_or_default(), 8);
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

fn field(line: &str, index: usize) -> u64 {
    line.split_whitespace()
        .nth(index)
        .and_then(|field| field.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn fields_that_are_not_there_are_zero() {
        assert_eq!(field("cpu  1 2 3 4 5 6 7 8 9", 8), 8);
        assert_eq!(field("10 20 30", 1), 20);
        assert_eq!(field("10", 1) + field("a b", 1) + field("", 0), 0);
    }
}
