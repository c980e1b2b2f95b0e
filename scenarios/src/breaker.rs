//! What the gateway is told of breakers, twice as all of a config: as facts, and as YAML.

use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;

/// When an upstream, or one of its replicas, is not asked for a while. Errors are 5xx, and attempts that failed in any other
/// way that is not their client's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaks {
    /// The share of errors among the attempts of `window`, where there were `min_requests`.
    pub ratio: f64,
    pub min_requests: u64,
    #[serde(with = "text")]
    pub window: Duration,
    /// The first time; twice as long after each round of probes that fails.
    #[serde(with = "text")]
    pub open_for: Duration,
    #[serde(with = "text")]
    pub open_for_max: Duration,
    pub probes: u32,
    /// What is slow, and the share of that which opens it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
    /// Each replica has one of its own, in place of one for all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_replica: bool,
}

/// Answers whose head takes so long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    #[serde(with = "text")]
    pub after: Duration,
    pub ratio: f64,
}

impl Breaks {
    /// Opens where a fifth of at least ten attempts of a second fail, for half a second at first and two at most: soon enough to be seen in seconds.
    pub(super) fn soon() -> Self {
        let ms = Duration::from_millis;
        Self {
            ratio: 0.2,
            min_requests: 10,
            window: ms(1_000),
            open_for: ms(500),
            open_for_max: ms(2_000),
            probes: 5,
            slow: None,
            per_replica: false,
        }
    }

    /// The value of `breaker`.
    pub(super) fn yaml(&self) -> String {
        let mut yaml = format!(
            "{{ error_ratio: {}, min_requests: {}, window: {}, open_for: {}, open_for_max: {}, probes: {}",
            self.ratio,
            self.min_requests,
            ms(self.window),
            ms(self.open_for),
            ms(self.open_for_max),
            self.probes
        );
        if let Some(slow) = &self.slow {
            // a string takes everything
            let _ = write!(
                yaml,
                ", slow_after: {}, slow_ratio: {}",
                ms(slow.after),
                slow.ratio
            );
        }
        let _ = write!(yaml, ", per_replica: {} }}", self.per_replica);
        yaml
    }
}
