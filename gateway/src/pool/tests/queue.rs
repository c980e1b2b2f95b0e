//! Who waits, for how long, and who is next.

use super::bench::{Asked, Bench, Dial};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

async fn answered(asked: &[&Asked]) -> Vec<Option<bool>> {
    asked.iter().map(|asked| asked.answered()).collect()
}

#[test]
fn a_connection_goes_from_hand_to_hand() {
    Bench::run("connections_max: 1", async |bench| {
        let mut last = bench.ask(0, 0).await;
        for _ in 0..5 {
            let next = bench.ask(0, 0).await;
            assert_eq!((next.answered(), bench.state.slots.waiting()), (None, 1));
            bench.finish(last).await;
            assert_eq!(next.answered(), Some(true));
            last = next;
        }
        assert_eq!(bench.dials(), 1);
    });
}

#[test]
fn who_waits_is_served_in_order() {
    Bench::run("connections_max: 1", async |bench| {
        let first = bench.ask(0, 0).await;
        let (a, b, c) = (
            bench.ask(0, 1).await,
            bench.ask(1, 0).await,
            bench.ask(0, 1).await,
        );
        bench.finish(first).await;
        assert_eq!(answered(&[&a, &b, &c]).await, [Some(true), None, None]);
        assert_eq!(bench.dialled(), 1);
        // its own kind is next for once, and needs no dial
        bench.finish(a).await;
        assert_eq!(answered(&[&b, &c]).await, [None, Some(true)]);
        assert_eq!(bench.dials(), 2);
        bench.finish(c).await;
        assert_eq!((b.answered(), bench.dialled()), (Some(true), 0));
    });
}

/// Whether a waiter for the connection's own replica, who came so much later, goes before one for another.
fn jumps(later: Duration) -> bool {
    let mut jumped = None;
    Bench::run("connections_max: 1", async |bench| {
        let first = bench.ask(0, 0).await;
        let other = bench.ask(0, 1).await;
        bench.pass(later).await;
        let own = bench.ask(0, 0).await;
        bench.finish(first).await;
        assert_ne!(other.answered(), own.answered());
        jumped = Some(own.answered() == Some(true));
    });
    jumped.expect("it ran")
}

#[test]
fn nobody_is_passed_over_for_long() {
    assert!(jumps(10 * MS));
    assert!(!jumps(11 * MS));
}

#[test]
fn a_replica_without_connections_is_not_starved() {
    Bench::run("connections_max: 1, pending_timeout: 1m", async |bench| {
        let mut last = bench.ask(0, 0).await;
        let other = bench.ask(1, 2).await;
        for served in 0..100 {
            let next = bench.ask(0, 0).await;
            bench.pass(MS).await;
            bench.finish(last).await;
            if other.answered() == Some(true) {
                assert!(served >= 5, "a hand-over is cheaper while it may be");
                return;
            }
            assert_eq!(next.answered(), Some(true));
            last = next;
        }
        panic!("it waits for ever");
    });
}

#[test]
fn an_idle_connection_to_another_replica_makes_room() {
    // a worker keeps half of the idle ones
    Bench::run("connections_max: 3", async |bench| {
        let _held = bench.ask(1, 0).await;
        for replica in [0, 1] {
            let asked = bench.ask(0, replica).await;
            bench.pass(MS).await;
            bench.finish(asked).await;
        }
        let asked = bench.ask(0, 2).await;
        assert_eq!(asked.answered(), Some(true));
        assert_eq!((bench.net.open.get(), bench.idle()), (3, 1));
        // the one that was used last is there still
        let kept = bench.ask(0, 1).await;
        assert_eq!((kept.answered(), bench.dials()), (Some(true), 4));
    });
}

#[test]
fn an_idle_connection_of_another_worker_is_given_up() {
    Bench::run("connections_max: 1", async |bench| {
        let asked = bench.ask(0, 0).await;
        bench.finish(asked).await;
        assert_eq!(bench.idle(), 1);
        let asked = bench.ask(1, 0).await;
        assert_eq!(asked.answered(), Some(true));
        assert_eq!((bench.net.open.get(), bench.idle(), bench.dials()), (1, 0, 2));
    });
}

#[test]
fn whoever_waits_first_asks_the_other_workers() {
    Bench::run("connections_max: 1", async |bench| {
        let (_held, _waits) = (bench.ask(0, 0).await, bench.ask(0, 0).await);
        bench.state.asked.asked(1).await;
        let own = bench.state.asked.asked(0);
        assert!(tokio::time::timeout(MS, own).await.is_err());
    });
}

