//! What the swarm draws of picking replicas: ways, weights, keys, cookies, slow start; and asks that carry them.

use super::balance::{Key, Lb, Sticky};
use super::config::Upstream;
use super::knobs::Knobs;
use super::model::Ask;
use std::collections::BTreeMap;
use std::time::Duration;

/// Every way of balancing.
const LBS: [&str; 8] = [
    "round-robin",
    "weighted",
    "least-conn",
    "p2c",
    "p2c-ewma",
    "ring-hash",
    "ip-hash",
    "random",
];

/// Of asks to an upstream whose requests go by their keys: so many meet everybody, which fewer need not.
const KEYS: usize = 32;

/// The field and the cookie that keys are in, where they are in one.
const HEADER: &str = "X-User";
const COOKIE: &str = "user";

/// Of one upstream.
pub(super) struct Picks {
    lb: Lb,
    weights: Vec<u64>,
    sticky: Option<Duration>,
    slow_start: Option<Duration>,
}

/// For each of so many upstreams, which have at most so many replicas.
pub(super) fn draw(knobs: &mut Knobs, upstreams: usize, replicas_max: usize) -> Vec<Picks> {
    let lbs = knobs.words("lb", &LBS, upstreams);
    let keys = knobs.words("ring_key", &["path", "header", "cookie", "ip"], upstreams);
    let factors = knobs.words("load_factor", &["none", "none", "1.25", "2"], upstreams);
    let weights = knobs.integers("weights", 1..=4, upstreams * replicas_max);
    let stickies = knobs.words("sticky", &["no", "no", "no", "6s", "1h"], upstreams);
    let slow_starts = knobs.words("slow_start", &["no", "no", "1s", "3s"], upstreams);
    let make = |i: usize| Picks {
        lb: lb(lbs[i], keys[i], factors[i]),
        weights: weights[i * replicas_max..(i + 1) * replicas_max].to_vec(),
        sticky: humantime::parse_duration(stickies[i]).ok(),
        slow_start: humantime::parse_duration(slow_starts[i]).ok(),
    };
    (0..upstreams).map(make).collect()
}

impl Picks {
    /// Tells an upstream of it, whose other facts are there.
    pub(super) fn tell(&self, upstream: Upstream) -> Upstream {
        if upstream.by_name {
            // weights and cookies are of replicas that are known
            return Upstream {
                lb: self.lb.clone(),
                ..upstream
            };
        }
        // the gateway refuses weights that would not be heeded
        let heeded = self.lb != Lb::RoundRobin;
        let weights = upstream.replicas.iter().zip(&self.weights);
        let weights = weights.filter(|(_, weight)| heeded && **weight != 1);
        let weights: BTreeMap<_, _> = weights
            .map(|(name, weight)| (name.clone(), *weight as u32))
            .collect();
        Upstream {
            lb: self.lb.clone(),
            weights,
            sticky: self.sticky.map(|ttl| Sticky {
                cookie: format!("{}-replica", upstream.name),
                ttl,
            }),
            slow_start: self.slow_start,
            ..upstream
        }
    }
}

fn lb(way: &str, key: &str, factor: &str) -> Lb {
    match way {
        "weighted" => Lb::Weighted,
        "least-conn" => Lb::LeastConn,
        "p2c" => Lb::P2c,
        "p2c-ewma" => Lb::P2cEwma,
        "ring-hash" => Lb::RingHash {
            key: match key {
                "header" => Key::Header(HEADER.into()),
                "cookie" => Key::Cookie(COOKIE.into()),
                "ip" => Key::Ip,
                _ => Key::Path,
            },
            load_factor: factor.parse().ok(),
        },
        "ip-hash" => Lb::IpHash,
        "random" => Lb::Random,
        _ => Lb::RoundRobin,
    }
}

/// The asks of one upstream with what decides where they go: by keys there are more of them, of the same weight in all, and
/// one more without a key.
pub(super) fn keyed(told: &Upstream, asks: Vec<Ask>) -> Vec<Ask> {
    let visits = told.sticky.is_some();
    let asks = asks.into_iter().map(|ask| Ask { visits, ..ask });
    let asks: Vec<Ask> = asks.collect();
    let key = match told.lb.key() {
        None | Some(Key::Ip) => return asks,
        Some(key) => key,
    };
    let count = KEYS.max(asks.len());
    let share = asks.len() as f64 / (count + 1) as f64;
    let with = |number: usize| {
        let mut ask = asks[number % asks.len()].clone();
        ask.weight *= share;
        let own = format!("user-{number}");
        match key {
            Key::Header(name) => ask.headers.push((name.clone(), own)),
            Key::Cookie(name) => ask.headers.push(("Cookie".into(), format!("a=b; {name}={own}"))),
            Key::Path | Key::Ip => ask.path = path(&ask.path, &own),
        }
        ask
    };
    let without = asks.first().map(|ask| Ask {
        weight: ask.weight * share,
        ..ask.clone()
    });
    (0..count).map(with).chain(without).collect()
}

/// A path of its own, with the query of the one that it is made of.
fn path(path: &str, own: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match query {
        "" => format!("{path}/{own}"),
        query => format!("{path}/{own}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyed_asks_have_a_key_each_and_weigh_what_they_did() {
        let get = [Ask::get("/orders"), Ask::get("/orders/7?a=b")];
        for (key, second) in [
            (Key::Path, "/orders/7/user-1?a=b []"),
            (
                Key::Header("X-User".into()),
                "/orders/7?a=b [(\"X-User\", \"user-1\")]",
            ),
            (
                Key::Cookie("user".into()),
                "/orders/7?a=b [(\"Cookie\", \"a=b; user=user-1\")]",
            ),
        ] {
            let told = Upstream {
                lb: Lb::RingHash {
                    key,
                    load_factor: None,
                },
                ..Upstream::new("orders", &["r0"])
            };
            let asks = keyed(&told, get.to_vec());
            assert_eq!(asks.len(), KEYS + 1);
            assert_eq!(format!("{} {:?}", asks[1].path, asks[1].headers), second);
            let weight: f64 = asks.iter().map(|ask| ask.weight).sum();
            assert!((weight - 2.0).abs() < 1e-9, "{weight}");
            assert_eq!((&asks[KEYS].path, asks[KEYS].headers.len()), (&get[0].path, 0));
        }
        assert_eq!(keyed(&Upstream::new("orders", &["r0"]), get.to_vec()), get);
    }
}
