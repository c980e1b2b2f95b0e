//! Behaviour over time.
//!
//! `0s normal; 10s latency=200ms error=0.3; 20s down; 30s normal`: each phase begins at its time since the start
//! of the run and is the base behaviour with the words it names replaced; it inherits nothing from the phase
//! before it. Before the first phase the base behaviour holds. Time is what the caller says it is.

use crate::behaviour::{Behaviour, Patch};
use crate::units::{parse_time, show_time};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A phase a second for more than two hours.
const PHASES_MAX: usize = 10_000;

/// Phases in order of time. Empty: the base behaviour for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Script {
    phases: Vec<(Duration, Patch)>,
}

impl FromStr for Script {
    type Err = String;

    /// An error has one line per mistake, each with its phase and word.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        let mut errors = Vec::new();
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        for (at, part) in parts.enumerate() {
            if at == PHASES_MAX {
                errors.push(format!(
                    "phase {}: there are more than {PHASES_MAX} phases",
                    at + 1
                ));
                break;
            }
            match script.phase(part) {
                Ok(phase) => script.phases.push(phase),
                Err(found) => {
                    errors.extend(found.lines().map(|e| format!("phase {} ({part:?}): {e}", at + 1)))
                }
            }
        }
        if errors.is_empty() {
            Ok(script)
        } else {
            Err(errors.join("\n"))
        }
    }
}

impl Script {
    fn phase(&self, part: &str) -> Result<(Duration, Patch), String> {
        let (time, words) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        let at = parse_time(time);
        let patch = words.parse::<Patch>();
        let mut errors = Vec::new();
        match (&at, self.phases.last()) {
            (Err(e), _) => errors.push(format!("a phase begins with its time: {e}")),
            (Ok(at), Some((before, _))) if at <= before => {
                errors.push(format!(
                    "{} is not after {}; order the phases",
                    show_time(*at),
                    show_time(*before)
                ));
            }
            _ => {}
        }
        if words.trim().is_empty() {
            errors.push(format!("nothing is said after the time; write {time} normal"));
        }
        errors.extend(patch.as_ref().err().cloned());
        match (at, patch) {
            (Ok(at), Ok(patch)) if errors.is_empty() => Ok((at, patch)),
            _ => Err(errors.join("\n")),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (at, patch)) in self.phases.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{} {patch}", show_time(*at))?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Script {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Script> for String {
    fn from(script: Script) -> Self {
        script.to_string()
    }
}

/// A script laid over a base behaviour, ready to be asked. Never empty: it begins with the base at zero.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    base: Behaviour,
    later: Vec<(Duration, Behaviour)>,
}

impl Timeline {
    pub(crate) fn new(base: &Behaviour, script: &Script) -> Self {
        let later = script
            .phases
            .iter()
            .map(|(at, patch)| (*at, patch.over(base)))
            .collect();
        Self { base: *base, later }
    }

    /// What holds at `time` since the start.
    pub(crate) fn at(&self, time: Duration) -> &Behaviour {
        let begun = self.later.partition_point(|(at, _)| *at <= time);
        begun
            .checked_sub(1)
            .and_then(|last| self.later.get(last))
            .map_or(&self.base, |(_, behaviour)| behaviour)
    }

    /// When, after `time`, the replica goes down or comes up next.
    pub(crate) fn turns_after(&self, time: Duration) -> Option<Duration> {
        let now = self.at(time).down;
        self.later
            .iter()
            .find(|(at, behaviour)| *at > time && behaviour.down != now)
            .map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests;
