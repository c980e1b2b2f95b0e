//! What an answer in time is, and what is none.

use super::*;
use crate::oracles::tests::scenario;

type Event = (u64, u64, Kind, &'static [u64]);

const SENT: [Event; 2] = [
    (0, 5, Kind::ClientPlanned, &[7, 0, 0]),
    (0, 5, Kind::ClientSent, &[7, 0]),
];
const READ: Event = (2, 4, Kind::GatewayRequest, &[0, 8]);
const AT_R0: [Event; 4] = [
    (3, 1, Kind::Accept, &[30, 4]),
    (3, 1, Kind::StubAccepted, &[0, 0]),
    (4, 4, Kind::Connected, &[0, 30]),
    (6, 1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]),
];
const RESET: Event = (50, 5, Kind::ClientFailed, &[7, 3]);

fn began(at_ms: u64) -> Event {
    (at_ms, 1, Kind::StubAnswer, &[0, 0, 200])
}

fn moved(at_ms: u64) -> Event {
    (at_ms, 4, Kind::In, &[30, 100])
}

fn timeout(at_ms: u64) -> Event {
    (at_ms, 5, Kind::ClientFailed, &[7, 2])
}

fn answered(at_ms: u64) -> Event {
    (at_ms, 5, Kind::ClientDone, &[7, 504, 0, 0])
}

/// At milliseconds. Timeouts are 2 s, idle timeouts 1 s.
fn judge(events: &[&[Event]], expected: &[&str]) {
    let mut scenario = scenario();
    for config in &mut scenario.configs[..2] {
        config.upstreams[0].timeout = Duration::from_secs(2);
        config.upstreams[0].idle_timeout = Duration::from_secs(1);
        config.upstreams[0].try_timeout = Some(Duration::from_millis(1_500));
    }
    scenario.configs[1].upstreams[0].timeout = Duration::from_secs(9);
    let mut oracle = Answer::new(&scenario);
    let mut finding = Finding::default();
    for (i, (at_ms, host, kind, values)) in events.concat().iter().enumerate() {
        oracle.see(
            &Record::new(at_ms * 1_000, i as u64, *host, *kind, values),
            &mut finding,
        );
    }
    let found: Vec<_> = finding
        .violations
        .iter()
        .map(|violation| &violation.what)
        .collect();
    assert_eq!(found, expected);
}

const LATE: &str = "request 7, sent at 0.000 s over a sound way, ended with timeout after 4.000 s; no replica had begun \
                    to answer by 2.110 s, when its time was over";

#[test]
fn no_answer_in_time_is_caught() {
    judge(&[&SENT, &[answered(2_010)]], &[]);
    judge(&[&SENT, &[timeout(1_500)]], &[]);
    judge(&[&SENT, &[timeout(4_000)]], &[LATE]);
    judge(
        &[
            &SENT,
            &AT_R0,
            &[(1_500, 4, Kind::FinOut, &[30]), began(2_500), timeout(4_000)],
        ],
        &[LATE],
    );
    judge(
        &[&SENT, &[answered(4_000)]],
        &[
            "request 7, sent at 0.000 s over a sound way, ended with 504 after 4.000 s; no replica had begun to answer by \
           2.110 s, when its time was over",
        ],
    );
}

#[test]
fn a_longer_timeout_in_force_since_then_counts() {
    let (longer, back) = (
        (0, 0, Kind::Reload, &[1, 2][..]),
        (0, 0, Kind::Reload, &[0, 3][..]),
    );
    judge(&[&SENT, &[longer, timeout(4_000)]], &[]);
    judge(&[&[longer], &SENT, &[back, timeout(4_000)]], &[]);
    judge(&[&[longer, back], &SENT, &[timeout(4_000)]], &[LATE]);
}

