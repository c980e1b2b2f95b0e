//! Units by magnitude, so that an axis has numbers of few digits: of latencies, and of the time since the start.

use charts::{Axis, number};

/// Less than a generator's clock can tell. Shorter times are drawn as this: a logarithmic axis has no zero, and a
/// nanosecond on it would push everything else to the top.
const FLOOR_NS: f64 = 100.0;

const MILLI_NS: f64 = 1e6;
const SECOND_NS: f64 = 1e9;

/// A unit of latency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    name: &'static str,
    nanos: f64,
}

impl Unit {
    /// For values of which the greatest is `most_ns`: four digits at most where that is possible.
    pub(super) fn for_most(most_ns: f64) -> Self {
        let (name, nanos) = match most_ns {
            most if most < 10.0 * MILLI_NS => ("µs", 1e3),
            most if most < 10.0 * SECOND_NS => ("ms", MILLI_NS),
            _ => ("s", SECOND_NS),
        };
        Self { name, nanos }
    }

    /// As it stands on a linear axis.
    pub(super) fn of(self, nanos: f64) -> f64 {
        nanos / self.nanos
    }

    /// As it stands on a logarithmic axis.
    pub(super) fn positive(self, nanos: f64) -> f64 {
        self.of(nanos.max(FLOOR_NS))
    }

    pub(super) fn axis(self, title: &str) -> Axis {
        Axis::new(title, self.name)
    }
}

/// A latency in words, in its own unit: three digits.
pub(super) fn duration(nanos: f64) -> String {
    let (name, unit) = match nanos {
        nanos if nanos < 999.5e3 => ("µs", 1e3),
        nanos if nanos < 999.5 * MILLI_NS => ("ms", MILLI_NS),
        _ => ("s", SECOND_NS),
    };
    format!("{} {name}", number::significant(nanos / unit, 3))
}

/// A quantile as people write it: 0.999 is p99.9.
pub(super) fn percentile(quantile: f64) -> String {
    format!("p{}", (quantile * 1e8).round() / 1e6)
}

/// A unit of the time since the start of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clock {
    name: &'static str,
    seconds: f64,
}

impl Clock {
    /// For a run that ends after `end_s`.
    pub(super) fn for_end(end_s: f64) -> Self {
        let (name, seconds) = match end_s {
            end if end <= 600.0 => ("s", 1.0),
            end if end <= 6.0 * 3_600.0 => ("min", 60.0),
            _ => ("h", 3_600.0),
        };
        Self { name, seconds }
    }

    pub(super) fn of(self, seconds: f64) -> f64 {
        seconds / self.seconds
    }

    pub(super) fn axis(self) -> Axis {
        Axis::new("time since start", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_has_few_digits() {
        let check = |most_ns, name| assert_eq!(Unit::for_most(most_ns).name, name, "{most_ns}");
        check(0.0, "µs");
        check(9.9e6, "µs");
        check(1e7, "ms");
        check(9.9e9, "ms");
        check(3.6e12, "s");
        assert_eq!(Unit::for_most(1e9).of(2.5e6), 2.5);
        assert_eq!(Unit::for_most(1e6).positive(0.0), 0.1);
        assert_eq!(
            [999_499.0, 1.25e6, 2e9].map(duration),
            ["999 µs", "1.25 ms", "2.00 s"]
        );
        assert_eq!(percentile(0.999), "p99.9");
        assert_eq!(Clock::for_end(3_600.0).of(90.0), 1.5);
    }
}
