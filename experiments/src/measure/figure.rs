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

/// Start-up is never quite the same: by so much of the shorter run's count the longer one may stay below it, and then a
/// request costs nothing.
const STARTS_DIFFER_BY: f64 = 0.01;

/// What one more request costs: the slope between two run lengths, given as (requests, total).
pub fn per_request(short: (u64, u64), long: (u64, u64)) -> Figure {
    let least = short.1 as f64 * (1.0 - STARTS_DIFFER_BY);
    if long.0 <= short.0 || (long.1 as f64) < least {
        return Figure::Missing(format!(
            "the longer run counted no more than the shorter one: {} in {} requests, {} in {}",
            short.1, short.0, long.1, long.0
        ));
    }
    Figure::Measured(long.1.saturating_sub(short.1) as f64 / (long.0 - short.0) as f64)
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
        assert_eq!(per_request((1_000, 749), (5_000, 742)), Figure::Measured(0.0));
        assert_eq!(per_request((1_000, 749), (5_000, 741)).value(), None);
    }

    #[test]
    fn impossible_counts_are_no_figure() {
        assert_eq!(per_request((10, 5), (10, 9)).value(), None);
        assert_eq!(per_request((10, 5), (20, 4)).value(), None);
    }
}
