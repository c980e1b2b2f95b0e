//! What is said of timeouts.

use super::super::tests::scenario;
use super::*;
use std::time::Duration;

/// Route 1 s, an attempt 400 ms, its first byte 300, a connection 200; the client of ask 1 waits for 500 ms.
fn told() -> Scenario {
    let ms = Duration::from_millis;
    let mut scenario = scenario();
    let told = &mut scenario.configs[0].upstreams[0];
    told.timeout = ms(1_000);
    told.try_timeout = Some(ms(400));
    told.first_byte_timeout = Some(ms(300));
    told.connect_timeout = ms(200);
    told.deadline_header = Some("x-wait".into());
    scenario.load.asks[1].headers = vec![("X-Wait".into(), "500".into())];
    scenario
}

/// Milliseconds, host, kind and values, behind request 7 of this ask that was read at 10 ms as the gateway's 0, whose first attempt began
/// then.
fn check(ask: u64, events: &[(u64, u64, Kind, &[u64])], expected: &[&str]) {
    let mut oracle = Timeouts::new(&told());
    let mut finding = Finding::default();
    let asked = [7, 0, ask];
    let begin: [(u64, u64, Kind, &[u64]); 3] = [
        (0, 5, Kind::ClientPlanned, &asked),
        (10, 4, Kind::GatewayRequest, &[0, 8]),
        (10, 4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
    ];
    for (sequence, (at_ms, host, kind, values)) in begin.iter().chain(events).enumerate() {
        let record = Record::new(at_ms * 1_000, sequence as u64, *host, *kind, values);
        oracle.see(&record, &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

const SECOND: &[u64] = &[0, 2, 0, 1];

#[test]
fn nothing_begins_or_is_answered_when_the_time_is_over() {
    let done = (410, 4, Kind::GatewayAttemptDone, &[0, 1, 1, 0][..]);
    let second = |at_ms| (at_ms, 4, Kind::GatewayAttempt, SECOND);
    check(0, &[done, second(1_010)], &[]);
    let late =
        "attempt 2 of the gateway's request 0 began 1.010 s after that was read: it has its route's 1.000 s";
    check(0, &[done, second(1_020)], &[late]);
    let late =
        "attempt 2 of the gateway's request 0 began 0.600 s after that was read: it has its client's 0.500 s";
    check(1, &[done, second(610)], &[late]);
    let stop = |at_ms, stands: &'static [u64]| (at_ms, 4, Kind::Stop, stands);
    check(1, &[done, stop(420, &[1]), stop(600, &[0]), second(610)], &[]);
    let answered = (700, 4, Kind::GatewayAnswered, &[0, 200][..]);
    check(0, &[answered], &[]);
    let late =
        "the gateway's request 0 was answered 200 0.690 s after it was read: it has its client's 0.500 s";
    check(1, &[answered], &[late]);
}

#[test]
fn an_attempt_takes_no_longer_than_it_may() {
    let done = |at_ms| (at_ms, 4, Kind::GatewayAttemptDone, &[0, 1, 0, 200][..]);
    check(0, &[done(411)], &[]);
    let long = "attempt 1 of the gateway's request 0 took 0.490 s, and may take 0.400 s";
    check(0, &[done(500)], &[long]);
}

#[test]
fn a_timeout_that_is_told_of_has_passed_and_is_the_one() {
    let told = |at_ms, timeout: &'static [u64]| (at_ms, 4, Kind::GatewayTimedOut, timeout);
    for (ask, at_ms, timeout) in [
        (0, 210, &[0, CONNECT][..]),
        (0, 310, &[0, FIRST_BYTE]),
        (0, 410, &[0, TRY]),
        (0, 1_010, &[0, ROUTE]),
        (1, 510, &[0, DEADLINE]),
        (0, 20, &[0, PENDING]),
    ] {
        check(ask, &[told(at_ms, timeout)], &[]);
    }
    for (ask, at_ms, timeout, name) in [
        (0, 200, &[0, CONNECT][..], "a connection"),
        (0, 300, &[0, FIRST_BYTE], "an answer's first byte"),
        (0, 310, &[0, TRY], "one attempt"),
        (0, 410, &[0, ROUTE], "the route"),
        (0, 1_010, &[0, DEADLINE], "the client"),
        (1, 510, &[0, ROUTE], "the route"),
        (1, 500, &[0, DEADLINE], "the client"),
        (1, 500, &[0, 99], "nobody"),
    ] {
        let since = (at_ms - 10) as f64 / 1e3;
        let wrong = format!(
            "the time of {name} is told to be over for the gateway's request 0, {since:.3} s after that was read: it is not, or another is"
        );
        check(ask, &[told(at_ms, timeout)], &[&wrong]);
    }
}

#[test]
fn what_is_given_up_was_waited_for() {
    let told = (410, 4, Kind::GatewayTimedOut, &[0, TRY][..]);
    let done = (410, 4, Kind::GatewayAttemptDone, &[0, 1, 4, 0][..]);
    let answered = (410, 4, Kind::GatewayAnswered, &[0, 504][..]);
    check(0, &[told, done, answered], &[]);
    let given_up =
        "attempt 1 of the gateway's request 0 was given up over its time, and no timeout was told of";
    let no_timeout = "the gateway's request 0 was answered 504, and no timeout was told of";
    check(0, &[done, answered], &[given_up, no_timeout]);
    // the replica's own
    let passed = (300, 4, Kind::GatewayAttemptDone, &[0, 1, 0, 504][..]);
    check(0, &[passed, answered], &[]);
}

#[test]
fn replicas_are_told_what_is_left() {
    let waits = |host, ms: &'static [u64]| (20, host, Kind::StubWaits, ms);
    let arrived = |host| (20, host, Kind::StubRequest, &[0, 3, 9, 8, 0, 1, 0][..]);
    check(1, &[waits(1, &[0, 500, 0]), arrived(1)], &[]);
    check(0, &[waits(1, &[0, 1_000, 0]), arrived(1)], &[]);
    let text =
        |said: &str| format!("r0 was told {said} of the time that is left for request 7: there were 500 ms");
    check(1, &[waits(1, &[0, 1_000, 0]), arrived(1)], &[&text("1000 ms")]);
    check(1, &[arrived(1)], &[&text("nothing")]);
    let done = (200, 4, Kind::GatewayAttemptDone, &[0, 1, 1, 0][..]);
    let second = (210, 4, Kind::GatewayAttempt, SECOND);
    check(1, &[done, second, waits(2, &[1, 300, 0]), arrived(2)], &[]);
    let stale = "r1 was told 500 ms of the time that is left for request 7: there were 300 ms";
    check(1, &[done, second, waits(2, &[1, 500, 0]), arrived(2)], &[stale]);
}
