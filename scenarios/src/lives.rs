//! For how long an upstream's connections are kept, as the gateway is told and oracles hold it to.
//!
//! What is missing a gateway does without being told, and no oracle looks at it.

use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;

/// Of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lives {
    /// Between two requests.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Duration>,
    /// From when it was made. The gateway spreads ages by a tenth either way.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub age_max: Option<Duration>,
    /// Requests that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_max: Option<usize>,
}

impl Lives {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What follows the other keys of `pool`.
    pub(super) fn yaml(&self) -> String {
        let mut yaml = String::new();
        for (key, time) in [("idle_timeout", self.idle_timeout), ("age_max", self.age_max)] {
            if let Some(time) = time {
                // a string takes everything
                let _ = write!(yaml, ", {key}: {}", ms(time));
            }
        }
        if let Some(requests_max) = self.requests_max {
            let _ = write!(yaml, ", requests_max: {requests_max}");
        }
        yaml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_written_and_nothing_else() {
        assert_eq!(Lives::default().yaml(), "");
        let lives = Lives {
            idle_timeout: Some(Duration::from_millis(300)),
            age_max: None,
            requests_max: Some(3),
        };
        assert_eq!(lives.yaml(), ", idle_timeout: 300ms, requests_max: 3");
    }
}
