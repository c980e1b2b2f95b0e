//! A steady figure, or why there is none.

/// A number per request; where a tool is missing, the reason, so that the gap is seen and counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    Measured(f64),
    /// A fragment that fits "not measured (…)".
    Missing(String),
}

impl Figure {
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Measured(value) => Some(*value),
            Self::Missing(_) => None,
        }
    }
}

/// What a process allocates beside its requests is never quite the same: by so much of the shorter run's count the longer one
/// may stay below it.
const RUNS_DIFFER_BY: f64 = 0.01;

/// What one more request costs: the slope between two run lengths, given as (requests, total).
pub fn per_request(short: (u64, u64), long: (u64, u64)) -> Figure {
    if long.0 <= short.0 || long.1 < short.1 {
        return Figure::Missing(format!(
            "the longer run counted no more than the shorter one: {} in {} requests, {} in {}",
            short.1, short.0, long.1, long.0
        ));
    }
    Figure::Measured((long.1 - short.1) as f64 / (long.0 - short.0) as f64)
}

/// The same of what requests may not have at all, such as allocations: a little fewer in the longer run are none for each. Of
/// anything else fewer are a run that went wrong.
pub fn per_request_if_any(short: (u64, u64), long: (u64, u64)) -> Figure {
    let least = short.1 as f64 * (1.0 - RUNS_DIFFER_BY);
    let is_none = long.1 < short.1 && long.1 as f64 >= least;
    per_request(short, if is_none { (long.0, short.1) } else { long })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_grow_with_requests_cancels_out() {
        // 5 000 000 to start, 20 000 a request
        assert_eq!(
            per_request((2_000, 45_000_000), (8_000, 165_000_000)),
            Figure::Measured(20_000.0)
        );
    }

    #[test]
    fn what_requests_do_not_add_to_is_nothing() {
        let allocations = |long| per_request_if_any((1_000, 749), (5_000, long)).value();
        assert_eq!(
            [741, 742, 749, 4_749].map(allocations),
            [None, Some(0.0), Some(0.0), Some(1.0)]
        );
        // which is said of nothing else
        assert_eq!(per_request((1_000, 749), (5_000, 748)).value(), None);
    }

    #[test]
    fn impossible_counts_are_no_figure() {
        assert_eq!(per_request((10, 5), (10, 9)).value(), None);
        assert_eq!(per_request((10, 5), (20, 4)).value(), None);
    }
}
