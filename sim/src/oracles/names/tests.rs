//! Planted violations about names: each is seen, and what is close to it is not.

use super::super::tests::scenario;
use super::*;

/// Time in ms, host, kind, values.
type Event = (u64, u64, Kind, &'static [u64]);

fn judge(events: &[&[Event]], expected: &[&str]) {
    let mut scenario = scenario();
    for config in &mut scenario.configs {
        config.upstreams.iter_mut().for_each(|told| told.by_name = true);
    }
    let mut oracle = Names::new(&scenario);
    let mut finding = Finding::default();
    for (at_ms, host, kind, values) in events.concat() {
        assert!(oracle.kinds().contains(&kind), "{kind}");
        oracle.see(&Record::new(at_ms * 1_000, 0, host, kind, values), &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

const START: Event = (0, 4, Kind::Start, &[0]);

/// Hosts 1 and 2; host 3; nothing.
const fn looked(at_ms: u64, values: &'static [u64]) -> [Event; 1] {
    [(at_ms, 4, Kind::LookedUp, values)]
}
const BOTH: &[u64] = &[0, 0, 0b110];
const THIRD: &[u64] = &[0, 0, 0b1000];
const FAILED: &[u64] = &[0, 1, 0];

/// The gateway goes by hosts 1 and 2.
const APPLIED: [Event; 3] = [
    (10, 4, Kind::GatewayReplica, &[0, 0, 1]),
    (10, 4, Kind::GatewayReplica, &[0, 1, 2]),
    (10, 4, Kind::GatewayApplied, &[2]),
];

/// A client's request 7 at this time, which goes to host 2.
const fn asked(at_ms: u64) -> [Event; 5] {
    [
        (at_ms, 5, Kind::ClientPlanned, &[7, 0, 0]),
        (at_ms, 5, Kind::ClientSent, &[7, 0]),
        (at_ms + 1, 4, Kind::GatewayRequest, &[0, 8]),
        (at_ms + 1, 4, Kind::GatewayAttempt, &[0, 1, 0, 1]),
        (at_ms + 2, 2, Kind::StubRequest, &[1, 0, 0, 8, 0, 1, 9]),
    ]
}

#[test]
fn an_answer_holds_until_the_next_good_one() {
    judge(&[&[START], &looked(5, BOTH), &APPLIED, &asked(20)], &[]);
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &APPLIED,
            &looked(900, FAILED),
            &asked(1_500),
        ],
        &[],
    );
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &APPLIED,
            &looked(900, THIRD),
            &asked(1_000),
        ],
        &[],
    );
}

#[test]
fn who_goes_by_another_answer_is_caught() {
    let goes_by = |at: &str| {
        format!(
            "the gateway's request 0 for orders goes by 2 replicas, which no answer in force since {at} s names"
        )
    };
    let sent = "r1 got request 7, sent when the name of orders no longer stood for it, or not yet";
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &APPLIED,
            &looked(900, THIRD),
            &asked(1_100),
        ],
        &[&goes_by("1.101"), sent],
    );
    judge(
        &[&[START], &looked(5, &[0, 0, 0b1110]), &APPLIED, &asked(20)],
        &[&goes_by("0.021")],
    );
    judge(&[&[START], &APPLIED, &asked(20)], &[&goes_by("0.021"), sent]);
}

#[test]
fn what_an_earlier_process_sent_may_arrive() {
    let again: [Event; 2] = [(21, 4, Kind::Crash, &[1]), (22, 4, Kind::Start, &[1])];
    let asked = asked(20);
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &APPLIED,
            &asked[..4],
            &again,
            &asked[4..],
        ],
        &[],
    );
}

#[test]
fn a_refusal_in_spite_of_an_answer_is_caught() {
    let refused: [Event; 4] = [
        (1_500, 5, Kind::ClientPlanned, &[7, 0, 0]),
        (1_500, 5, Kind::ClientSent, &[7, 0]),
        (1_501, 4, Kind::GatewayRequest, &[0, 8]),
        (1_501, 4, Kind::GatewayAnswered, &[0, 503]),
    ];
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &APPLIED,
            &looked(900, FAILED),
            &refused,
        ],
        &[
            "the gateway's request 0 for orders is refused without an attempt, though its name stands for replicas",
        ],
    );
    judge(&[&[START], &looked(900, FAILED), &refused], &[]);
    judge(&[&[START], &looked(1_400, BOTH), &refused], &[]);
}

#[test]
fn a_name_that_is_not_asked_for_again_is_caught() {
    let end = |at_ms| -> [Event; 1] { [(at_ms, 0, Kind::End, &[])] };
    judge(&[&[START], &looked(5, BOTH), &end(1_020)], &[]);
    judge(
        &[&[START], &looked(5, BOTH), &end(1_030)],
        &["the name of orders should have been looked up again by 1.027 s"],
    );
    judge(
        &[&[START], &looked(5, BOTH), &looked(1_030, BOTH)],
        &["the name of orders should have been looked up again by 1.027 s"],
    );
    let twice = [looked(5, FAILED), looked(1_000, FAILED)].concat();
    judge(&[&[START], &twice, &end(3_000)], &[]);
    judge(
        &[&[START], &twice, &end(3_100)],
        &["the name of orders should have been looked up again by 3.022 s"],
    );
    judge(
        &[
            &[START],
            &looked(5, BOTH),
            &[(500, 0, Kind::Drain, &[1])],
            &end(3_000),
        ],
        &[],
    );
}
