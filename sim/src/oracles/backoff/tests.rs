//! What is said of waits.

use super::super::tests::{judge as judged, scenario};
use super::*;
use crate::trace::EPOCH;
use scenarios::{self, Upstream};
use std::time::Duration;

/// Waits of up to 50 ms, and up to 80 before the second; a second and a half for all.
fn told() -> Scenario {
    let mut scenario = scenario();
    let upstream: &mut Upstream = &mut scenario.configs[0].upstreams[0];
    upstream.again.backoff = Some(scenarios::Backoff::new(50, 80));
    upstream.timeout = Duration::from_millis(1_500);
    scenario
}

/// Events at these times, µs.
fn judge_at(events: &[(u64, u64, Kind, &[u64])]) -> Vec<String> {
    let mut oracle = Backoff::new(&told());
    let mut finding = Finding::default();
    for (sequence, (at_us, host, kind, values)) in events.iter().enumerate() {
        oracle.see(
            &Record::new(*at_us, sequence as u64, *host, *kind, values),
            &mut finding,
        );
    }
    let found = finding.violations.into_iter();
    found.map(|violation| violation.what).collect()
}

/// Waits of one retry each, in ms: what is said of them.
fn judge(waits_ms: &[u64], number: u64) -> Vec<String> {
    let mut events: Vec<(u64, u64, Kind, Vec<u64>)> = Vec::new();
    let mut now_us = 0;
    for (id, wait_ms) in waits_ms.iter().enumerate() {
        let id = id as u64;
        events.push((now_us, 4, Kind::GatewayRequest, vec![id, id + 1]));
        events.push((now_us, 4, Kind::GatewayAttempt, vec![id, number - 1, 0, 0]));
        events.push((now_us, 4, Kind::GatewayAttemptDone, vec![id, number - 1, 1, 0]));
        now_us += wait_ms * 1_000;
        events.push((now_us, 4, Kind::GatewayAttempt, vec![id, number, 0, 1]));
    }
    let events: Vec<_> = events
        .iter()
        .map(|(at_us, host, kind, values)| (*at_us, *host, *kind, values.as_slice()))
        .collect();
    judge_at(&events)
}

#[test]
fn a_wait_that_is_too_long_is_caught() {
    assert_eq!(judge(&[0, 20, 50, 53], 2), [""; 0]);
    assert_eq!(judge(&[80], 3), [""; 0]);
    let late = "attempt 2 of the gateway's request 0 at orders came 0.060 s after the last had ended: it waits for at most 0.050 s";
    assert_eq!(judge(&[60], 2), [late]);
}

#[test]
fn waits_that_are_not_spread_are_caught() {
    assert_eq!(judge(&[50; 11], 2), [""; 0]);
    let row = "12 waits in a row before retries at orders were all of their bounds, as this one of 0.050 s: they are not spread";
    assert_eq!(judge(&[50; 20], 2), [row]);
    assert_eq!(
        judge(&[[50; 11].as_slice(), &[10], &[50; 11]].concat(), 2),
        [""; 0]
    );
}

/// Requests that fail at once are seen again in order of their waits: the longest come in a row.
#[test]
fn of_waits_that_begin_together_one_counts() {
    let begun = (0..20).flat_map(|id| {
        [
            (0, Kind::GatewayRequest, vec![id, id + 1]),
            (0, Kind::GatewayAttempt, vec![id, 1, 0, 0]),
            (1_000, Kind::GatewayAttemptDone, vec![id, 1, 1, 0]),
        ]
    });
    let again = (0..20).map(|id| (46_000 + 200 * id, Kind::GatewayAttempt, vec![id, 2, 0, 1]));
    let events: Vec<_> = begun.chain(again).collect();
    let events: Vec<_> = events
        .iter()
        .map(|(at_us, kind, values)| (*at_us, 4, *kind, values.as_slice()))
        .collect();
    assert_eq!(judge_at(&events), [""; 0]);
}

#[test]
fn a_gateway_that_stood_still_is_excused() {
    let events = [
        (4, Kind::GatewayRequest, &[0, 1][..]),
        (4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
        (4, Kind::GatewayAttemptDone, &[0, 1, 1, 0]),
        (4, Kind::Stop, &[1]),
        (4, Kind::Stop, &[0]),
        (4, Kind::GatewayAttempt, &[0, 2, 0, 1]),
    ];
    let finding = judged(&mut Backoff::new(&scenario()), &events);
    assert_eq!((finding.violations.len(), finding.looked_at), (0, 0));
}

/// The first attempt is answered 503 at 10 ms, which asks for this; then this follows.
fn judge_later(says: [u64; 2], (at_us, kind, values): (u64, Kind, &[u64])) -> Vec<String> {
    judge_at(&[
        (0, 4, Kind::GatewayRequest, &[0, 8]),
        (0, 4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
        (5_000, 1, Kind::StubRequest, &[0, 3, 9, 8, 0, 1, 0]),
        (6_000, 0, Kind::ClockStep, &[0]),
        (7_000, 4, Kind::ClockStep, &[500_000]),
        (8_000, 1, Kind::StubLater, &[0, 9, says[0], says[1]]),
        (8_000, 1, Kind::StubAnswer, &[0, 9, 503]),
        (9_000, 1, Kind::StubFinished, &[0, 9, 0, 0]),
        (10_000, 4, Kind::GatewayAttemptDone, &[0, 1, 0, 503]),
        (at_us, 4, kind, values),
    ])
}

#[test]
fn what_an_answer_asks_for_is_waited_for() {
    let second = |at_us| (at_us, Kind::GatewayAttempt, &[0, 2, 0, 1][..]);
    assert_eq!(judge_later([1, 0], second(1_010_000)), [""; 0]);
    let sooner = "attempt 2 of the gateway's request 0 at orders came 0.030 s after the last had ended: its answer asked for 1.000 s";
    assert_eq!(judge_later([1, 0], second(40_000)), [sooner]);
    let later = "attempt 2 of the gateway's request 0 at orders came 1.090 s after the last had ended: it waits for at most 1.000 s";
    assert_eq!(judge_later([1, 0], second(1_100_000)), [later]);
    // by a clock that is half a second ahead
    let date = EPOCH.as_secs() + 1;
    assert_eq!(judge_later([date, 1], second(500_000)), [""; 0]);
    let sooner = "attempt 2 of the gateway's request 0 at orders came 0.390 s after the last had ended: its answer asked for 0.490 s";
    assert_eq!(judge_later([date, 1], second(400_000)), [sooner]);
}

#[test]
fn what_cannot_be_waited_for_is_passed_on_at_once() {
    let answered = |at_us, status: &'static [u64]| (at_us, Kind::GatewayAnswered, status);
    assert_eq!(judge_later([3, 0], answered(11_000, &[0, 503])), [""; 0]);
    assert_eq!(judge_later([1, 0], answered(1_010_000, &[0, 502])), [""; 0]);
    let late = "the gateway's request 0 was answered 504 1.490 s after an answer of 503 that asked for 3.000 s, which it has not: that is to be \
                passed on at once";
    assert_eq!(judge_later([3, 0], answered(1_500_000, &[0, 504])), [late]);
}
