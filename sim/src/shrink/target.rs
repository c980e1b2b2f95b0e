//! What it means that a run still fails: in the same way as at first.

use crate::judge::{Check, Verdict};
use crate::run::Played;
use crate::world::Panicked;
use scenarios::{Expectation, Scenario};
use std::fmt;

/// The way in which a run fails.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// The oracle of this name is violated.
    Oracle { name: &'static str, liveness: bool },
    /// This expectation is not met.
    Expectation(Expectation),
    /// A program panics there.
    Panic { place: String },
}

/// Where it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shows {
    /// When, if that is one moment.
    pub at_us: Option<u64>,
    /// In words.
    pub what: String,
}

/// What failed worst in a variant, of several the first; `None` if nothing did.
pub(super) fn of(played: &Played) -> Option<Target> {
    let checks = played.checks();
    let worst = checks
        .iter()
        .filter(|check| is_failure(check))
        .map(|check| check.verdict)
        .max()?;
    let check = checks.iter().find(|check| check.verdict == worst)?;
    if check.finding.is_some() {
        return Some(Target::Oracle {
            name: check.name,
            liveness: worst == Verdict::LivenessLost,
        });
    }
    // expectations are judged in their order, after all oracles
    let place = expectations(checks).position(|each| std::ptr::eq(each, check))?;
    played
        .scenario
        .expectations
        .get(place)
        .cloned()
        .map(Target::Expectation)
}

impl Target {
    pub(super) fn of_panic(panicked: &Panicked) -> Self {
        Self::Panic {
            place: panicked.place.clone(),
        }
    }

    /// Where a run that came to its end shows it.
    pub(super) fn shows(&self, played: &Played) -> Option<Shows> {
        let checks = played.checks();
        match self {
            Self::Oracle { name, .. } => {
                let mut failed = checks
                    .iter()
                    .filter(|check| check.name == *name && is_failure(check));
                let finding = failed.next()?.finding.as_ref()?;
                let first = finding.violations.first()?;
                Some(Shows {
                    at_us: Some(first.at_us),
                    what: first.what.clone(),
                })
            }
            Self::Expectation(expectation) => {
                let place = played
                    .scenario
                    .expectations
                    .iter()
                    .position(|each| each == expectation)?;
                let check = expectations(checks)
                    .nth(place)
                    .filter(|check| is_failure(check))?;
                Some(Shows {
                    at_us: None,
                    what: format!("{}: {}", check.what, check.measured),
                })
            }
            Self::Panic { .. } => None,
        }
    }

    /// Where a panic is it.
    pub(super) fn shows_panic(&self, panicked: &Panicked) -> Option<Shows> {
        (*self == Self::of_panic(panicked)).then(|| Shows {
            at_us: None,
            what: panicked.message.clone(),
        })
    }

    /// What needs the time after the heal: it must stay where it is, and with it the phases of the run.
    pub(super) fn needs_heal(&self) -> bool {
        match self {
            Self::Oracle { liveness, .. } => *liveness,
            Self::Expectation(_) => true,
            Self::Panic { .. } => false,
        }
    }

    /// The scenario without any expectation but the one that is meant.
    pub(super) fn alone(&self, scenario: &Scenario) -> Scenario {
        let expectations = match self {
            Self::Expectation(expectation) => vec![expectation.clone()],
            _ => Vec::new(),
        };
        Scenario {
            expectations,
            ..scenario.clone()
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oracle { name, .. } => write!(f, "oracle {name}"),
            Self::Expectation(_) => f.write_str("an expectation"),
            Self::Panic { place } => write!(f, "panic at {place}"),
        }
    }
}

/// A run that shows nothing has not failed.
fn is_failure(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Violated | Verdict::LivenessLost)
}

fn expectations(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| check.finding.is_none())
}
