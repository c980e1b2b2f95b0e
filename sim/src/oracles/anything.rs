//! Nothing that a record says is too much for an oracle: a trace from elsewhere may say anything, in any order.
//!
//! Numbers are small, so that they meet each other and lead somewhere, and now and then as great as can be. The scenario has
//! whatever an oracle asks about.

use super::tests::scenario as plain;
use super::{Finding, ORACLES};
use crate::trace::{Kind, Record};
use proptest::prelude::*;
use scenarios::{
    Action, Again, Ask, Backoff, Breaks, Budget, Config, Degraded, Edits, Ejects, Hedge, Key, Lb, Mirror,
    Path, Probes, Replica, Route, Scenario, Slow, Sticky, Upstream,
};
use std::time::Duration;

/// Hosts 1 to 4 are replicas, the last of them a shadow; 5 is the gateway, and 6 and 7 are clients.
const GATEWAY: u64 = 5;

/// Time, host, kind and values.
type Event = (u64, u64, Kind, [u64; 7]);

/// An upstream that is picked from in this way and has every bound.
fn told(lb: &Lb) -> Upstream {
    let ms = Duration::from_millis;
    let mut told = Upstream {
        lb: lb.clone(),
        weights: [("r1".to_owned(), 3)].into(),
        sticky: Some(Sticky {
            cookie: "s".into(),
            ttl: ms(3_000),
        }),
        slow_start: (*lb != Lb::RoundRobin).then_some(ms(1)),
        ejects: Some(Ejects::new(ms(4), 0.5)),
        probes: Some(Probes {
            port: None,
            path: "/healthz".into(),
            interval: ms(1),
            timeout: ms(1),
            unhealthy_after: 2,
            healthy_after: 2,
            statuses: [200, 299],
        }),
        breaker: Some(Breaks {
            ratio: 0.5,
            min_requests: 1,
            window: ms(2),
            open_for: ms(1),
            open_for_max: ms(2),
            probes: 1,
            slow: Some(Slow {
                after: ms(1),
                ratio: 0.5,
            }),
            per_replica: *lb == Lb::Random,
        }),
        retries: 1,
        again: Again {
            budget: Some(Budget {
                ratio: 0.1,
                min_per_second: 1,
                ttl: ms(2),
            }),
            backoff: Some(Backoff::new(50, 50)),
            body_max: 1,
            of_429: true,
            hedge: Some(Hedge::after(2)),
        },
        first_byte_timeout: Some(ms(1)),
        deadline_header: Some("x-wait".into()),
        pending_max: 1,
        connections_max: 2,
        ..Upstream::new("orders", &["r0", "r1", "r2"])
    };
    told.lives.requests_max = Some(2);
    told.lives.age_max = Some(ms(2));
    told.lives.idle_timeout = Some(ms(1));
    told
}

/// That upstream, a split between it and one by name, and copies of its requests.
fn scenario(lb: &Lb) -> Scenario {
    let ms = Duration::from_millis;
    let told = told(lb);
    let less = Upstream {
        replicas: vec!["r1".into()],
        ..told.clone()
    };
    let named = Upstream {
        by_name: true,
        ..Upstream::new("named", &["r2"])
    };
    let split = Action::Split {
        branches: vec![("orders".into(), 1), ("named".into(), 1)],
        header: "x-to".into(),
    };
    let mirror = Mirror {
        upstream: "shadow".into(),
        share: 0.5,
        in_flight_max: 1,
        timeout: ms(1),
    };
    let orders = Route {
        mirror: Some(mirror),
        fallback: Some("shadow".into()),
        edits: Some(Edits {
            set: vec![("x-mark-a".into(), "1".into())],
            ..Edits::default()
        }),
        ..Route::of_upstream("orders")
    };
    let routes = vec![
        orders,
        Route {
            degraded: Some(Degraded {
                status: 1,
                body: "1".into(),
                for_answers: true,
            }),
            ..Route::of_upstream("named")
        },
        Route::new("split", Path::Prefix("/split".into()), split),
    ];
    let config = |name: &str, orders: &Upstream| {
        let upstreams = vec![orders.clone(), named.clone(), Upstream::new("shadow", &["r3"])];
        Config::with_routes(name, upstreams, routes.clone())
    };
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: String::new(),
        script: String::new(),
    };
    let mut scenario = plain();
    scenario.workers = 2;
    scenario.configs = vec![
        config("main", &told),
        config("less", &less),
        Config::new("orders", vec![Upstream { sticky: None, ..told }]),
    ];
    scenario.replicas = ["r0", "r1", "r2", "r3"].map(replica).into();
    scenario.load.asks = ["/orders", "/named", "/split", "/nowhere"].map(Ask::get).into();
    scenario.load.asks[0].visits = true;
    scenario.load.asks[0].headers = vec![("x-wait".into(), "1".into())];
    scenario
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![24 => 0..4_u64, 8 => 0..9_u64, 1 => Just(u64::MAX)]
}

