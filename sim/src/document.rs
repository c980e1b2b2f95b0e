//! What was played, as data: the header of every trace, and what a replay file is.
//!
//! It holds the whole scenario of every variant, so that it can be played again when the scenario's builder has long
//! changed, and shrunk without it.

use crate::scenarios::{Entry, KnobErrors, Variant};
use serde::{Deserialize, Serialize};
use world::Seed;

/// The version of the form.
pub const FORMAT: u32 = 1;

/// One run's description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub format: u32,
    pub scenario: String,
    pub seed: u64,
    /// Knobs that were set by hand, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// Every knob, as decided.
    #[serde(default)]
    pub knobs: Vec<(String, String)>,
    /// The bug that was planted in the gateway, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plant: Option<String>,
    pub variants: Vec<Variant>,
    /// What came of it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub verdict: String,
    /// Of the trace's records.
    pub sha256: String,
    pub events: u64,
}

impl Document {
    /// A scenario's, its knobs decided by seed and `set`.
    pub fn of(entry: &Entry, seed: Seed, set: &[String]) -> Result<Self, KnobErrors> {
        let built = entry.build(seed, set)?;
        let knobs = built
            .knobs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Ok(Self {
            format: FORMAT,
            scenario: entry.name.into(),
            seed: seed.0,
            set: set.to_vec(),
            knobs: knobs.collect(),
            plant: None,
            variants: built.variants,
            outcome: None,
        })
    }

    /// As compact JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("plain data with text for keys")
    }

    /// The command that does it again. One without knobs was made smaller, or by hand: no seed leads to it.
    pub fn command(&self) -> String {
        if self.knobs.is_empty() {
            return "sim replay FILE".into();
        }
        let set: String = self.set.iter().map(|knob| format!(" --set {knob}")).collect();
        let plant = self
            .plant
            .as_ref()
            .map_or(String::new(), |bug| format!(" --plant {bug}"));
        format!("sim run {} --seed {}{set}{plant}", self.scenario, self.seed)
    }

    /// The bug that is to be planted.
    pub fn planted(&self) -> Result<Option<gateway::planted::Bug>, String> {
        let Some(name) = &self.plant else {
            return Ok(None);
        };
        let bug = gateway::planted::Bug::ALL.iter().find(|bug| bug.name() == *name);
        bug.copied()
            .map(Some)
            .ok_or_else(|| format!("plant {name:?}: there is no such bug"))
    }
}
