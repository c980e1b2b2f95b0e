//! What was played, as data: the header of every trace, and what a replay file is.
//!
//! It holds the whole scenario of every variant, so that it can be played again when the scenario's builder has long
//! changed, and shrunk without it.

use scenarios::{Entry, KnobErrors, Variant};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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
        let arguments = arguments(&self.scenario, self.seed, &self.set, self.plant.as_deref());
        format!("sim run {arguments}")
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

/// What follows `sim run` and `sim shrink`, as a shell takes it.
pub fn arguments(scenario: &str, seed: u64, set: &[String], plant: Option<&str>) -> String {
    let mut text = format!("{scenario} --seed {seed}");
    for knob in set {
        text.push_str(" --set ");
        text.push_str(&quoted(knob));
    }
    if let Some(bug) = plant {
        text.push_str(" --plant ");
        text.push_str(bug);
    }
    text
}

/// Left as it is where no shell minds, which is nearly always; what cannot be quoted never came from one.
fn quoted(knob: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "=,.:+-_/@%".contains(c);
    if !knob.is_empty() && knob.chars().all(is_plain) {
        return knob.into();
    }
    shlex::try_quote(knob).unwrap_or(Cow::Borrowed(knob))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_from_a_shell() {
        let set = [
            "retries=0",
            "faults=crash,hold",
            "latency=uniform: 1ms",
            "",
            "x=$(it's)",
        ]
        .map(str::to_owned);
        let text = arguments("crash", 7, &set, Some("retry-post"));
        assert!(
            text.starts_with("crash --seed 7 --set retries=0 --set faults=crash,hold --set '"),
            "{text}"
        );
        let mut words: Vec<&str> = vec!["crash", "--seed", "7"];
        words.extend(set.iter().flat_map(|knob| ["--set", knob]));
        words.extend(["--plant", "retry-post"]);
        assert!(
            shlex::split(&text).expect("well quoted").iter().eq(words),
            "{text}"
        );
    }
}
