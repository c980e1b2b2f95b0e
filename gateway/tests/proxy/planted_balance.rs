//! Scenes of the planted bugs that are about picking a replica: first as it should be, then with the bug in force.

use crate::balancing::{addrs, cookie, gateway, get};
use crate::harness::{Client, Gateway, OK, Step, Upstream, status, yaml};
use crate::planted::check;
use gateway::planted::Bug;

/// As many requests as chance does not give to one of two replicas, but once in 10¹².
const MANY: usize = 40;

async fn answering<const N: usize>() -> [Upstream; N] {
    let mut all = Vec::new();
    for _ in 0..N {
        all.push(Upstream::start(&[Step::Answer(OK)]).await);
    }
    all.try_into().ok().expect("as many")
}

fn counts<const N: usize>(upstreams: &[Upstream; N]) -> [usize; N] {
    upstreams.each_ref().map(Upstream::requests)
}

#[test]
fn turns_and_weights() {
    let turns = async |_| {
        let replicas = answering::<2>().await;
        let gateway = gateway(&addrs(&replicas), "lb: round-robin", "").await;
        for _ in 0..4 {
            gateway.get("/").await;
        }
        counts(&replicas)
    };
    check(Bug::TurnStuck, turns, [2, 2], [4, 0]);
    let weights = async |_| {
        let replicas = answering::<2>().await;
        let [a, b] = replicas.each_ref().map(|replica| replica.addr);
        let weighted = format!("[\"{a}\", {{ addr: \"{b}\", weight: 3 }}] }}");
        let gateway = Gateway::from_yaml(&yaml(&[], "", "").replace("[] }", &weighted)).await;
        for _ in 0..8 {
            gateway.get("/").await;
        }
        counts(&replicas)
    };
    check(Bug::WeightsIgnored, weights, [2, 6], [4, 4]);
    let chance = async |_| {
        let replicas = answering::<2>().await;
        let gateway = gateway(&addrs(&replicas), "lb: random", "").await;
        for _ in 0..MANY {
            gateway.get("/").await;
        }
        replicas[0].requests() == MANY
    };
    check(Bug::RandomFirst, chance, false, true);
}

/// Whether a replica that never answers gets one request at most, beside one that answers at once.
async fn spared(lb: &str) -> bool {
    let silent = Upstream::start(&[Step::Silence]).await;
    let quick = Upstream::start(&[Step::Answer(OK)]).await;
    let gateway = gateway(&[silent.addr, quick.addr], &format!("lb: {lb}"), "").await;
    let mut waiting: Vec<Client> = Vec::new();
    for sent in 1..=MANY {
        let held = silent.requests();
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        while silent.requests() + quick.requests() < sent {
            tokio::task::yield_now().await;
        }
        if silent.requests() == held {
            client.answer().await;
        }
        waiting.push(client);
    }
    silent.requests() <= 1
}

#[test]
fn load() {
    for (bug, lb) in [
        (Bug::LoadUnseen, "least-conn"),
        (Bug::LeastConnReversed, "least-conn"),
        (Bug::TwoChoicesWorse, "p2c"),
        (Bug::OneChoice, "p2c"),
    ] {
        check(bug, async |_| spared(lb).await, true, false);
    }
    let leaked = async |_| {
        let breaks = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let [other] = answering().await;
        let gateway = gateway(&[breaks.addr, other.addr], "lb: least-conn", "").await;
        for _ in 0..6 {
            gateway.get("/").await;
        }
        breaks.requests()
    };
    check(Bug::InFlightLeaked, leaked, 3, 1);
}

