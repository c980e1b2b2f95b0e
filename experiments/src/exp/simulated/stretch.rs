//! Sums over a stretch of each seed's run, such as the time in which something was broken.
//!
//! A stretch is made of the whole seconds in it: what belongs half to the time before it would be neither.

use super::compare::Samples;
use super::data::Data;

/// Of one seed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::exp) struct Sums {
    pub seconds: f64,
    pub requests: f64,
    pub attempts: f64,
    pub ok: f64,
}

impl Sums {
    /// Answered well, a second.
    pub(in crate::exp) fn goodput(&self) -> f64 {
        self.ok / self.seconds
    }

    pub(in crate::exp) fn attempts_per_request(&self) -> f64 {
        self.attempts / self.requests
    }
}

/// A figure of the stretch that `stretch` says for each seed; NaN of a seed that has none.
pub(in crate::exp) fn over(
    data: &Data,
    (variant, ask): (&str, Option<u64>),
    stretch: impl Fn(u64) -> Option<(f64, f64)>,
    figure: impl Fn(&Sums) -> f64,
) -> Samples {
    let mut all: Vec<(u64, Sums)> = Vec::new();
    for second in data.seconds_of(variant, ask) {
        let Some((from_s, to_s)) = stretch(second.seed) else {
            continue;
        };
        if all.last().is_none_or(|(seed, _)| *seed != second.seed) {
            all.push((second.seed, Sums::default()));
        }
        let (begin, end) = (second.second as f64, second.second as f64 + 1.0);
        if let (true, Some((_, sums))) = (from_s <= begin && end <= to_s, all.last_mut()) {
            sums.seconds += 1.0;
            sums.requests += second.requests as f64;
            sums.attempts += second.attempts as f64;
            sums.ok += second.ok as f64;
        }
    }
    all.into_iter()
        .map(|(seed, sums)| (seed, figure(&sums)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::simulated::Second;

    #[test]
    fn only_whole_seconds_of_the_stretch_count() {
        let second = |seed, second, ask| Second {
            seed,
            variant: "a".into(),
            ask,
            second,
            requests: 10,
            attempts: 20 + second,
            ok: 5,
            failed: 5,
            p99_us: None,
        };
        let rows = (1..=2).flat_map(|seed| (0..5).map(move |at| second(seed, at, None)));
        let data = Data {
            seconds: rows.chain([second(2, 2, Some(0))]).collect(),
            ..Data::default()
        };
        let stretch = |seed| (seed == 2).then_some((0.5, 3.0));
        let attempts = over(&data, ("a", None), stretch, Sums::attempts_per_request);
        assert_eq!(attempts, [(2, 2.15)]);
        assert_eq!(over(&data, ("a", None), stretch, Sums::goodput), [(2, 5.0)]);
        assert_eq!(over(&data, ("b", None), stretch, Sums::goodput), []);
        let nothing = over(&data, ("a", None), |_| Some((7.0, 9.0)), Sums::goodput);
        assert!(nothing.iter().all(|(_, value)| value.is_nan()));
    }
}
