//! Planted violations of the lives of connections: each is seen, and what is close to it is not.

use super::super::tests::{Events, scenario};
use super::*;

const MS: u64 = 1_000;

/// Time in ms, host, kind, values.
type Event = (u64, u64, Kind, &'static [u64]);

/// Two requests, three tenths of a second, two tenths idle, and one idle at once.
fn judge(events: &[&[Event]], expected: &[&str]) {
    let mut scenario = scenario();
    for config in &mut scenario.configs {
        for told in &mut config.upstreams {
            told.idle_max = 1;
            told.lives.requests_max = Some(2);
            told.lives.age_max = Some(Duration::from_millis(300));
            told.lives.idle_timeout = Some(Duration::from_millis(200));
        }
    }
    let mut oracle = Connections::new(&scenario);
    let mut finding = Finding::default();
    for (at_ms, host, kind, values) in events.concat() {
        assert!(oracle.kinds().contains(&kind), "{kind}");
        oracle.see(&Record::new(at_ms * MS, 0, host, kind, values), &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

const START: Event = (0, 4, Kind::Start, &[0]);
const MADE: [Event; 3] = [
    (10, 1, Kind::Accept, &[30, 4]),
    (10, 1, Kind::StubAccepted, &[0, 7]),
    (11, 4, Kind::Connected, &[0, 30]),
];
/// Request 5 on it, and its answer of 90 bytes.
const FIRST: [Event; 6] = [
    (11, 4, Kind::Out, &[30, 50]),
    (12, 1, Kind::StubRequest, &[0, 7, 0, 6, 0, 1, 9]),
    (20, 1, Kind::Out, &[30, 90]),
    (20, 1, Kind::StubFinished, &[0, 0, 9, 9]),
    (21, 4, Kind::In, &[30, 90]),
    (22, 5, Kind::ClientDone, &[5, 200, 9, 9]),
];

/// Another one at this time, of client request 6.
const fn again(at_ms: u64, values: &'static [u64]) -> [Event; 2] {
    [
        (at_ms, 4, Kind::Out, &[30, 50]),
        (at_ms + 1, 1, Kind::StubRequest, values),
    ]
}

const SECOND: &[u64] = &[0, 7, 1, 7, 0, 1, 9];
const CLOSED: Event = (200, 4, Kind::FinOut, &[30]);

#[test]
fn one_request_after_the_other_holds() {
    judge(&[&[START], &MADE, &FIRST, &again(60, SECOND), &[CLOSED]], &[]);
    judge(
        &[&[START], &MADE, &FIRST, &[CLOSED, (900, 0, Kind::End, &[])]],
        &[],
    );
}

#[test]
fn one_request_too_many_is_caught() {
    let done: [Event; 3] = [
        (70, 1, Kind::Out, &[30, 9]),
        (70, 1, Kind::StubFinished, &[0, 1, 9, 9]),
        (71, 4, Kind::In, &[30, 9]),
    ];
    judge(
        &[
            &MADE,
            &FIRST,
            &again(60, SECOND),
            &done,
            &again(80, &[0, 7, 2, 8, 0, 1, 9]),
        ],
        &["connection 30 to r0 carries 3 requests, with 2 allowed"],
    );
}

#[test]
fn an_answer_that_has_not_ended_is_caught() {
    let mut half = FIRST;
    half[4] = (21, 4, Kind::In, &[30, 80]);
    judge(
        &[&MADE, &half, &again(60, SECOND)],
        &["r0 got a request on connection 30 that was sent before the answer to the one before had ended"],
    );
    let behind: [Event; 1] = [(15, 1, Kind::StubRequest, SECOND)];
    let sent_before =
        "r0 got a request on connection 30 that was sent before the answer to the one before had ended";
    judge(&[&MADE, &FIRST[..2], &behind], &[sent_before]);
    judge(&[&MADE, &FIRST, &behind], &[sent_before]);
}

#[test]
fn one_that_is_too_old_or_too_long_idle_is_caught() {
    let idle = "connection 30 to r0 is used again after it has been idle for 0.328 s: 0.310 s is the most";
    let old = "connection 30 to r0 is used again 0.339 s after it was made: 0.335 s is the most";
    judge(&[&MADE, &FIRST, &again(350, SECOND)], &[idle, old]);
    judge(&[&MADE, &FIRST, &again(332, SECOND)], &[]);
    // a gateway that stood still
    let still: [Event; 2] = [(330, 4, Kind::Stop, &[1]), (350, 4, Kind::Stop, &[0])];
    judge(&[&MADE, &FIRST, &still, &again(350, SECOND)], &[]);
}

#[test]
fn one_that_is_not_closed_in_time_is_caught() {
    let closed = (400, 4, Kind::FinOut, &[30][..]);
    judge(
        &[&MADE, &FIRST, &[closed]],
        &["connection 30 to r0 is closed after it has been idle for 0.378 s: 0.310 s is the most"],
    );
    let end = (400, 0, Kind::End, &[][..]);
    judge(
        &[&MADE, &FIRST, &[end]],
        &["connection 30 to r0 is open after it has been idle for 0.378 s: 0.310 s is the most"],
    );
    judge(
        &[&MADE, &[(400, 0, Kind::End, &[])]],
        &["connection 30 to r0 is open after it has been idle for 0.389 s: 0.310 s is the most"],
    );
}

#[test]
fn one_that_is_kept_for_a_client_that_is_gone_is_caught() {
    let gone: [Event; 1] = [(22, 5, Kind::ClientFailed, &[5, 3])];
    judge(&[&MADE, &FIRST[..2], &gone, &[(7_000, 0, Kind::End, &[])]], &[]);
    judge(
        &[&MADE, &FIRST[..2], &gone, &[(9_000, 0, Kind::End, &[])]],
        &["connection 30 to r0 is still open, 8.978 s after the end of the request that it carried"],
    );
}

#[test]
fn too_many_idle_ones_are_caught() {
    let other: [Event; 8] = [
        (10, 2, Kind::Accept, &[31, 4]),
        (10, 2, Kind::StubAccepted, &[1, 7]),
        (11, 4, Kind::Connected, &[1, 31]),
        (11, 4, Kind::Out, &[31, 50]),
        (12, 2, Kind::StubRequest, &[1, 7, 0, 7, 0, 1, 9]),
        (20, 2, Kind::StubFinished, &[1, 0, 9, 9]),
        (22, 5, Kind::ClientDone, &[6, 200, 9, 9]),
        (60, 4, Kind::FinOut, &[31]),
    ];
    judge(
        &[&MADE, &FIRST, &other, &[CLOSED]],
        &["2 connections to replicas of orders are idle at once, with 1 allowed"],
    );
    judge(&[&MADE, &FIRST, &[(22, 4, Kind::FinOut, &[30])], &other], &[]);
}

#[test]
fn every_kind_is_judged_in_any_order() {
    let events: &Events<'_> = &[
        (4, Kind::In, &[1, 1]),
        (4, Kind::FinOut, &[1]),
        (4, Kind::Out, &[1, 1]),
    ];
    super::super::tests::check(&mut Connections::new(&scenario()), events, &[]);
}