#[test]
fn an_answer_that_stands_still_is_caught() {
    let still = "the answer to request 7, sent at 0.000 s over a sound way, stood still from 0.150 s to 1.500 s and was not \
                 broken off; the route's idle timeout is 1.000 s";
    let reset = (1_500, 5, Kind::ClientFailed, &[7, 3][..]);
    let passed = [READ, began(100), (120, 4, Kind::GatewayAnswered, &[0, 200])];
    judge(
        &[
            &SENT,
            &AT_R0,
            &passed,
            &[moved(150), moved(1_100), timeout(2_150)],
        ],
        &[],
    );
    judge(&[&SENT, &AT_R0, &passed, &[moved(150), answered(1_200)]], &[]);
    judge(
        &[
            &SENT,
            &AT_R0,
            &passed,
            &[moved(150), moved(1_500), answered(1_600)],
        ],
        &[still],
    );
    judge(&[&SENT, &AT_R0, &passed, &[moved(150), timeout(1_500)]], &[still]);
    judge(&[&SENT, &AT_R0, &passed, &[moved(150), reset]], &[still]);
    // while its head is incomplete the route's timeout counts
    judge(
        &[
            &SENT,
            &AT_R0,
            &[READ, began(100), moved(150), moved(1_500), answered(1_600)],
        ],
        &[],
    );
    // what moves on a connection that is gone, or after the end, is not its own
    let closed = (1_000, 4, Kind::FinOut, &[30][..]);
    judge(
        &[
            &SENT,
            &AT_R0,
            &passed,
            &[moved(150), closed, moved(1_500), answered(1_200)],
        ],
        &[],
    );
    judge(
        &[&SENT, &AT_R0, &passed, &[moved(150), answered(160), moved(1_500)]],
        &[],
    );
    judge(
        &[
            &SENT,
            &AT_R0,
            &passed,
            &[moved(150), (160, 5, Kind::Stop, &[1]), moved(1_500)],
        ],
        &[],
    );
}

#[test]
fn an_attempt_that_is_not_given_up_is_caught() {
    let late = "r0 began to answer request 7 after 1.694 s, and the gateway still waited for it: an attempt may take 1.500 s";
    judge(&[&SENT, &AT_R0, &[began(1_600)]], &[]);
    judge(&[&SENT, &AT_R0, &[began(1_700)]], &[late]);
    judge(
        &[&SENT, &AT_R0, &[(1_550, 4, Kind::FinOut, &[30]), began(1_700)]],
        &[],
    );
    // closed with the request on its way
    judge(
        &[
            &SENT,
            &AT_R0[..3],
            &[(5, 4, Kind::FinOut, &[30])],
            &AT_R0[3..],
            &[began(1_700)],
        ],
        &[],
    );
    judge(&[&SENT, &AT_R0, &[(10, 4, Kind::Stop, &[1]), began(1_700)]], &[]);
}

#[test]
fn a_request_that_was_read_and_dropped_is_caught() {
    let dropped = "request 7, sent at 0.000 s and read by the gateway, lost its connection before anybody began to answer, \
                   over a sound way";
    judge(&[&SENT, &[READ, RESET]], &[dropped]);
    judge(&[&SENT, &[RESET]], &[]);
    judge(&[&SENT, &[READ], &AT_R0, &[began(20), RESET]], &[]);
    let resent = (50, 5, Kind::ClientResent, &[7, 1][..]);
    judge(&[&SENT, &[READ, resent, answered(60)]], &[dropped]);
    judge(&[&SENT, &[resent, answered(60)]], &[]);
}

#[test]
fn only_sound_ways_are_judged() {
    let cut = [
        (1, 0, Kind::Link, &[4, 5, 1, 1][..]),
        (30, 0, Kind::Link, &[4, 5, 0, 0]),
    ];
    judge(&[&SENT, &cut, &[READ, RESET]], &[]);
    judge(&[&cut, &SENT, &[timeout(4_000)]], &[]);
    let crash = [(1, 4, Kind::Crash, &[3][..]), (30, 4, Kind::Start, &[1])];
    judge(&[&SENT, &crash, &[timeout(4_000)]], &[]);
    // a replica's troubles are no excuse
    let elsewhere = [(1, 1, Kind::Crash, &[3][..]), (1, 0, Kind::Link, &[2, 4, 1, 1])];
    judge(&[&SENT, &elsewhere, &[timeout(4_000)]], &[LATE]);
}
