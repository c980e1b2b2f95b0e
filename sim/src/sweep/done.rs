//! What came of one run, in little: what is counted of it, and how it failed.

use super::digest::Digest;
use crate::coverage::Visits;
use crate::judge::{Check, Verdict};
use crate::run::{Run, RunError};
use crate::world::Panicked;
use serde::{Deserialize, Serialize};

/// Of what a failure says so much is kept.
const WHAT_BYTES_MAX: usize = 2_048;

/// How a run ended, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Holds,
    Invalid,
    /// It could not be played to its end.
    NotPlayed,
    LivenessLost,
    Violated,
    Crashed,
}

impl Ending {
    pub const ALL: [Self; 6] = [
        Self::Holds,
        Self::Invalid,
        Self::NotPlayed,
        Self::LivenessLost,
        Self::Violated,
        Self::Crashed,
    ];

    /// As documented in `sim sweep --help`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Invalid => 4,
            Self::NotPlayed => 1,
            Self::LivenessLost => 5,
            Self::Violated => 3,
            Self::Crashed => 101,
        }
    }

    /// Whether it is a failure that can be made small: one that shows nothing, or cannot be played, has no smaller one.
    pub(super) fn shrinks(self) -> bool {
        match self {
            Self::LivenessLost | Self::Violated | Self::Crashed => true,
            Self::Holds | Self::Invalid | Self::NotPlayed => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Invalid => "invalid",
            Self::NotPlayed => "not played",
            Self::LivenessLost => "liveness lost",
            Self::Violated => "violated",
            Self::Crashed => "crashed",
        }
    }
}

impl From<Verdict> for Ending {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::Holds,
            Verdict::LivenessLost => Self::LivenessLost,
            Verdict::Invalid => Self::Invalid,
            Verdict::Violated => Self::Violated,
        }
    }
}

/// A run that does not hold, and the first thing that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub scenario: String,
    pub seed: u64,
    pub ending: Ending,
    /// The variant of the scenario; none where it did not come to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Who says so: an oracle, `expectation`, `panic` or `error`.
    pub by: String,
    /// In words.
    pub what: String,
}

/// One run, done.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    pub scenario: String,
    pub ending: Ending,
    pub failure: Option<Failure>,
    /// Of each oracle of each variant: its name, how much it looked at, and how many violations it found.
    pub looked: Vec<(&'static str, u64, u64)>,
    pub visits: Visits,
    pub digest: Digest,
    pub requests: u64,
    pub events: u64,
}

impl Done {
    pub fn new(scenario: &str, seed: u64, played: Result<Result<Run, RunError>, Panicked>) -> Self {
        match played {
            Ok(Ok(run)) => Self::judged(scenario, seed, &run),
            Ok(Err(error)) => {
                let what = format!("failed to {error}");
                Self::without_end(scenario, seed, Ending::NotPlayed, "error", what)
            }
            Err(panicked) => {
                let what = panicked.to_string();
                Self::without_end(scenario, seed, Ending::Crashed, "panic", what)
            }
        }
    }

    fn judged(scenario: &str, seed: u64, run: &Run) -> Self {
        let mut visits = Visits::default();
        let mut looked = Vec::new();
        for played in &run.variants {
            visits.add(&played.judgement.visits);
            for check in played.checks() {
                if let Some(finding) = &check.finding {
                    let violations = finding.violations.len() as u64 + finding.more;
                    looked.push((check.name, finding.looked_at, violations));
                }
            }
        }
        let verdict = run.verdict();
        Self {
            scenario: scenario.to_owned(),
            ending: verdict.into(),
            failure: (verdict != Verdict::Holds).then(|| failure(scenario, seed, run)),
            looked,
            visits,
            digest: Digest::of(scenario, seed, &run.trace.hash),
            requests: run.requests(),
            events: run.trace.events,
        }
    }

    /// What was seen before it broke off is lost with it.
    fn without_end(scenario: &str, seed: u64, ending: Ending, by: &str, what: String) -> Self {
        Self {
            scenario: scenario.to_owned(),
            ending,
            digest: Digest::of(scenario, seed, &what),
            failure: Some(Failure {
                scenario: scenario.to_owned(),
                seed,
                ending,
                variant: None,
                by: by.to_owned(),
                what: cut(what),
            }),
            looked: Vec::new(),
            visits: Visits::default(),
            requests: 0,
            events: 0,
        }
    }
}

/// The first check, over all variants, that has the run's verdict.
fn failure(scenario: &str, seed: u64, run: &Run) -> Failure {
    let verdict = run.verdict();
    let mut checks = run
        .variants
        .iter()
        .flat_map(|played| played.checks().iter().map(move |check| (&played.name, check)));
    let worst = checks.find(|(_, check)| check.verdict == verdict);
    let (variant, by, what) = match worst {
        Some((variant, check)) => (Some(variant.clone()), check.name, in_words(check)),
        None => (None, "error", "nothing was judged".into()),
    };
    Failure {
        scenario: scenario.to_owned(),
        seed,
        ending: verdict.into(),
        variant,
        by: by.to_owned(),
        what: cut(what),
    }
}

fn in_words(check: &Check) -> String {
    let violation = check
        .finding
        .as_ref()
        .and_then(|finding| finding.violations.first());
    match violation {
        Some(violation) => violation.to_string(),
        None => format!("{}: {}", check.what, check.measured),
    }
}

fn cut(mut what: String) -> String {
    what.truncate(what.floor_char_boundary(WHAT_BYTES_MAX));
    what
}
