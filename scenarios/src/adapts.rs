//! What the gateway is told of an upstream's adaptive limit and of who matters, twice as all of a config: as facts, and as YAML.

use serde::{Deserialize, Serialize};

/// Classes, the most important one first.
pub const CLASSES: [&str; 4] = ["critical", "high", "normal", "low"];

/// Of the limit, what each class may use, in percent.
pub(super) const SHARES: [usize; 4] = [100, 90, 80, 60];

/// Bounds of an adaptive limit on requests without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapts {
    pub min: usize,
    pub max: usize,
}

impl Adapts {
    /// With so many under way and fewer nobody of this class is refused, whatever was measured.
    pub fn room(&self, class: usize) -> usize {
        let share = SHARES.get(class).copied().unwrap_or(0);
        (self.min * share / 100).max(1)
    }

    /// The value of `concurrency`.
    pub(super) fn yaml(&self) -> String {
        format!("{{ min: {}, max: {} }}", self.min, self.max)
    }
}