#[test]
fn more_than_may_wait_are_refused_at_once() {
    Bench::run("connections_max: 1, pending_max: 1", async |bench| {
        let _held = bench.ask(0, 0).await;
        let waits = bench.ask(0, 0).await;
        let refused = bench.ask(1, 1).await;
        assert!(refused.is_full() && !waits.is_full());
        bench.cancel(waits).await;
        assert!(!bench.ask(1, 1).await.is_full());
        let cells = &bench.state.cells;
        assert_eq!(cells.sum(|cells| &cells.pending_full), 1);
        assert_eq!(cells.sum(|cells| &cells.full), 0);
    });
    Bench::run("connections_max: 1, pending_max: 0", async |bench| {
        let _held = bench.ask(0, 0).await;
        assert!(bench.ask(0, 0).await.is_full());
    });
}

#[test]
fn a_wait_has_an_end() {
    Bench::run("connections_max: 1, pending_timeout: 100ms", async |bench| {
        let _held = bench.ask(0, 0).await;
        let waits = bench.ask(0, 0).await;
        bench.pass(98 * MS).await;
        assert_eq!(waits.answered(), None);
        bench.pass(4 * MS).await;
        assert!(waits.is_full());
        assert_eq!(bench.state.cells.sum(|cells| &cells.pending_timeouts), 1);
        assert_eq!(
            (bench.state.slots.waiting(), bench.state.in_flight.held()),
            (0, 1)
        );
    });
}

#[test]
fn a_dial_that_fails_leaves_its_slot_to_the_next() {
    Bench::run("connections_max: 1", async |bench| {
        bench.net.dial.set(Dial::Hangs);
        let hangs = bench.ask(0, 0).await;
        let (a, b) = (bench.ask(1, 1).await, bench.ask(0, 2).await);
        bench.net.dial.set(Dial::Fails);
        bench.cancel(hangs).await;
        assert_eq!(answered(&[&a, &b]).await, [Some(false), Some(false)]);
        assert_eq!((bench.dials(), bench.state.slots.held()), (3, 0));
    });
}

/// What was granted to a waiter that goes away before it has run again.
#[test]
fn a_waiter_that_goes_away_loses_nothing() {
    Bench::run("connections_max: 1", async |bench| {
        for replica in [0, 1] {
            let held = bench.ask(0, 0).await;
            let (goes, stays) = (bench.ask(0, replica).await, bench.ask(0, 0).await);
            held.finish();
            assert_eq!((bench.state.slots.waiting(), bench.state.slots.held()), (1, 1));
            bench.cancel(goes).await;
            assert_eq!(stays.answered(), Some(true));
            bench.finish(stays).await;
            assert_eq!((bench.state.slots.held(), bench.idle()), (1, 1));
        }
    });
}

#[test]
fn a_reload_forgets_nobody_who_waits() {
    let (small, large) = (
        "connections_max: 1, pending_timeout: 100ms",
        "connections_max: 2, pending_timeout: 100ms",
    );
    Bench::run(small, async |mut bench| {
        let held = bench.ask(0, 0).await;
        let (old, late) = (bench.ask(0, 0).await, bench.ask(0, 0).await);
        bench.reload(small);
        let new = bench.ask(0, 0).await;
        // a connection that is known to the old pool, for one that waits in it
        bench.finish(held).await;
        assert_eq!(answered(&[&old, &late, &new]).await, [Some(true), None, None]);
        assert_eq!(bench.dials(), 1);
        // a higher limit is for all
        bench.reload(large);
        bench.settle().await;
        assert_eq!(answered(&[&late, &new]).await, [Some(true), None]);
        bench.pass(101 * MS).await;
        assert!(new.is_full());
        for asked in [old, late] {
            bench.finish(asked).await;
        }
        assert_eq!(
            (bench.idle(), bench.state.slots.held()),
            (0, 0),
            "old pools keep nothing"
        );
    });
}

#[test]
fn the_pool_of_an_old_config_keeps_nothing() {
    Bench::run("connections_max: 4", async |mut bench| {
        let [idle, a, b] = [
            bench.ask(0, 0).await,
            bench.ask(0, 0).await,
            bench.ask(0, 0).await,
        ];
        bench.finish(idle).await;
        assert_eq!(bench.state.slots.held(), 3);
        bench.reload("connections_max: 4");
        assert_eq!(bench.state.slots.held(), 2);
        // its sibling keeps the old pool
        bench.finish(a).await;
        assert_eq!((bench.state.slots.held(), bench.net.open.get()), (1, 1));
        bench.finish(b).await;
        assert_eq!(bench.net.open.get(), 0);
    });
}