#[test]
fn keys() {
    const BY_USER: &str = "key: { header: x-user }";
    let key = async |_| {
        let replicas = answering::<2>().await;
        let lb = format!("lb: {{ ring-hash: {{ {BY_USER} }} }}");
        let gateway = gateway(&addrs(&replicas), &lb, "").await;
        for _ in 0..MANY {
            get(&gateway, "/", "X-User: anna\r\n").await;
        }
        counts(&replicas).contains(&MANY)
    };
    check(Bug::RingKeyIgnored, key, true, false);
    let moved = async |_| {
        let replicas = answering::<3>().await;
        let lb = format!("lb: {{ ring-hash: {{ {BY_USER} }} }}");
        let all = gateway(&addrs(&replicas), &lb, "").await;
        let without = gateway(&addrs(&replicas[..2]), &lb, "").await;
        let mut moved = false;
        for user in 0..MANY {
            let before = counts(&replicas);
            get(&all, "/", &format!("X-User: user-{user}\r\n")).await;
            let at = counts(&replicas);
            get(&without, "/", &format!("X-User: user-{user}\r\n")).await;
            let then = counts(&replicas);
            moved |= (0..2).any(|i| at[i] > before[i] && then[i] == at[i]);
        }
        moved
    };
    check(Bug::RingRehashed, moved, false, true);
    let bound = async |_| {
        let mut replicas = Vec::new();
        for _ in 0..3 {
            replicas.push(Upstream::start(&[Step::Silence]).await);
        }
        let lb = format!("lb: {{ ring-hash: {{ {BY_USER}, load_factor: 1.25 }} }}");
        let gateway = gateway(&addrs(&replicas), &lb, "").await;
        let mut waiting: Vec<Client> = Vec::new();
        for sent in 1..=9 {
            let mut client = gateway.connect().await;
            client
                .send("GET / HTTP/1.1\r\nHost: a\r\nX-User: anna\r\n\r\n")
                .await;
            waiting.push(client);
            while replicas.iter().map(Upstream::requests).sum::<usize>() < sent {
                tokio::task::yield_now().await;
            }
        }
        replicas.iter().map(Upstream::requests).max()
    };
    check(Bug::BoundedLoadIgnored, bound, Some(4), Some(9));
}

/// The `Cookie` field of a client that has been here once.
async fn returning(gateway: &Gateway) -> String {
    let value = cookie(&gateway.get("/").await).expect("a cookie for whoever has none");
    format!("Cookie: s={value}\r\n")
}

#[test]
fn cookies() {
    let sticky = async |_| {
        let replicas = answering::<2>().await;
        let gateway = gateway(&addrs(&replicas), "sticky: { cookie: s }", "").await;
        let fields = returning(&gateway).await;
        for _ in 0..3 {
            get(&gateway, "/", &fields).await;
        }
        counts(&replicas)
    };
    check(Bug::StickyIgnored, sticky, [4, 0], [2, 2]);
    let moved = async |_| {
        let dies = Upstream::start(&[Step::AnswerAndClose(OK), Step::Close]).await;
        let [other] = answering().await;
        let keys = "sticky: { cookie: s }";
        let gateway = gateway(&[dies.addr, other.addr], keys, ", retries: { max: 1 }").await;
        let fields = returning(&gateway).await;
        cookie(&get(&gateway, "/", &fields).await).is_some()
    };
    check(Bug::StickyForGood, moved, true, false);
    let dead = async |_| {
        let dies = Upstream::start(&[Step::AnswerAndClose(OK), Step::Close]).await;
        let [other] = answering().await;
        let keys = "sticky: { cookie: s }, health: { passive: { errors: 1, cooldown: 60s } }";
        let gateway = gateway(&[dies.addr, other.addr], keys, "").await;
        let fields = returning(&gateway).await;
        get(&gateway, "/", &fields).await;
        status(&get(&gateway, "/", &fields).await).to_owned()
    };
    check(Bug::StickyToDead, dead, "200".into(), "502".into());
}

#[test]
fn slow_start() {
    let few = async |_| {
        let returns = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let [other] = answering().await;
        let keys = "slow_start: 1h, health: { passive: { errors: 1, cooldown: 10ms } }";
        let gateway = gateway(&[returns.addr, other.addr], keys, "").await;
        while returns.requests() < 2 {
            gateway.get("/").await;
        }
        for _ in 0..20 {
            gateway.get("/").await;
        }
        returns.requests() <= 6
    };
    check(Bug::SlowStartIgnored, few, true, false);
}
