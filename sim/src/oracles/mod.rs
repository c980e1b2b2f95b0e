//! Judges that read a trace and nothing else, one file each, as a table.
//!
//! Contract
//! - An oracle sees the records of the kinds it names, one after the other, while they are made; its memory does not grow
//!   with the trace.
//! - Oracles about effects believe what clients, replicas and the wire saw; what the gateway says of itself counts only for
//!   what cannot be seen from outside, and is held against those.
//! - What the parts were told (bounds, retries, times) comes from the scenario, never from a part.
//! - For each there is a planted bug that it must catch (`sim selfcheck`), and a planted violation in its own tests.

mod amplification;
mod answer;
#[cfg(test)]
mod anything;
mod asks;
mod at_most_once;
mod backoff;
mod balance;
mod breaker;
mod budgets;
mod bulkhead;
mod calm;
mod chances;
mod conduct;
mod connections;
mod conservation;
mod courses;
mod degraded;
mod dials;
mod drain;
mod ejected;
mod ejection;
mod facts;
mod fallback;
mod few;
mod finding;
mod hands;
mod headers;
mod health;
mod hedge;
mod http;
mod ids;
mod integrity;
mod keys;
mod later;
mod ledger;
mod lines;
mod liveness;
mod mirror;
mod names;
mod outcomes;
mod overload;
mod pending;
mod picks;
mod probes;
mod probing;
mod reach;
mod recent;
mod routing;
mod snapshot;
mod soundness;
mod timeouts;
mod told;
mod truth;
mod tunnels;
mod used;
mod verdict;
mod visitors;
mod ways;

pub use finding::{Finding, Violation};

use crate::trace::{Kind, Record};
use scenarios::Scenario;

/// One judge of one simulation.
pub trait Oracle: Send {
    /// The kinds of events it wants to see.
    fn kinds(&self) -> &'static [Kind];

    fn see(&mut self, record: &Record, finding: &mut Finding);

    /// The simulation has ended.
    fn end(&mut self, _finding: &mut Finding) {}
}

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    /// What must never be.
    pub never: &'static str,
    /// Whose events it rests on.
    pub believes: &'static str,
    /// A violation is a loss of liveness: nothing wrong was done, but it did not recover.
    pub liveness: bool,
    /// Believes nobody between clients and replicas, and so judges scenarios with several gateways too.
    pub several: bool,
    pub build: fn(&Scenario) -> Box<dyn Oracle>,
}

