//! What the gateway is told of picking replicas, as data: the way, what of a request decides where it goes, cookies.
//!
//! Said twice like the rest of a config: as facts for oracles, and as the gateway's own words.

use super::text;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How a replica is picked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Lb {
    #[default]
    RoundRobin,
    Weighted,
    LeastConn,
    P2c,
    /// With latency as lately seen.
    P2cEwma,
    RingHash {
        key: Key,
        /// How much more than the average a replica may have in flight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        load_factor: Option<f64>,
    },
    IpHash,
    Random,
}

impl Lb {
    /// What of a request decides, where anything does.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::RingHash { key, .. } => Some(key),
            Self::IpHash => Some(&Key::Ip),
            _ => None,
        }
    }
}

/// What of a request is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Key {
    Ip,
    Path,
    /// A field of this name.
    Header(String),
    /// A cookie of this name.
    Cookie(String),
}

/// A cookie that names the replica a client has been with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sticky {
    pub cookie: String,
    #[serde(with = "text")]
    pub ttl: Duration,
}

/// In the words of the gateway's config.
impl fmt::Display for Lb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoundRobin => f.write_str("round-robin"),
            Self::Weighted => f.write_str("weighted"),
            Self::LeastConn => f.write_str("least-conn"),
            Self::P2c => f.write_str("p2c"),
            Self::P2cEwma => f.write_str("{ p2c: { ewma: true } }"),
            Self::RingHash { key, load_factor } => {
                write!(f, "{{ ring-hash: {{ key: {key}")?;
                if let Some(factor) = load_factor {
                    write!(f, ", load_factor: {factor}")?;
                }
                f.write_str(" } }")
            }
            Self::IpHash => f.write_str("ip-hash"),
            Self::Random => f.write_str("random"),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip => f.write_str("ip"),
            Self::Path => f.write_str("path"),
            Self::Header(name) => write!(f, "{{ header: {name} }}"),
            Self::Cookie(name) => write!(f, "{{ cookie: {name} }}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_data_and_words_of_the_config() {
        let ring = |key, load_factor| Lb::RingHash { key, load_factor };
        for (lb, json, words) in [
            (Lb::P2cEwma, "\"p2c-ewma\"", "{ p2c: { ewma: true } }"),
            (
                ring(Key::Path, None),
                r#"{"ring-hash":{"key":"path"}}"#,
                "{ ring-hash: { key: path } }",
            ),
            (
                ring(Key::Header("x-user".into()), Some(1.25)),
                r#"{"ring-hash":{"key":{"header":"x-user"},"load_factor":1.25}}"#,
                "{ ring-hash: { key: { header: x-user }, load_factor: 1.25 } }",
            ),
        ] {
            assert_eq!(serde_json::to_string(&lb).expect("plain"), json);
            assert_eq!(serde_json::from_str::<Lb>(json).expect("good"), lb);
            assert_eq!(lb.to_string(), words);
        }
    }
}
