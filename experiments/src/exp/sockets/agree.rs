//! One world's series beside the other's: second by second, whether what was seen on sockets lies where the simulator's seeds lie.
//!
//! Seeds differ in when something breaks, so seconds are counted from a moment that each run has: its origin. The band at a second is from the least to the
//! most of all simulated seeds in it, in the one before and in the one after (a second is cut anywhere), and wider by a tenth of that and by a slack, which is
//! what the series moves by chance.

use crate::exp::simulated::Data;
use crate::stand::simulated::Second;
use crate::stats::median;
use std::collections::BTreeMap;

/// Wider by this share.
const WIDER: f64 = 0.1;

/// A figure of each second.
#[derive(Clone, Copy)]
pub(in crate::exp) struct Series<'a> {
    pub(in crate::exp) name: &'a str,
    pub(in crate::exp) unit: &'a str,
    pub(in crate::exp) ask: Option<u64>,
    pub(in crate::exp) figure: fn(&Second) -> Option<f64>,
    /// By chance.
    pub(in crate::exp) slack: f64,
}

impl<'a> Series<'a> {
    /// Of a second's requests, those that were answered well.
    pub(in crate::exp) const fn good_answers(slack: f64) -> Self {
        Self {
            name: "shares of good answers",
            unit: "",
            ask: None,
            figure: good_answers,
            slack,
        }
    }

    /// The same of one kind of request.
    pub(in crate::exp) const fn good_answers_of(name: &'a str, ask: u64, slack: f64) -> Self {
        Self {
            name,
            ask: Some(ask),
            ..Self::good_answers(slack)
        }
    }

    /// What reaches the upstream of a second's requests.
    pub(in crate::exp) const fn attempts_per_request(slack: f64) -> Self {
        Self {
            name: "attempts per request",
            figure: attempts_per_request,
            ..Self::good_answers(slack)
        }
    }

    /// Its name as part of a file's, or a claim's.
    pub(in crate::exp) fn slug(&self) -> String {
        let words = self
            .name
            .split(' ')
            .map(|word| word.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
        words.collect::<Vec<_>>().join("-")
    }
}

fn good_answers(second: &Second) -> Option<f64> {
    (second.requests > 0).then(|| second.ok as f64 / second.requests as f64)
}

fn attempts_per_request(second: &Second) -> Option<f64> {
    (second.requests > 0).then(|| second.attempts as f64 / second.requests as f64)
}

/// One second of it, in seconds from the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::exp) struct Point {
    pub(in crate::exp) at_s: f64,
    pub(in crate::exp) measured: f64,
    pub(in crate::exp) low: f64,
    pub(in crate::exp) high: f64,
    /// The simulator's median.
    pub(in crate::exp) middle: f64,
}

impl Point {
    pub(in crate::exp) fn is_inside(&self) -> bool {
        (self.low..=self.high).contains(&self.measured)
    }
}

/// A variant of it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::exp) struct Compared {
    pub(in crate::exp) variant: String,
    pub(in crate::exp) points: Vec<Point>,
}

/// Lays the sockets' first seed over the simulator's seeds; `origin` is a run's, by its data, variant and seed.
pub(in crate::exp) fn compare(
    simulated: &Data,
    sockets: &Data,
    variant: &str,
    series: &Series<'_>,
    origin: impl Fn(&Data, u64) -> f64,
) -> Compared {
    let seconds = |data: &Data, seed: u64| -> Vec<(i64, f64)> {
        let from = origin(data, seed).floor() as i64;
        let of_seed = data.seconds_of(variant, series.ask).filter(|of| of.seed == seed);
        let figures = of_seed.filter_map(|of| Some((of.second as i64 - from, (series.figure)(of)?)));
        let mut all: Vec<_> = figures.collect();
        // the last second is a part of one
        all.pop();
        all
    };
    let mut seen: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in simulated
        .seeds()
        .into_iter()
        .flat_map(|seed| seconds(simulated, seed))
    {
        seen.entry(at).or_default().push(value);
    }
    let point = |(at, measured): (i64, f64)| {
        let middle = median(seen.get(&at)?)?;
        let around = (at - 1..=at + 1).filter_map(|at| seen.get(&at)).flatten();
        let ends = around.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
        Some(Point {
            at_s: at as f64 + 0.5,
            measured,
            low: ends.0 * (1.0 - WIDER) - series.slack,
            high: ends.1 * (1.0 + WIDER) + series.slack,
            middle,
        })
    };
    let points = seconds(sockets, sockets.example_seed())
        .into_iter()
        .filter_map(point);
    Compared {
        variant: variant.to_owned(),
        points: points.collect(),
    }
}

/// Of all seconds of all variants, how many lie inside, in percent, and how many there are.
pub(in crate::exp) fn share_inside(compared: &[Compared]) -> Option<(f64, usize)> {
    let points = || compared.iter().flat_map(|of| &of.points);
    let all = points().count();
    let inside = points().filter(|point| point.is_inside()).count();
    (all > 0).then(|| (100.0 * inside as f64 / all as f64, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::simulated::Whole;

    fn data(seeds: &[u64], ok: impl Fn(u64, u64) -> u64) -> Data {
        let mut data = Data::default();
        for seed in seeds {
            data.wholes.push(Whole {
                seed: *seed,
                variant: "a".into(),
                ..Whole::default()
            });
            data.seconds.extend((0..10).map(|second| Second {
                seed: *seed,
                variant: "a".into(),
                second,
                requests: 100,
                attempts: 100,
                ok: ok(*seed, second),
                ..Second::default()
            }));
        }
        data
    }

    #[test]
    fn what_lies_beyond_all_seeds_is_outside() {
        // it breaks at second 4, 5 or 6, and half is lost for two seconds
        let broken = |seed: u64, second: u64| {
            if (seed..seed + 2).contains(&second) {
                50
            } else {
                100
            }
        };
        let simulated = data(&[4, 5, 6], broken);
        let series = Series {
            name: "good answers",
            unit: "1/s",
            ask: None,
            figure: |second| Some(second.ok as f64),
            slack: 1.0,
        };
        let origin = |_: &Data, seed: u64| seed as f64 + 0.3;
        let inside = |sockets: &Data| {
            let compared = compare(&simulated, sockets, "a", &series, origin);
            share_inside(&[compared]).expect("seconds")
        };
        assert_eq!(inside(&data(&[5], broken)), (100.0, 9));
        // a second longer is a cut second; two are not
        let longer = |by: u64| {
            data(&[5], move |seed, second| {
                if (seed..seed + 2 + by).contains(&second) {
                    50
                } else {
                    100
                }
            })
        };
        assert_eq!(inside(&longer(1)).0, 100.0);
        assert!((inside(&longer(2)).0 - 100.0 * 8.0 / 9.0).abs() < 1e-9);
        assert_eq!(share_inside(&[]), None);
    }
}
