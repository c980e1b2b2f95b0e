//! Features of the gateway one by one: each alone on a bare route, and one after the other on top of those before.

use crate::exp::real::{Before, Site, Way};
use std::net::SocketAddr;

/// What a route, its upstream, or the gateway is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    RequestId,
    Forwarded,
    AccessLog,
    /// Traces are gone on with and none is recorded.
    Trace,
    /// Two fields of a request and two of an answer.
    Edits,
    /// Each but the route's own, which is never left out.
    Timeouts,
    /// With a budget.
    Retries,
    Breaker,
    Concurrency,
}

impl Feature {
    pub(super) const ALL: [Self; 9] = [
        Self::RequestId,
        Self::Forwarded,
        Self::AccessLog,
        Self::Trace,
        Self::Edits,
        Self::Timeouts,
        Self::Retries,
        Self::Breaker,
        Self::Concurrency,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::RequestId => "request id",
            Self::Forwarded => "`X-Forwarded-*`",
            Self::AccessLog => "access log",
            Self::Trace => "trace context",
            Self::Edits => "header edits",
            Self::Timeouts => "all timeouts",
            Self::Retries => "retries, budget",
            Self::Breaker => "breaker",
            Self::Concurrency => "concurrency limit",
        }
    }
}

/// A bare route with some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Alone(Feature),
    /// Number so many of [`Step::CHAIN`] and all before it.
    Upto(usize),
}

impl Step {
    /// What is stacked, from the bare route up.
    pub(super) const CHAIN: [Feature; 7] = [
        Feature::RequestId,
        Feature::Forwarded,
        Feature::AccessLog,
        Feature::Timeouts,
        Feature::Retries,
        Feature::Breaker,
        Feature::Concurrency,
    ];

    /// The step at which number `index` of the chain comes; the first is that feature alone.
    pub(super) fn of_chain(index: usize) -> Self {
        match index {
            0 => Self::Alone(Self::CHAIN[0]),
            _ => Self::Upto(index),
        }
    }

    /// All that are counted.
    pub(super) fn all() -> Vec<Self> {
        let alone = Feature::ALL.into_iter().map(Self::Alone);
        alone.chain((1..Self::CHAIN.len()).map(Self::Upto)).collect()
    }

    fn features(self) -> Vec<Feature> {
        match self {
            Self::Alone(feature) => vec![feature],
            Self::Upto(index) => Self::CHAIN[..=index].to_vec(),
        }
    }

    fn site(self) -> Site {
        let features = self.features();
        let has = |feature| features.contains(&feature);
        let (id, forwarded) = (has(Feature::RequestId), has(Feature::Forwarded));
        let mut site = Site {
            route: format!("request_id: {id}, forwarded: {forwarded}"),
            ..Site::bare()
        };
        if has(Feature::Edits) {
            site.route += EDITS;
        }
        if has(Feature::Timeouts) {
            site.route += ", idle_timeout: 30s";
            site.upstream += "    first_byte_timeout: 5s\n";
        }
        let retries = match (has(Feature::Retries), has(Feature::Timeouts)) {
            (true, true) => "max: 2, try_timeout: 2s, budget: { ratio: 0.2, min_per_second: 3, ttl: 10s }",
            (true, false) => "max: 2, budget: { ratio: 0.2, min_per_second: 3, ttl: 10s }",
            (false, true) => "max: 0, try_timeout: 2s",
            (false, false) => "",
        };
        if !retries.is_empty() {
            site.route += &format!(", retries: {{ {retries} }}");
        }
        if has(Feature::Breaker) {
            site.upstream +=
                "    breaker: { error_ratio: 0.5, min_requests: 20, slow_after: 1s, slow_ratio: 0.5 }\n";
        }
        if has(Feature::Concurrency) {
            site.upstream += "    concurrency: { start: 256 }\n";
        }
        if has(Feature::Trace) {
            site.rest += "trace: { sample: parent, endpoint: \"http://127.0.0.1:1\" }\n";
        }
        if has(Feature::AccessLog) {
            site = site.logged();
        }
        site
    }
}

const EDITS: &str = ", headers: { request: { set: { x-region: eu }, remove: [x-debug] }, \
                     response: { set: { cache-control: no-store }, remove: [server] } }";

impl Way for Step {
    const EXPERIMENT: &'static str = "tax";

    fn before(self) -> Before {
        Before::Gateway
    }

    fn key(self) -> &'static str {
        match self {
            Self::Alone(Feature::RequestId) => "alone-id",
            Self::Alone(Feature::Forwarded) => "alone-forwarded",
            Self::Alone(Feature::AccessLog) => "alone-log",
            Self::Alone(Feature::Trace) => "alone-trace",
            Self::Alone(Feature::Edits) => "alone-edits",
            Self::Alone(Feature::Timeouts) => "alone-timeouts",
            Self::Alone(Feature::Retries) => "alone-retries",
            Self::Alone(Feature::Breaker) => "alone-breaker",
            Self::Alone(Feature::Concurrency) => "alone-concurrency",
            Self::Upto(index) => match Self::CHAIN.get(index) {
                Some(Feature::Forwarded) => "upto-forwarded",
                Some(Feature::AccessLog) => "upto-log",
                Some(Feature::Timeouts) => "upto-timeouts",
                Some(Feature::Retries) => "upto-retries",
                Some(Feature::Breaker) => "upto-breaker",
                _ => "upto-concurrency",
            },
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Alone(feature) => feature.title(),
            Self::Upto(index) => Self::CHAIN.get(index).map_or("", |feature| feature.title()),
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        self.site().config("tax", replicas)
    }

    /// There are many of them, and no claim is about one.
    fn lengths(self) -> [u64; 2] {
        [500, 2_500]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_step_has_a_key_and_a_config_of_its_own() {
        let steps = Step::all();
        let keys: BTreeSet<&str> = steps.iter().map(|step| step.key()).collect();
        assert_eq!(keys.len(), steps.len());
        let configs: BTreeSet<String> = steps
            .iter()
            .map(|step| step.gateway_config(&[([127, 0, 0, 1], 9).into()]))
            .collect();
        assert_eq!(configs.len(), steps.len(), "two steps are the same");
    }

    #[test]
    fn the_last_of_the_chain_has_all_of_it() {
        let config = Step::of_chain(6).gateway_config(&[([127, 0, 0, 1], 9).into()]);
        for part in [
            "request_id: true, forwarded: true, idle_timeout: 30s, retries: { max: 2, try_timeout: 2s, budget:",
            "\n    first_byte_timeout: 5s\n    breaker: {",
            "\n    concurrency: {",
            "\naccess_log: {",
        ] {
            assert!(config.contains(part), "{part:?} is not in\n{config}");
        }
        assert!(!config.contains("trace") && !config.contains("headers"));
    }
}
