//! What the gateway is told of health, twice as all of a config: as facts, and as YAML.
//!
//! What a file does not say is what these were before there were words for it.

use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Whether replicas whose requests fail are left alone for a while: for how long at most, how many at once, and what for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ejects {
    #[serde(with = "text")]
    pub cooldown_max: Duration,
    /// Of the upstream's replicas; one of two or more in any case.
    pub share: f64,
    /// In a row, of any kind.
    #[serde(default = "errors")]
    pub errors: u32,
    /// In a row.
    #[serde(default = "connect_failures")]
    pub connect_failures: u32,
    /// The share of errors among the requests of `window`, where there were `min_requests`.
    #[serde(default = "ratio")]
    pub ratio: f64,
    #[serde(default = "window", with = "text")]
    pub window: Duration,
    #[serde(default = "min_requests")]
    pub min_requests: u64,
}

/// A request of the gateway's own to each replica now and then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probes {
    /// The target, which nobody else asks for.
    pub path: String,
    /// Where none of the stubs listens; the port of requests unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(with = "text")]
    pub interval: Duration,
    #[serde(with = "text")]
    pub timeout: Duration,
    /// So many failed ones in a row.
    pub unhealthy_after: u32,
    /// So many good ones in a row.
    pub healthy_after: u32,
    /// The first and the last status that is good.
    pub statuses: [u16; 2],
}

const fn errors() -> u32 {
    3
}

const fn connect_failures() -> u32 {
    2
}

const fn ratio() -> f64 {
    0.5
}

const fn window() -> Duration {
    Duration::from_secs(2)
}

const fn min_requests() -> u64 {
    10
}

impl Ejects {
    /// With the other measures as they are without being told.
    pub fn new(cooldown_max: Duration, share: f64) -> Self {
        Self {
            cooldown_max,
            share,
            errors: errors(),
            connect_failures: connect_failures(),
            ratio: ratio(),
            window: window(),
            min_requests: min_requests(),
        }
    }

    /// The first cooldown, in whole milliseconds: it doubles twice before it is the longest.
    pub fn cooldown(&self) -> Duration {
        Duration::from_millis((self.cooldown_max / 4).as_millis() as u64)
    }

    /// How many of so many replicas may be out when requests take one out, that one included.
    pub fn most_of(&self, replicas: usize) -> usize {
        // a share of a count this small is exact enough
        let most = (self.share * replicas as f64 + 1e-9).floor() as usize;
        most.max(usize::from(replicas >= 2))
    }
}

/// The value of `health`; `None` where there is nothing to say.
pub(super) fn yaml(ejects: Option<&Ejects>, probes: Option<&Probes>) -> Option<String> {
    let passive = match ejects {
        None => "passive: false".into(),
        Some(ejects) => format!(
            "passive: {{ errors: {}, connect_failures: {}, error_ratio: {}, window: {}, min_requests: {}, cooldown: {}, \
             cooldown_max: {}, ejected_max: {} }}",
            ejects.errors,
            ejects.connect_failures,
            ejects.ratio,
            ms(ejects.window),
            ejects.min_requests,
            ms(ejects.cooldown()),
            ms(ejects.cooldown_max),
            ejects.share
        ),
    };
    let active = probes.map(|probes| {
        let [first, last] = probes.statuses;
        let port = probes.port.map_or(String::new(), |port| format!("port: {port}, "));
        format!(
            "path: \"{}\", {port}interval: {}, timeout: {}, unhealthy_after: {}, healthy_after: {}, status: {first}-{last}, ",
            probes.path,
            ms(probes.interval),
            ms(probes.timeout),
            probes.unhealthy_after,
            probes.healthy_after
        )
    });
    (ejects.is_some() || active.is_some()).then(|| format!("{{ {}{passive} }}", active.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_need_not_say_everything() {
        let ejects: Ejects =
            serde_json::from_str(r#"{"cooldown_max":"400ms","share":0.5}"#).expect("as it was written once");
        assert_eq!(ejects, Ejects::new(Duration::from_millis(400), 0.5));
        assert_eq!(ejects.cooldown(), Duration::from_millis(100));
        assert_eq!(
            [1, 2, 3, 4].map(|replicas| ejects.most_of(replicas)),
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn nothing_is_said_where_nothing_is_watched() {
        assert_eq!(yaml(None, None), None);
        let probes = Probes {
            port: None,
            path: "/up?deep=1".into(),
            interval: Duration::from_millis(500),
            timeout: Duration::from_millis(400),
            unhealthy_after: 2,
            healthy_after: 1,
            statuses: [200, 204],
        };
        let text = yaml(None, Some(&probes)).expect("something");
        assert_eq!(
            text,
            "{ path: \"/up?deep=1\", interval: 500ms, timeout: 400ms, unhealthy_after: 2, healthy_after: 1, status: \
             200-204, passive: false }"
        );
    }
}
