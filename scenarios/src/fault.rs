//! Faults as data: a plan is a list of intervals, each with what is broken in it.
//!
//! Intervals may overlap in any way, and any part of a plan is a plan: what is broken at a moment follows from what
//! lies on it then, never from the order of beginnings and ends. That is what makes plans shrinkable.

use super::names::GATEWAY;
use super::text;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One fault of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(with = "text")]
    pub at: Duration,
    #[serde(with = "text")]
    pub lasts: Duration,
    pub what: What,
}

impl Fault {
    pub fn end(&self) -> Duration {
        self.at + self.lasts
    }
}

/// What can be done to the hosts and what lies between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    Crash {
        host: String,
    },
    Bounce {
        host: String,
    },
    PowerLoss {
        host: String,
    },
    Partition {
        a: String,
        b: String,
    },
    Cut {
        from: String,
        to: String,
    },
    Hold {
        a: String,
        b: String,
    },
    Latency {
        a: String,
        b: String,
        #[serde(with = "text")]
        min: Duration,
        #[serde(with = "text")]
        max: Duration,
    },
    /// Goes for a while, stands still for a while, and so on.
    Slow {
        host: String,
        #[serde(with = "text")]
        goes: Duration,
        #[serde(with = "text")]
        stands: Duration,
    },
    Clock {
        host: String,
        offset_ms: i64,
    },
    Fragment,
    /// `latency` is a distribution as the stub's word of that name takes it.
    UpstreamSlow {
        host: String,
        latency: String,
    },
    UpstreamErrors {
        host: String,
        share: f64,
    },
    UpstreamTruncates {
        host: String,
        share: f64,
    },
    UpstreamResets {
        host: String,
        share: f64,
    },
    UpstreamSick {
        host: String,
        status: u16,
    },
    /// `config` is the name of one of the scenario's.
    Reload {
        config: String,
    },
    Stop {
        /// For how long it says so before it accepts no more.
        #[serde(default, with = "text", skip_serializing_if = "Duration::is_zero")]
        lead: Duration,
        /// From then on.
        #[serde(with = "text")]
        deadline: Duration,
        /// One of the gateways that are replicas themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    },
    /// Of an upstream by name.
    NamesFail {
        upstream: String,
        how: NamesFail,
    },
    NamesChange {
        upstream: String,
        replicas: Vec<String>,
    },
}

/// What a lookup brings that is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamesFail {
    Error,
    /// An answer without an address.
    Empty,
    /// 0.0.0.0
    Nowhere,
}

