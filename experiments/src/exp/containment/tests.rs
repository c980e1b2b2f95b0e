//! `containment` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Check, Fault, Replica, Second, Turn, Whole, Window};

/// Twelve runs in which the neighbour's p99 is so many ms more with a breaker, of a hundred, and the breaker opens so late.
fn data(added_ms: u64, opens_ms: u64) -> Data {
    let mut data = Data::default();
    for seed in 0..12 {
        for (variant, _) in VARIANTS {
            let p99_ms = 100 + if variant == BREAKER { added_ms } else { 0 };
            add(&mut data, seed, variant, p99_ms);
        }
        let turn = |at_ms: u64, replica: &str, from: &str, to: &str| Turn {
            seed,
            variant: BREAKER.into(),
            upstream: "payments".into(),
            replica: Some(replica.into()),
            at_us: 1_000 * at_ms,
            from: from.into(),
            to: to.into(),
        };
        data.breakers.push(Turn {
            variant: SLOW.into(),
            ..turn(2_400, "payments0", "closed", "open")
        });
        data.breakers.extend([
            turn(2_500, "payments0", "closed", "open"),
            turn(2_000 + opens_ms, "payments1", "closed", "open"),
            turn(3_900, "payments0", "open", "half-open"),
            turn(4_900, "payments0", "half-open", "open"),
        ]);
    }
    data
}

fn add(data: &mut Data, seed: u64, variant: &str, p99_ms: u64) {
    let variant = variant.to_owned();
    for ask in [PAYMENTS, CATALOG] {
        let window = Window {
            seed,
            variant: variant.clone(),
            from_s: 2.5,
            to_s: 11.5,
            ask: Some(ask),
            requests: 1_000,
            attempts: 0,
            ok: 1_000,
            p50_us: Some(20_000),
            p99_us: Some(1_000 * p99_ms),
            p999_us: Some(200_000),
            ok_p99_us: None,
        };
        let later = Window {
            from_s: 12.0,
            to_s: 16.0,
            p99_us: Some(9_000_000),
            ..window.clone()
        };
        // looked at by two expectations
        data.windows.extend([window.clone(), window, later]);
        data.seconds.extend((0..16).map(|second| Second {
            seed,
            variant: variant.clone(),
            ask: Some(ask),
            second,
            requests: 100,
            attempts: 0,
            ok: 90,
            failed: 10,
            p99_us: Some(20_000),
        }));
    }
    data.wholes.push(Whole {
        seed,
        variant: variant.clone(),
        requests: 1_000,
        attempts: 1_000,
        ok: 1_000,
        ..Whole::default()
    });
    data.replicas.push(Replica {
        seed,
        variant: variant.clone(),
        replica: "payments0".into(),
        requests: if variant == BULKHEAD { 900 } else { 1_000 },
        most_in_hand: 8,
    });
    if variant != WELL {
        data.faults.push(Fault {
            seed,
            variant: variant.clone(),
            kind: "upstream-slow".into(),
            what: "upstream-slow payments0".into(),
            from_s: 2.0,
            to_s: 12.0,
        });
    }
    data.checks.push(Check {
        seed,
        variant,
        name: "bulkhead".into(),
        what: "never more".into(),
        measured: "100 looked at".into(),
        value: None,
        looked_at: Some(100),
        violations: Some(0),
        verdict: "holds".into(),
    });
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    judge(data, 7).into_iter().map(|claim| claim.verdict).collect()
}

#[test]
fn a_neighbour_that_notices_refutes() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&data(5, 900)), [Holds; 8]);
    assert_eq!(
        verdicts(&data(20, 900)),
        [Holds, Refuted, Holds, Holds, Holds, Holds, Holds, Holds]
    );
    let mut failing = data(5, 900);
    let of_catalog = |of: &&mut Window| of.variant == BREAKER && of.ask == Some(CATALOG);
    for window in failing.windows.iter_mut().filter(of_catalog) {
        window.ok -= 5;
    }
    assert_eq!(
        verdicts(&failing),
        [Holds, Holds, Refuted, Holds, Holds, Holds, Holds, Holds]
    );
    let nothing = verdicts(&Data::default());
    assert_eq!((nothing[0], &nothing[1..]), (Holds, [NotJudged; 7].as_slice()));
}

#[test]
fn the_breaker_that_opens_last_counts() {
    let verdicts = |data: &Data| -> Vec<Verdict> {
        let claims = judge(data, 7).into_iter();
        let opens = claims.filter(|claim| ["opens", "opens-always"].contains(&claim.id.as_str()));
        opens.map(|claim| claim.verdict).collect()
    };
    assert_eq!(verdicts(&data(5, 900)), [Verdict::Holds; 2]);
    assert_eq!(verdicts(&data(5, 1_100)), [Verdict::Refuted, Verdict::Missed]);
    let mut one_is_late = data(5, 900);
    one_is_late.breakers[2].at_us += 500_000;
    assert_eq!(verdicts(&one_is_late), [Verdict::Holds, Verdict::Missed]);
}

#[test]
fn where_slow_answers_count_no_run_may_be_late_and_a_bound_that_refuses_nobody_is_not_full() {
    let judged = |data: &Data, id: &str| {
        let mut claims = judge(data, 7).into_iter();
        claims.find(|claim| claim.id == id).map(|claim| claim.verdict)
    };
    let mut data = data(5, 900);
    assert_eq!(judged(&data, "opens-for-slow"), Some(Verdict::Holds));
    data.breakers[0].at_us += 700_000;
    assert_eq!(judged(&data, "opens-for-slow"), Some(Verdict::Refuted));
    let mut replicas = data.replicas.iter_mut();
    let replica = replicas.find(|of| of.variant == BULKHEAD);
    replica.expect("there is one").requests = 1_000;
    assert_eq!(judged(&data, "bulkhead-full"), Some(Verdict::Refuted));
}

#[test]
fn every_picture_can_be_drawn() {
    for data in [data(5, 900), Data::default()] {
        pictures::over_time(&data).expect("drawn");
        pictures::waits(&data, 1).expect("drawn");
    }
}
