//! Service levels: what the target has to keep to, such as `p99<50ms` or `errors<0.1%`.
//!
//! A latency is response time (from the intended time) of answered requests, unless the level says otherwise:
//! `service.p99<20ms`, `first_byte.p95<10ms`. Errors are failures and unexpected answers, as a share of what was planned.

use super::ratio::{per_second, share};
use crate::record::Recording;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One level, as typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    text: String,
    figure: Figure,
    relation: Relation,
    limit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Figure {
    /// Nanoseconds at a quantile.
    Quantile(Times, f64),
    Mean(Times),
    Max(Times),
    /// Of what was planned, 0 to 1.
    Errors,
    /// Answers per second.
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Times {
    Response,
    Service,
    FirstByte,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// A level and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// As typed.
    pub slo: String,
    pub measured: String,
    pub holds: bool,
}

impl Slo {
    pub fn judge(&self, recording: &Recording) -> Judged {
        let value = self.value(recording);
        let holds = value.is_some_and(|value| self.relation.holds(value, self.limit));
        let measured = value.map_or("nothing to measure".into(), |value| match self.figure {
            Figure::Errors => format!("{:.3} %", value * 100.0),
            Figure::Rate => format!("{value:.1}/s"),
            _ => super::words::duration(value / 1e3),
        });
        Judged {
            slo: self.text.clone(),
            measured,
            holds,
        }
    }

    /// Whether it can be judged while the run goes on, when only response times and counts are told.
    pub fn can_be_watched(&self) -> bool {
        match self.figure {
            Figure::Quantile(times, _) | Figure::Mean(times) | Figure::Max(times) => times == Times::Response,
            Figure::Errors | Figure::Rate => true,
        }
    }

    /// The response time that it allows, in microseconds, if it is about one.
    pub fn response_limit_us(&self) -> Option<f64> {
        match self.figure {
            Figure::Quantile(Times::Response, _)
            | Figure::Mean(Times::Response)
            | Figure::Max(Times::Response) => Some(self.limit / 1e3),
            _ => None,
        }
    }

    fn value(&self, recording: &Recording) -> Option<f64> {
        let of = |times| -> Option<&Histogram<u64>> {
            let histogram = match times {
                Times::Response => &recording.response,
                Times::Service => &recording.service,
                Times::FirstByte => &recording.phases.first_byte,
            };
            Some(histogram).filter(|histogram| !histogram.is_empty())
        };
        let counts = &recording.counts;
        match self.figure {
            Figure::Quantile(times, quantile) => of(times).map(|h| h.value_at_quantile(quantile) as f64),
            Figure::Mean(times) => of(times).map(Histogram::mean),
            Figure::Max(times) => of(times).map(|h| h.max() as f64),
            Figure::Errors => (counts.planned > 0).then(|| share(counts.errors(), counts.planned)),
            Figure::Rate => {
                let released = recording.released_for.max(recording.last_outcome);
                Some(per_second(counts.done, released.saturating_sub(recording.warmup)))
            }
        }
    }
}

impl Relation {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
        }
    }
}

impl FromStr for Slo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no service level: write one as in 'p99<50ms', 'mean<5ms', 'errors<0.1%' or 'rate>=1000'"
            )
        };
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (figure, rest) = text.split_at(at);
        let (relation, limit) = match rest.strip_prefix("<=").map(|limit| (Relation::AtMost, limit)) {
            Some(found) => found,
            None => match (
                rest.strip_prefix(">="),
                rest.strip_prefix('<'),
                rest.strip_prefix('>'),
            ) {
                (Some(limit), ..) => (Relation::AtLeast, limit),
                (_, Some(limit), _) => (Relation::Below, limit),
                (_, _, Some(limit)) => (Relation::Above, limit),
                _ => return Err(wrong()),
            },
        };
        let figure = Figure::parse(figure.trim()).ok_or_else(wrong)?;
        let limit = figure.limit(limit.trim()).ok_or_else(wrong)?;
        Ok(Self {
            text: text.trim().to_owned(),
            figure,
            relation,
            limit,
        })
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Figure {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "errors" => return Some(Self::Errors),
            "rate" => return Some(Self::Rate),
            _ => {}
        }
        let (times, figure) = match text.split_once('.') {
            Some(("response", figure)) => (Times::Response, figure),
            Some(("service", figure)) => (Times::Service, figure),
            Some(("first_byte", figure)) => (Times::FirstByte, figure),
            _ => (Times::Response, text),
        };
        match figure {
            "mean" => Some(Self::Mean(times)),
            "max" => Some(Self::Max(times)),
            _ => {
                let percent: f64 = figure.strip_prefix('p')?.parse().ok()?;
                (percent > 0.0 && percent < 100.0).then_some(Self::Quantile(times, percent / 100.0))
            }
        }
    }

    fn limit(self, text: &str) -> Option<f64> {
        let number = |text: &str| {
            let number: f64 = text.trim().parse().ok()?;
            (number.is_finite() && number >= 0.0).then_some(number)
        };
        match self {
            Self::Errors => match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|percent| percent / 100.0),
                None => number(text),
            },
            Self::Rate => number(text.strip_suffix("/s").unwrap_or(text)),
            Self::Quantile(..) | Self::Mean(_) | Self::Max(_) => {
                let limit: Duration = humantime::parse_duration(text).ok()?;
                Some(limit.as_nanos() as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobSpec;
    use crate::record::Answered;

    fn recording() -> Recording {
        let job = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test").build();
        let mut recording = Recording::new(&job.expect("valid"));
        for k in 1..=100 {
            let at = Duration::from_millis(10 * k);
            recording.planned(at, at);
            recording.done(
                at,
                at + Duration::from_millis(k),
                Answered {
                    status: 200,
                    body_bytes: 0,
                    service: Duration::from_micros(500 * k),
                    first_byte: Duration::from_micros(100 * k),
                },
            );
        }
        recording.close(Duration::from_secs(1));
        recording
    }

    #[test]
    fn levels_hold_or_not() {
        let recording = recording();
        for (text, holds) in [
            ("p99<99.2ms", true),
            ("p99<98ms", false),
            ("p50 <= 50.1ms", true),
            ("service.p99<50ms", true),
            ("first_byte.max<10.1ms", true),
            ("mean>50ms", true),
            ("max<100ms", false),
            ("errors<0.1%", true),
            ("errors<0", false),
            ("rate>=90", true),
            ("rate>200/s", false),
        ] {
            let slo: Slo = text.parse().expect(text);
            let judged = slo.judge(&recording);
            assert_eq!(judged.holds, holds, "{judged:?}");
        }
    }

    #[test]
    fn what_is_no_level_says_what_to_write() {
        for text in [
            "",
            "p99",
            "p99<",
            "p99<50",
            "p0<1ms",
            "p100<1ms",
            "p99.9.9<1ms",
            "errors<x%",
            "rate<-1",
            "tail.p99<1ms",
        ] {
            let error = text.parse::<Slo>().expect_err(text);
            assert!(error.contains("p99<50ms"), "{error}");
        }
    }

    #[test]
    fn nothing_measured_is_not_kept() {
        let job = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test").build();
        let empty = Recording::new(&job.expect("valid"));
        let slo: Slo = "p99<1s".parse().expect("a level");
        assert!(!slo.judge(&empty).holds);
    }
}