macro_rules! kinds {
    ($($name:ident = $code:literal $text:literal $about:literal,)*) => {
        /// What sort of fault it is. Its number ends up in traces and its name in seeds: both are fixed for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind { $($name = $code,)* }

        impl FaultKind {
            /// In order of number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// One line.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }

            pub fn from_code(code: u64) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    Crash = 1 "crash" "the program is killed, its host refuses connections, and it is started again at the end",
    Bounce = 2 "bounce" "the program is killed and started again at once",
    PowerLoss = 3 "power-loss" "the host is gone without a word, and starts again at the end",
    Partition = 4 "partition" "two hosts lose everything they send each other",
    Cut = 5 "cut" "one direction between two hosts loses everything",
    Hold = 6 "hold" "what two hosts send each other is kept until the end, then delivered",
    Latency = 7 "latency" "segments between two hosts travel longer",
    Slow = 8 "slow-host" "the host stands still again and again, as under SIGSTOP",
    Clock = 9 "clock" "the host's wall clock is off",
    Fragment = 10 "fragment" "reads and writes are cut at random places",
    UpstreamSlow = 11 "upstream-slow" "a replica takes longer to answer",
    UpstreamErrors = 12 "upstream-errors" "a replica answers a share of requests with 503",
    UpstreamTruncates = 13 "upstream-truncates" "a replica breaks off a share of its answers half-way",
    UpstreamResets = 14 "upstream-resets" "a replica closes the connection in place of a share of its answers",
    Reload = 15 "reload" "the gateway is given another config, and at the end the one it had",
    Stop = 16 "stop" "the gateway is told to stop and drains; at the end a new one is started",
    UpstreamSick = 20 "upstream-sick" "a replica answers everything with another status",
    NamesFail = 21 "names-fail" "lookups of an upstream's name bring nothing that is of use",
    NamesChange = 22 "names-change" "an upstream's name stands for other replicas",
}

impl FaultKind {
    pub fn code(self) -> u64 {
        self as u64
    }
}

impl What {
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Crash { .. } => FaultKind::Crash,
            Self::Bounce { .. } => FaultKind::Bounce,
            Self::PowerLoss { .. } => FaultKind::PowerLoss,
            Self::Partition { .. } => FaultKind::Partition,
            Self::Cut { .. } => FaultKind::Cut,
            Self::Hold { .. } => FaultKind::Hold,
            Self::Latency { .. } => FaultKind::Latency,
            Self::Slow { .. } => FaultKind::Slow,
            Self::Clock { .. } => FaultKind::Clock,
            Self::Fragment => FaultKind::Fragment,
            Self::UpstreamSlow { .. } => FaultKind::UpstreamSlow,
            Self::UpstreamErrors { .. } => FaultKind::UpstreamErrors,
            Self::UpstreamTruncates { .. } => FaultKind::UpstreamTruncates,
            Self::UpstreamResets { .. } => FaultKind::UpstreamResets,
            Self::UpstreamSick { .. } => FaultKind::UpstreamSick,
            Self::Reload { .. } => FaultKind::Reload,
            Self::Stop { .. } => FaultKind::Stop,
            Self::NamesFail { .. } => FaultKind::NamesFail,
            Self::NamesChange { .. } => FaultKind::NamesChange,
        }
    }

    /// The hosts it lies on: none, one, or two. Reload lies on the gateway without naming it, and so may stop.
    pub fn hosts(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Crash { host }
            | Self::Bounce { host }
            | Self::PowerLoss { host }
            | Self::Slow { host, .. }
            | Self::Clock { host, .. }
            | Self::UpstreamSlow { host, .. }
            | Self::UpstreamErrors { host, .. }
            | Self::UpstreamTruncates { host, .. }
            | Self::UpstreamResets { host, .. }
            | Self::UpstreamSick { host, .. } => (Some(host), None),
            Self::Partition { a, b } | Self::Hold { a, b } | Self::Latency { a, b, .. } => (Some(a), Some(b)),
            Self::Cut { from, to } => (Some(from), Some(to)),
            Self::Fragment | Self::NamesFail { .. } | Self::NamesChange { .. } => (None, None),
            Self::Reload { .. } | Self::Stop { host: None, .. } => (Some(GATEWAY), None),
            Self::Stop { host: Some(host), .. } => (Some(host), None),
        }
    }

    /// The upstream whose name it lies on.
    pub fn upstream(&self) -> Option<&str> {
        match self {
            Self::NamesFail { upstream, .. } | Self::NamesChange { upstream, .. } => Some(upstream),
            _ => None,
        }
    }

    /// What a stub is told while it lies on it, in the words of its behaviour; `None` for other faults.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::UpstreamSlow { latency, .. } => Some(format!("latency={latency}")),
            Self::UpstreamErrors { share, .. } => Some(format!("error={share}")),
            Self::UpstreamTruncates { share, .. } => Some(format!("truncate={share}")),
            Self::UpstreamResets { share, .. } => Some(format!("reset={share}")),
            Self::UpstreamSick { status, .. } => Some(format!("status={status}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back_to_their_kind() {
        for kind in FaultKind::ALL {
            assert_eq!(FaultKind::from_code(kind.code()), Some(*kind));
            let same = FaultKind::ALL.iter().filter(|other| other.name() == kind.name());
            assert_eq!(same.count(), 1, "{}", kind.name());
        }
    }

    #[test]
    fn a_plan_is_readable_data() {
        let text = r#"{"at":"2s","lasts":"1s 500ms","what":{"cut":{"from":"r0","to":"gateway"}}}"#;
        let fault: Fault = serde_json::from_str(text).expect("good");
        assert_eq!(serde_json::to_string(&fault).expect("plain"), text);
        assert_eq!(
            (fault.end(), fault.what.kind()),
            (Duration::from_millis(3_500), FaultKind::Cut)
        );
    }
}