/// Every oracle. All of them judge every run.
pub static ORACLES: &[Row] = &[
    Row {
        name: "conservation",
        never: "a request with no outcome, or two; one at a replica that no client planned",
        believes: "client, stub",
        liveness: false,
        several: true,
        build: |scenario| Box::new(conservation::Conservation::new(scenario)),
    },
    Row {
        name: "integrity",
        never: "an answer or a request that is not its own; a part taken for the whole",
        believes: "client, stub",
        liveness: false,
        several: true,
        build: |scenario| Box::new(integrity::Integrity::new(scenario)),
    },
    Row {
        name: "at-most-once",
        never: "a request without idempotency at replicas twice",
        believes: "stub",
        liveness: false,
        several: true,
        build: |scenario| Box::new(at_most_once::AtMostOnce::new(scenario)),
    },
    Row {
        name: "amplification",
        never: "a request at replicas more often than retries allow; in any window, more retries than an upstream's budget allows",
        believes: "client, stub; gateway for when it reads",
        liveness: false,
        several: false,
        build: |scenario| Box::new(amplification::Amplification::new(scenario)),
    },
    Row {
        name: "backoff",
        never: "a retry sooner than its upstream asks for, or later than its backoff's bound, or waits that are not spread below it; a wait for what comes too late",
        believes: "stub; gateway, checked by others against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(backoff::Backoff::new(scenario)),
    },
    Row {
        name: "timeouts",
        never: "an attempt or an answer behind a request's time; a timeout told of that has not passed, or by another's name; a replica told of other time than is left",
        believes: "client, stub; gateway against itself, checked by others against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(timeouts::Timeouts::new(scenario)),
    },
    Row {
        name: "hedge",
        never: "an attempt beside another that nobody asked for, too soon, at the same replica, or twice; a replica that works on for whom has his answer",
        believes: "client, stub; gateway, checked by others against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(hedge::Hedge::new(scenario)),
    },
    Row {
        name: "fallback",
        never: "what a route falls back on, asked beside its own upstream, behind an answer of that, or again",
        believes: "gateway, checked by others against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(fallback::Fallback::new(scenario)),
    },
    Row {
        name: "degraded",
        never: "a route's answer in place of its upstream's that nothing failed for, or another one where something did",
        believes: "gateway, checked by others against client and stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(degraded::Degraded::new(scenario)),
    },
    Row {
        name: "ejection",
        never: "a request to a removed replica, to an ejected one beside another, or again to one beside an untried; too many ejected, or too long",
        believes: "client, stub; gateway, checked against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(ejection::Ejection::new(scenario)),
    },
    Row {
        name: "health",
        never: "a probe out of turn, or judged as it was not answered; a replica out or back for another reason, or for another time, than it was told",
        believes: "stub and wire; gateway, checked against them",
        liveness: false,
        several: false,
        build: |scenario| Box::new(health::Health::new(scenario)),
    },
    Row {
        name: "breaker",
        never: "an attempt past an open breaker, or past more probes than it has; one that opens, closes or stays as it is for nothing, or refuses for nothing",
        believes: "client; gateway, checked by others against stub and wire",
        liveness: false,
        several: false,
        build: |scenario| Box::new(breaker::Breaker::new(scenario)),
    },
    Row {
        name: "overload",
        never: "a request refused over an adaptive limit that has room for its class, or that there is not",
        believes: "client; gateway, checked by others against stub and wire",
        liveness: false,
        several: false,
        build: |scenario| Box::new(overload::Overload::new(scenario)),
    },
    Row {
        name: "balance",
        never: "a request to a replica that its upstream's way of picking, its key or its cookie cannot have picked",
        believes: "client; gateway, checked by others against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(balance::Balance::new(scenario)),
    },
    Row {
        name: "routing",
        never: "a request where its route does not send it, or as it does not; an answer of the gateway's own that is not due, or is another; shares that are not the weights'",
        believes: "client, stub; gateway, checked against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(routing::Routing::new(scenario)),
    },
    Row {
        name: "headers",
        never: "header fields at a replica that are not the client's as its route edits them; what is the connection's own, or a client's word on earlier hops",
        believes: "client, stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(headers::Headers::new(scenario)),
    },
    Row {
        name: "snapshot",
        never: "a request that is decided by two configs: route, upstream, edits up and down are of one",
        believes: "client, stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(snapshot::Snapshot::new(scenario)),
    },
    Row {
        name: "mirror",
        never: "copies of what is not mirrored, more than the share or the bound, or unmarked; a client that waits for one",
        believes: "client, stub and wire",
        liveness: false,
        several: false,
        build: |scenario| Box::new(mirror::Mirror::new(scenario)),
    },
    Row {
        name: "truth",
        never: "an attempt that the gateway tells of and nobody saw, or one seen and not told of; a failed one that did not dial",
        believes: "gateway, checked against stub and wire",
        liveness: false,
        several: false,
        build: |scenario| Box::new(truth::Truth::new(scenario)),
    },
    Row {
        name: "bulkhead",
        never: "connections to an upstream, or requests in flight there, above its bounds",
        believes: "wire, stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(bulkhead::Bulkhead::new(scenario)),
    },
    Row {
        name: "reach",
        never: "a replica called out of reach, or a bound called reached, that is not",
        believes: "wire; gateway, checked against it",
        liveness: false,
        several: false,
        build: |scenario| Box::new(reach::Reach::new(scenario)),
    },
    Row {
        name: "connections",
        never: "a connection to a replica used beyond its requests, its age or its idle time, kept longer, or used before its answer ended",
        believes: "client, stub and wire",
        liveness: false,
        several: false,
        build: |scenario| Box::new(connections::Connections::new(scenario)),
    },
    Row {
        name: "pending",
        never: "a request that waits for a connection needlessly, for too long, beside too many others, or behind a later one",
        believes: "stub and wire; gateway, checked against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(pending::Pending::new(scenario)),
    },
    Row {
        name: "names",
        never: "a name not asked for again in time; requests by another answer than the last good one, or refused in spite of one",
        believes: "client, stub and lookups; gateway, checked against stub",
        liveness: false,
        several: false,
        build: |scenario| Box::new(names::Names::new(scenario)),
    },
    Row {
        name: "answer",
        never: "a client on a sound link without an answer in time",
        believes: "client, stub and wire; gateway against itself",
        liveness: false,
        several: false,
        build: |scenario| Box::new(answer::Answer::new(scenario)),
    },
    Row {
        name: "drain",
        never: "a request in a stopping gateway's hands that is cut off before its deadline",
        believes: "client, stub and wire; gateway against itself",
        liveness: false,
        several: false,
        build: |scenario| Box::new(drain::Drain::new(scenario)),
    },
    Row {
        name: "tunnels",
        never: "a tunnel without consent, or refused for nothing; bytes of it, or of a stream of events, that are lost, late or changed; one that ends for nothing, or not when it should",
        believes: "both sides of it",
        liveness: false,
        several: false,
        build: |scenario| Box::new(tunnels::Tunnels::new(scenario)),
    },
    Row {
        name: "calm",
        never: "a request that fails while nothing is broken, nor was for a while",
        believes: "client",
        liveness: false,
        several: false,
        build: |scenario| Box::new(calm::Calm::new(scenario)),
    },
    Row {
        name: "liveness",
        never: "too few successes, or a replica without requests, some time after the heal",
        believes: "client, stub",
        liveness: true,
        several: true,
        build: |scenario| Box::new(liveness::Liveness::new(scenario)),
    },
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use scenarios::{Ask, Config, Heal, Load, Network, Replica, Upstream};
    use std::time::Duration;

    /// Host, kind and values of each.
    pub(crate) type Events<'a> = [(u64, Kind, &'a [u64])];

    /// Replicas are hosts 1 to 3, the gateway is 4, clients are 5 and 6. Of its upstream's configs the second lacks r2 and
    /// the third is refused. Asks are a GET and a POST.
    pub(crate) fn scenario() -> Scenario {
        let ms = Duration::from_millis;
        let orders = |replicas: &[&str]| Upstream {
            retries: 1,
            ..Upstream::new("orders", replicas)
        };
        let replica = |name: &str| Replica {
            name: name.into(),
            behaviour: "latency=5ms".into(),
            script: String::new(),
        };
        Scenario {
            network: Network {
                latency_min: ms(1),
                latency_max: ms(5),
                fragment: false,
            },
            workers: 1,
            configs: vec![
                Config::new("main", vec![orders(&["r0", "r1", "r2"])]),
                Config::new("less", vec![orders(&["r0", "r1"])]),
                Config::broken("broken"),
            ],
            replicas: ["r0", "r1", "r2"].map(replica).into(),
            behind: None,
            tunnels: None,
            load: Load {
                clients: 2,
                rate: 100.0,
                constant: false,
                duration: ms(10_000),
                timeout: ms(5_000),
                host: "shop.test".into(),
                asks: vec![
                    Ask::get("/orders"),
                    Ask {
                        method: "POST".into(),
                        ..Ask::get("/orders/new")
                    },
                ],
                connections: 100,
                schedule: None,
                arrivals: Vec::new(),
            },
            faults: Vec::new(),
            heal: Heal {
                at: ms(4_000),
                within: ms(1_000),
                at_least: 0.999,
            },
            expectations: Vec::new(),
        }
    }

    /// Shows the events, a millisecond apart, to an oracle and compares what it says.
    pub(crate) fn check(oracle: &mut dyn Oracle, events: &Events<'_>, expected: &[&str]) {
        let finding = judge(oracle, events);
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    pub(crate) fn judge(oracle: &mut dyn Oracle, events: &Events<'_>) -> Finding {
        let mut finding = Finding::default();
        for (i, (host, kind, values)) in events.iter().enumerate() {
            let record = Record::new(i as u64 * 1_000, i as u64, *host, *kind, values);
            if oracle.kinds().contains(kind) {
                oracle.see(&record, &mut finding);
            }
        }
        oracle.end(&mut finding);
        finding
    }

    #[test]
    fn rows_have_names_of_their_own() {
        for row in ORACLES {
            assert_eq!(ORACLES.iter().filter(|other| other.name == row.name).count(), 1);
        }
    }
}
