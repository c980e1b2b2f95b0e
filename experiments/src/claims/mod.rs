//! Claims: sentences with a number that the run itself confirms or refutes.
//!
//! A claim is judged only by instruments that were good enough; otherwise it is `invalid`, and what a scale
//! may not judge is `not_judged`. Exit codes: a refuted claim gives 3, an invalid one 4, and 3 comes
//! first, because a claim refuted by good instruments is a finding whatever happened to another one. A run that is
//! invalid as a whole makes each of its claims invalid and so exits 4. A goal is what is aimed at and not claimed: missed, it stands in
//! the report as loud as a refuted claim, with what holds it, and fails no run; a claim beside it says what is held.

mod judge;

pub use judge::{judge_equivalence, judge_interval, judge_interval_above, judge_side, void_all};

use serde::{Deserialize, Serialize};

/// One line of `claims.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub id: String,
    /// The sentence, with its number.
    pub claim: String,
    pub measured: Option<f64>,
    pub limit: Option<f64>,
    pub unit: String,
    pub verdict: Verdict,
    /// Why it is not judged or invalid, or what else belongs to the number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Holds,
    Refuted,
    /// A goal that is not reached.
    Missed,
    /// This scale does not judge it, or what it is compared with is not on this machine.
    NotJudged,
    /// The instruments were not good enough to tell.
    Invalid,
}

impl Verdict {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Missed => "goal missed",
            Self::NotJudged => "not judged",
            Self::Invalid => "invalid",
        }
    }
}

pub const EXIT_REFUTED: u8 = 3;
pub const EXIT_INVALID: u8 = 4;

/// The exit code of a finished run: 0, [`EXIT_REFUTED`] or [`EXIT_INVALID`].
pub fn exit_code(claims: &[Claim]) -> u8 {
    let any = |verdict| claims.iter().any(|claim| claim.verdict == verdict);
    if any(Verdict::Refuted) {
        EXIT_REFUTED
    } else if any(Verdict::Invalid) {
        EXIT_INVALID
    } else {
        0
    }
}

#[cfg(test)]
mod tests;
