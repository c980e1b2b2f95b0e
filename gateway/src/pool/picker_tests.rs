//! The order of a pick, for every kind: cookie, usable and untried, usable, and with `panic` any.

use super::*;
use crate::state::States;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::sync::Arc;

const KINDS: [&str; 8] = [
    "round-robin",
    "weighted",
    "least-conn",
    "p2c",
    "{ p2c: { ewma: true } }",
    "{ ring-hash: { key: path, load_factor: 1.25 } }",
    "ip-hash",
    "random",
];

/// A picker over `count` replicas, and their states.
fn picker(count: usize, keys: &str) -> (Picker, Arc<[Replica]>) {
    let mut replicas: Vec<String> = (1..=count).map(|n| format!("\"10.0.0.{n}:80\"")).collect();
    if count == 0 {
        replicas.push("\"a:80\"".into());
    }
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:0 }}\nroutes: [{{ name: all, match: {{ path: / }}, upstream: u }}]\n\
         upstreams: {{ u: {{ replicas: [{}], {keys} }} }}\n",
        replicas.join(", ")
    );
    let plan = config::load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    let chance = Chance {
        seed: Seed(1),
        sticky_key: b"key",
    };
    let states = States::new(1).upstreams(["u"].into_iter());
    let addrs: Vec<_> = (1..=count as u8)
        .map(|n| (SocketAddr::from(([10, 0, 0, n], 80)), 1))
        .collect();
    let replicas = states[0].replicas(&addrs, &plan.upstreams[0].health);
    (Picker::new(&plan.upstreams[0], &replicas, 0, &chance), replicas)
}

fn set(count: usize, mask: u64) -> ReplicaSet {
    (0..count)
        .filter(|replica| mask >> replica & 1 == 1)
        .fold(ReplicaSet::NONE, ReplicaSet::with)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn in_this_order(
        count in 1usize..=6, tried: u64, barred: u64, panic: bool, kind in 0..KINDS.len(), key: Option<u64>, pinned: Option<u8>,
    ) {
        let (picker, states) = picker(count, &format!("lb: {}, panic: {panic}", KINDS[kind]));
        let (tried, barred) = (set(count, tried), set(count, barred));
        let cookie = pinned.map(|replica| (replica % count as u8, false));
        let affinity = Affinity { key, cookie };
        let now = Instant::now();
        let _held: Vec<_> = states.iter().enumerate().flat_map(|(n, state)| (0..n).map(|_| state.state.hold())).collect();
        for _ in 0..4 {
            let picked = picker.pick(&states, tried, barred, &affinity, now);
            let all = || 0..count;
            let best = all().any(|n| !barred.contains(n) && !tried.contains(n));
            let is_pinned_open = cookie.map(|(n, _)| usize::from(n)).is_some_and(|n| !barred.contains(n) && !tried.contains(n));
            match picked {
                Some(n) if is_pinned_open => prop_assert_eq!(Some(n as u8), cookie.map(|(n, _)| n)),
                Some(n) if best => prop_assert!(!barred.contains(n) && !tried.contains(n)),
                Some(n) => prop_assert!(!barred.contains(n)),
                None => prop_assert_eq!(barred.count(), count, "panic: {}", panic),
            }
        }
    }
}

/// As long as a name has no address.
#[test]
fn of_none_there_is_none_to_pick() {
    for kind in KINDS {
        for keys in [
            "panic: false",
            "panic: true, slow_start: 1s, sticky: { cookie: c }",
        ] {
            let (picker, replicas) = picker(0, &format!("lb: {kind}, {keys}"));
            let affinity = Affinity {
                key: Some(7),
                cookie: None,
            };
            let (tried, barred) = (ReplicaSet::NONE, ReplicaSet::NONE);
            let picked = picker.pick(&replicas, tried, barred, &affinity, Instant::now());
            assert_eq!(picked, None, "{kind} {keys}");
        }
    }
}

#[test]
fn only_an_upstream_that_asks_learns_latencies() {
    assert!(picker(2, "lb: { p2c: { ewma: true } }").0.learns());
    assert!(!picker(2, "lb: p2c").0.learns());
}
