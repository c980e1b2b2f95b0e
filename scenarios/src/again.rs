//! What retries of an upstream's requests cost and when they come, as the gateway is told and oracles hold it to.
//!
//! Left out there is neither: the naive policy, which is written out, because a gateway that is told nothing has both.

use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Of the routes to one upstream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
    /// Bytes of a body that are kept to be sent again.
    #[serde(default, skip_serializing_if = "is_none")]
    pub body_max: usize,
    /// Answers of 429 are no good either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_429: bool,
    /// When a second attempt goes beside one that is slow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hedge: Option<Hedge>,
}

fn is_none(bytes: &usize) -> bool {
    *bytes == 0
}

/// After a time, or after a quantile of the times that there were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hedge {
    /// No sooner, and where there is no quantile, no later.
    #[serde(with = "text")]
    pub least: Duration,
    /// As the gateway's config has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<String>,
}

/// How many retries there may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// For each request of the last `ttl`.
    pub ratio: f64,
    /// And in any case.
    pub min_per_second: u64,
    #[serde(with = "text")]
    pub ttl: Duration,
}

/// How long each waits: up to `base`, doubled for each one after the first, at most `max`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    #[serde(with = "text")]
    pub base: Duration,
    #[serde(with = "text")]
    pub max: Duration,
}

impl Budget {
    /// What the gateway does by itself.
    pub fn usual() -> Self {
        Self {
            ratio: 0.2,
            min_per_second: 3,
            ttl: Duration::from_secs(10),
        }
    }
}

impl Backoff {
    pub fn new(base_ms: u64, max_ms: u64) -> Self {
        let [base, max] = [base_ms, max_ms].map(Duration::from_millis);
        Self { base, max }
    }

    /// The longest wait before this retry, counted from 1.
    pub fn bound(&self, retry: u64) -> Duration {
        let doublings = u32::try_from(retry.saturating_sub(1)).unwrap_or(u32::MAX);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }
}

impl Hedge {
    pub fn after(least_ms: u64) -> Self {
        Self {
            least: Duration::from_millis(least_ms),
            quantile: None,
        }
    }

    pub fn slower(than: &str, least_ms: u64) -> Self {
        Self {
            quantile: Some(than.into()),
            ..Self::after(least_ms)
        }
    }

    fn yaml(&self) -> String {
        let least = ms(self.least);
        match &self.quantile {
            Some(quantile) => format!(", hedge: {{ after: {quantile}, min: {least} }}"),
            None => format!(", hedge: {{ after: {least} }}"),
        }
    }
}

impl Again {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What follows the other keys of `retries`.
    pub(super) fn yaml(&self) -> String {
        let budget = self.budget.as_ref().map_or("none".into(), |budget| {
            let Budget {
                ratio,
                min_per_second,
                ttl,
            } = budget;
            format!(
                "{{ ratio: {ratio}, min_per_second: {min_per_second}, ttl: {} }}",
                ms(*ttl)
            )
        });
        let backoff = self.backoff.as_ref().map_or("{ base: 0 }".into(), |backoff| {
            format!("{{ base: {}, max: {} }}", ms(backoff.base), ms(backoff.max))
        });
        let body = match self.body_max {
            0 => String::new(),
            bytes => format!(", body_max: {bytes}"),
        };
        let statuses = match self.of_429 {
            false => "",
            true => ", statuses: [ 429, 502-504 ]",
        };
        let hedge = self.hedge.as_ref().map_or(String::new(), Hedge::yaml);
        format!(", budget: {budget}, backoff: {backoff}{body}{statuses}{hedge}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_written_and_so_is_what_is_not() {
        assert_eq!(Again::default().yaml(), ", budget: none, backoff: { base: 0 }");
        let again = Again {
            budget: Some(Budget::usual()),
            backoff: Some(Backoff::new(5, 30)),
            body_max: 9,
            of_429: true,
            hedge: Some(Hedge::after(7)),
        };
        assert_eq!(
            again.yaml(),
            ", budget: { ratio: 0.2, min_per_second: 3, ttl: 10000ms }, backoff: { base: 5ms, max: 30ms }, body_max: 9, statuses: [ 429, 502-504 ], hedge: { after: 7ms }"
        );
        assert_eq!(
            Hedge::slower("p95", 7).yaml(),
            ", hedge: { after: p95, min: 7ms }"
        );
        let bounds = [1, 2, 3, 4, 40].map(|retry| Backoff::new(5, 30).bound(retry).as_millis());
        assert_eq!(bounds, [5, 10, 20, 30, 30]);
    }
}
