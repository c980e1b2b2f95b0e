//! What a comparison says, as a value; its JSON is this type's.

use super::super::chance::Interval;
use super::super::figure::Figure;
use crate::report::duration;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use world::Seed;

/// Raised when a reader of older comparisons would misunderstand a newer one.
const FORMAT: u32 = 1;

/// Which latency is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// From the intended time: what a user sees.
    Response,
    /// From the actual send.
    Service,
}

impl FromStr for Of {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "response" => Ok(Self::Response),
            "service" => Ok(Self::Service),
            _ => Err(format!("{text:?} is neither response nor service")),
        }
    }
}

/// A difference that does not matter: a share of A, or for latencies a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Band {
    Relative(f64),
    /// In microseconds.
    Absolute(f64),
}

impl Band {
    /// How far from zero a difference may be; none where the band says nothing about such a figure.
    fn reach(self, figure: Figure, a: f64) -> Option<f64> {
        match self {
            Self::Relative(share) => Some(share * a.abs()),
            Self::Absolute(micros) => figure.is_latency().then_some(micros),
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(share) => write!(f, "{} %", (share * 1e5).round() / 1e3),
            Self::Absolute(micros) => f.write_str(&duration(*micros)),
        }
    }
}

impl FromStr for Band {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no band: write a share of A as in 5%, or a time as in 0.5ms");
        let number = |text: &str| {
            let number: f64 = text.trim().parse().ok()?;
            (number.is_finite() && number > 0.0).then_some(number)
        };
        if let Some(percent) = text.strip_suffix('%') {
            return number(percent)
                .map(|p| Self::Relative(p / 100.0))
                .ok_or_else(wrong);
        }
        // humantime knows whole numbers alone
        let units = [("ns", 1e-3), ("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)];
        let found = units
            .into_iter()
            .find_map(|(unit, micros)| Some(number(text.strip_suffix(unit)?)? * micros));
        found.map(Self::Absolute).ok_or_else(wrong)
    }
}

/// How a comparison is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub of: Of,
    pub equivalent: Option<Band>,
    /// Of the resamples.
    pub seed: Seed,
}

/// What the intervals rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Blocks of time within each of two runs.
    Blocks { a: usize, b: usize, seconds: f64 },
    /// Runs of both, interleaved: so many pairs.
    Rounds(usize),
    /// Nothing, and why.
    Nothing(String),
}

/// Two results set side by side. As JSON: this, with latencies in µs, rates per second and errors as a share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Always `comparison`, to tell it from other results.
    pub kind: String,
    pub format: u32,
    /// What A is, as it was named.
    pub a: String,
    pub b: String,
    pub of: Of,
    pub basis: Basis,
    /// The difference that does not matter, where one was given.
    pub equivalent: Option<String>,
    /// Of the resamples: the same gives the same intervals.
    pub seed: u64,
    /// Why A or B is not to be believed; nothing where both are.
    pub reasons: Vec<String>,
    /// What else was not the same, beside the target.
    pub notes: Vec<String>,
    pub rows: Vec<Compared>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub figure: Figure,
    pub a: f64,
    pub b: f64,
    /// B − A; of rounds, the median of the differences of each.
    pub difference: f64,
    /// The difference as a share of A; none where A is zero.
    pub relative: Option<f64>,
    /// Of the difference, 95 %.
    pub interval: Option<Interval>,
    pub finding: Finding,
    /// Whether the whole interval lies within the band that was asked about; none where none was.
    pub equivalent: Option<bool>,
    /// Why there is no interval, where there is none.
    pub why: Option<String>,
}

/// What may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// B is worse than A.
    Worse,
    /// B is better than A.
    Better,
    /// The interval holds zero.
    NoDifferenceShown,
    /// There is no interval.
    NotJudged,
}

impl Comparison {
    pub(super) fn new(
        names: [&str; 2],
        question: &Question,
        basis: Basis,
        reasons: Vec<String>,
        rows: Vec<Compared>,
    ) -> Self {
        let [a, b] = names.map(str::to_owned);
        Self {
            kind: "comparison".into(),
            format: FORMAT,
            a,
            b,
            of: question.of,
            basis,
            equivalent: question.equivalent.map(|band| band.to_string()),
            seed: question.seed.0,
            reasons,
            notes: Vec::new(),
            rows,
        }
    }

    pub fn is_valid(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether B is shown to be worse in this figure.
    pub fn shows_worse(&self, figure: Figure) -> bool {
        let row = self.rows.iter().find(|row| row.figure == figure);
        row.is_some_and(|row| row.finding == Finding::Worse)
    }
}

impl Compared {
    /// `interval` is an error where there is none, which says why.
    pub(super) fn new(
        figure: Figure,
        (a, b): (f64, f64),
        difference: f64,
        interval: Result<Interval, String>,
        band: Option<Band>,
    ) -> Self {
        let none = figure == Figure::Errors && a == 0.0 && b == 0.0;
        let (interval, why) = match interval {
            // resamples of nothing are nothing, which says nothing about what is rare
            Ok(_) if none => (None, Some("there were none in either".into())),
            Ok(interval) => (Some(interval), None),
            Err(why) => (None, Some(why)),
        };
        let finding = match interval {
            None => Finding::NotJudged,
            Some(interval) if interval.contains(0.0) => Finding::NoDifferenceShown,
            Some(interval) if figure.is_worse(interval.low) => Finding::Worse,
            Some(_) => Finding::Better,
        };
        let reach = band.and_then(|band| band.reach(figure, a));
        let equivalent = reach
            .map(|reach| interval.is_some_and(|interval| interval.low >= -reach && interval.high <= reach));
        Self {
            figure,
            a,
            b,
            difference,
            relative: (a != 0.0).then(|| difference / a),
            interval,
            finding,
            equivalent,
            why,
        }
    }
}