fn anything() -> impl Strategy<Value = Vec<Event>> {
    let host = prop_oneof![1 => Just(GATEWAY), 1 => number()];
    let values = prop::array::uniform7(number());
    let event = (number(), host, prop::sample::select(Kind::ALL), values);
    event.prop_map(|event| vec![event])
}

/// What would hardly ever come about by chance: a request at a replica, a connection there, another config.
fn something() -> impl Strategy<Value = Vec<Event>> {
    let small = || 0..4_u64;
    (0..3_u8, number(), small(), small(), small()).prop_map(|(what, at_us, a, b, c)| {
        let events = match what {
            0 => vec![
                (6, Kind::ClientPlanned, [a, 0, c, 0, 0, 0, 0]),
                (6, Kind::ClientSent, [a, 0, 0, 0, 0, 0, 0]),
                (GATEWAY, Kind::GatewayRequest, [a, a + 1, 0, 0, 0, 0, 0]),
                (GATEWAY, Kind::GatewayAttempt, [a, 1, c / 3, b, 0, 0, 0]),
                (GATEWAY, Kind::GatewayBreaker, [0, 0, a % 3, b % 3, 0, 0, 0]),
                (GATEWAY, Kind::GatewayAttemptDone, [a, 1, c / 3, 500 + b, 0, 0, 0]),
                (b + 1, Kind::StubWaits, [b, c, 0, 0, 0, 0, 0]),
                (b + 1, Kind::StubRequest, [b, c, a, a + 1, 0, 1, 9]),
                (b + 1, Kind::StubLater, [b, a, c, a % 2, 0, 0, 0]),
            ],
            1 => vec![
                (GATEWAY, Kind::Connect, [a, b + 1, 80, 0, 0, 0, 0]),
                (b + 1, Kind::Accept, [c, GATEWAY, 0, 0, 0, 0, 0]),
                (b + 1, Kind::StubAccepted, [b, c, 0, 0, 0, 0, 0]),
                (GATEWAY, Kind::Connected, [a, c, 0, 0, 0, 0, 0]),
            ],
            _ => vec![
                (0, Kind::Reload, [a, b, 0, 0, 0, 0, 0]),
                (GATEWAY, Kind::GatewayApplied, [c, 0, 0, 0, 0, 0, 0]),
            ],
        };
        let events = events.into_iter();
        events
            .map(|(host, kind, values)| (at_us, host, kind, values))
            .collect()
    })
}

fn ways() -> impl Strategy<Value = Lb> {
    let (key, load_factor) = (Key::Path, Some(1.5));
    prop::sample::select(vec![
        Lb::RoundRobin,
        Lb::Weighted,
        Lb::LeastConn,
        Lb::P2c,
        Lb::RingHash { key, load_factor },
        Lb::IpHash,
        Lb::Random,
    ])
}

proptest! {
    #[test]
    fn nothing_that_a_record_says_is_too_much(lb in ways(), events in prop::collection::vec(prop_oneof![2 => anything(), 1 => something()], 0..300)) {
        let scenario = scenario(&lb);
        for row in ORACLES {
            let mut oracle = (row.build)(&scenario);
            let mut finding = Finding::default();
            for (sequence, (at_us, host, kind, values)) in events.iter().flatten().enumerate() {
                if oracle.kinds().contains(kind) {
                    let values = &values[..kind.fields().len()];
                    oracle.see(&Record::new(*at_us, sequence as u64, *host, *kind, values), &mut finding);
                }
            }
            oracle.end(&mut finding);
        }
    }
}
