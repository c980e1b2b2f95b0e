//! For how long a connection is used.

use super::bench::{Asked, Bench, Dial};
use crate::health::Params;
use crate::pool::Outgoing;
use http1::write::RequestHead;
use std::time::Duration;

#[test]
fn a_connection_carries_so_many_requests() {
    Bench::run("requests_max: 3", async |bench| {
        for asked in 0..9 {
            assert_eq!(bench.dials(), usize::div_ceil(asked, 3));
            let asked = bench.ask(0, 0).await;
            bench.finish(asked).await;
        }
        assert_eq!((bench.dials(), bench.net.open.get()), (3, 0));
    });
}

/// Asks at these seconds, and tells how often it dialled. Each request takes `takes` seconds.
fn dials(at: &[u64], takes: u64) -> usize {
    let mut dials = 0;
    Bench::run("age_max: 10s, idle_timeout: 1h", async |bench| {
        let start = tokio::time::Instant::now();
        for second in at {
            tokio::time::sleep_until(start + Duration::from_secs(*second)).await;
            let asked = bench.ask(0, 0).await;
            bench.pass(Duration::from_secs(takes)).await;
            bench.finish(asked).await;
        }
        dials = bench.dials();
    });
    dials
}

#[test]
fn a_connection_is_replaced_when_it_is_too_old() {
    assert_eq!(dials(&[0, 2, 4, 6, 8], 0), 1, "young");
    assert_eq!(dials(&[0, 8, 12, 16], 0), 2, "too old when it is taken");
    assert_eq!(dials(&[0, 12], 12), 2, "too old when it is given back");
}

#[test]
fn an_idle_connection_that_is_too_old_is_closed() {
    Bench::run("age_max: 10s, idle_timeout: 1h", async |bench| {
        let asked = bench.ask(0, 0).await;
        bench.finish(asked).await;
        let mut open = Vec::new();
        for _ in 0..2 {
            bench.pass(Duration::from_secs(6)).await;
            bench.pools[0].sweep(tokio::time::Instant::now());
            open.push(bench.net.open.get());
        }
        assert_eq!(open, [1, 0]);
    });
}

/// Of so many connections with ages of up to a hundred seconds, as that time has passed.
async fn some_expire(bench: &Bench, held: Vec<Asked>) {
    for asked in held {
        bench.finish(asked).await;
    }
    assert_eq!(bench.idle(), 20);
    bench.pass(Duration::from_secs(100)).await;
    bench.pools[0].sweep(tokio::time::Instant::now());
    assert!((3..=17).contains(&bench.idle()), "{} are left", bench.idle());
}

#[test]
fn ages_differ() {
    Bench::run("age_max: 100s, idle_timeout: 1h, idle_max: 64", async |bench| {
        let mut held = Vec::new();
        for _ in 0..20 {
            held.push(bench.ask(0, 0).await);
        }
        some_expire(&bench, held).await;
    });
}

#[test]
fn ages_of_connections_that_are_made_together_differ() {
    Bench::run("age_max: 100s, idle_timeout: 1h, idle_max: 64", async |bench| {
        bench.net.dial.set(Dial::ConnectsLate);
        let held: Vec<_> = (0..20).map(|_| bench.start(0, 0)).collect();
        bench.pass(Duration::from_millis(2)).await;
        some_expire(&bench, held).await;
    });
}

/// A wait for a connection is no latency of the replica's.
#[test]
fn who_has_waited_tells_nothing_of_a_replica() {
    let settings = "connections_max: 8 }, lb: { p2c: { ewma: true }";
    Bench::run(settings, async |bench| {
        let replicas = bench
            .state
            .replicas(&[(([10, 0, 0, 1], 80).into(), 1)], &Params::default());
        let start = tokio::time::Instant::now();
        let now = start + Duration::from_millis(50);
        let head = RequestHead::new(Vec::new(), "GET", "/").expect("a target");
        let outgoing = Outgoing::new(head.finish(Some(0)), None);
        for (waited, expected) in [(true, 0), (false, 50_000)] {
            outgoing.waited.set(waited);
            bench.pools[0].learn(0, &outgoing, start, now);
            assert_eq!(replicas[0].state.latency.estimate_us(now), expected, "{waited}");
        }
    });
}

#[test]
fn what_has_ended_is_dialled_anew_in_its_own_slot() {
    Bench::run("connections_max: 1", async |bench| {
        let asked = bench.ask(0, 0).await;
        bench.finish(asked).await;
        bench.hang_up().await;
        let asked = bench.ask(0, 0).await;
        assert_eq!((asked.answered(), bench.dials()), (Some(true), 2));
        // and for one to whom it is handed over, before another that waits
        let (handed, other) = (bench.ask(0, 0).await, bench.ask(0, 1).await);
        bench.hang_up().await;
        bench.finish(asked).await;
        assert_eq!((handed.answered(), other.answered()), (Some(true), None));
        assert_eq!((bench.dials(), bench.net.open.get()), (3, 1));
    });
}
