//! Planted violations, one for each thing that must never be.

use super::super::tests::scenario;
use super::*;
use scenarios::Scenario;
use std::time::Duration;

/// Time in milliseconds, kind, values; all of the gateway's host.
type Event = (u64, Kind, Vec<u64>);

/// Opens when half of two in a second are errors, for 100 ms and for 200 ms, with one probe.
fn with_breaker(per_replica: bool) -> Scenario {
    let ms = Duration::from_millis;
    let mut scenario = scenario();
    for config in &mut scenario.configs[..2] {
        config.upstreams[0].breaker = Some(Breaks {
            ratio: 0.5,
            min_requests: 2,
            window: ms(1_000),
            open_for: ms(100),
            open_for_max: ms(200),
            probes: 1,
            slow: None,
            per_replica,
        });
    }
    scenario
}

fn planned(ms: u64, id: u64) -> Event {
    (ms, Kind::ClientPlanned, vec![id, 0, 0])
}

fn begun(ms: u64, id: u64) -> [Event; 2] {
    [planned(ms, id), (ms, Kind::GatewayRequest, vec![id, id + 1])]
}

fn tried(ms: u64, id: u64) -> Vec<Event> {
    let mut events = begun(ms, id).to_vec();
    events.push((ms, Kind::GatewayAttempt, vec![id, 1, 0, 0]));
    events
}

fn turn(ms: u64, from: u64, to: u64) -> Event {
    (ms, Kind::GatewayBreaker, vec![0, 0, from, to])
}

fn done(ms: u64, id: u64, status: u64) -> [Event; 2] {
    [
        (ms, Kind::GatewayAttemptDone, vec![id, 1, 0, status]),
        (ms, Kind::GatewayAnswered, vec![id, status]),
    ]
}

fn refused(ms: u64, id: u64) -> Vec<Event> {
    let mut events = begun(ms, id).to_vec();
    events.push((ms, Kind::GatewayAnswered, vec![id, 503]));
    events
}

/// Open from 2 ms on.
fn opened() -> Vec<Event> {
    let mut events = [tried(0, 0), tried(0, 1), done(1, 0, 503).to_vec()].concat();
    events.push(turn(2, CLOSED, OPEN));
    events.extend(done(2, 1, 503));
    events
}

/// And half-open from so many milliseconds on, with request 2 as its probe.
fn probed(ms: u64) -> Vec<Event> {
    let mut events = opened();
    events.extend(begun(ms, 2));
    events.push(turn(ms, OPEN, HALF_OPEN));
    events.push((ms, Kind::GatewayAttempt, vec![2, 1, 0, 0]));
    events
}

fn judge_of(scenario: &Scenario, events: &[Event], expected: &[&str]) {
    let mut oracle = Breaker::new(scenario);
    let mut finding = Finding::default();
    for (sequence, (ms, kind, values)) in events.iter().enumerate() {
        let record = Record::new(ms * 1_000, sequence as u64, 4, *kind, values);
        assert!(oracle.kinds().contains(kind));
        oracle.see(&record, &mut finding);
    }
    let end = Record::new(u64::MAX, 0, 0, Kind::End, &[]);
    oracle.see(&end, &mut finding);
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

fn judge(events: &[Vec<Event>], expected: &[&str]) {
    judge_of(&with_breaker(false), &events.concat(), expected);
}

#[test]
fn a_life_as_it_should_be() {
    let closed = turn(105, HALF_OPEN, CLOSED);
    let life = [
        probed(104),
        refused(104, 3),
        vec![closed],
        done(105, 2, 200).to_vec(),
        tried(106, 4),
        done(107, 4, 503).to_vec(),
    ];
    judge(&life, &[]);
    // beside it there was one that lost, whose connection closes first
    let lost = vec![
        (105, Kind::FinOut, vec![7]),
        (105, Kind::GatewayAttemptDone, vec![2, 2, CANCELLED, 0]),
    ];
    let closed = vec![turn(105, HALF_OPEN, CLOSED)];
    judge(&[probed(104), closed, lost, done(105, 2, 200).to_vec()], &[]);
    let again = turn(105, HALF_OPEN, OPEN);
    let life = [
        probed(104),
        vec![again],
        done(105, 2, 500).to_vec(),
        refused(310, 3),
    ];
    judge(&life, &[]);
}

#[test]
fn turns_that_there_are_none() {
    judge(
        &[opened(), vec![turn(110, OPEN, CLOSED)]],
        &["the breaker of orders turns from open to closed; it was open"],
    );
    judge(
        &[vec![turn(0, HALF_OPEN, OPEN)]],
        &["the breaker of orders turns from half-open to open; it was closed"],
    );
}

#[test]
fn who_goes_past_it() {
    judge(
        &[opened(), tried(50, 2)],
        &["attempt 1 of the gateway's request 2 goes past the breaker of orders, which is open"],
    );
    let many = "attempt 1 of the gateway's request 3 goes past the breaker of orders, which lets 1 probes through, of which 1 are out \
                and 0 were good";
    judge(&[probed(110), tried(111, 3)], &[many]);
    // its client is gone
    let gone = vec![(111, Kind::ClientFailed, vec![2, 3])];
    judge(&[probed(110), gone, tried(112, 3)], &[]);
}

#[test]
fn errors_that_are_not_heeded_and_turns_without_any() {
    let errors = [
        tried(0, 0),
        tried(0, 1),
        done(1, 0, 503).to_vec(),
        done(2, 1, 503).to_vec(),
    ];
    judge(
        &errors,
        &["the breaker of orders is closed after 2 errors in 2 attempts"],
    );
    let missing = [
        tried(0, 0),
        tried(0, 1),
        done(1, 0, 404).to_vec(),
        vec![turn(2, CLOSED, OPEN)],
        done(2, 1, 404).to_vec(),
    ];
    let unexplained = "the breaker of orders opens, and nothing that was seen in its window explains it";
    judge(&missing, &[unexplained]);
    // what is past counts no more
    let past = [
        tried(0, 0),
        done(1, 0, 503).to_vec(),
        tried(1_040, 1),
        vec![turn(1_050, CLOSED, OPEN)],
        done(1_050, 1, 503).to_vec(),
    ];
    judge(&past, &[unexplained]);
}

#[test]
fn probes_and_what_comes_of_them() {
    let half = |what: &str| format!("the breaker of orders is half-open after {what}");
    judge(
        &[probed(110), done(111, 2, 200).to_vec()],
        &[&half("1 probes were good")],
    );
    judge(
        &[probed(110), done(111, 2, 503).to_vec()],
        &[&half("a probe has failed")],
    );
    let closes = [
        probed(110),
        vec![turn(111, HALF_OPEN, CLOSED)],
        done(111, 2, 503).to_vec(),
    ];
    judge(
        &closes,
        &["the breaker of orders closes after 0 of 1 good probes"],
    );
    let opens = [
        probed(110),
        vec![turn(111, HALF_OPEN, OPEN)],
        done(111, 2, 200).to_vec(),
    ];
    judge(
        &opens,
        &["the breaker of orders opens again, and no probe has failed"],
    );
}

#[test]
fn too_early_and_too_late() {
    judge(
        &[probed(50)],
        &["the breaker of orders lets probes through before 0.102 s, until when it is open at least"],
    );
    judge(
        &[opened(), refused(111, 2), refused(120, 3)],
        &[
            "the gateway's request 3 is refused, and the breaker of orders was to let probes through from 0.112 s on",
        ],
    );
    // the second time is twice as long
    let again = [
        probed(110),
        vec![turn(111, HALF_OPEN, OPEN)],
        done(111, 2, 503).to_vec(),
    ]
    .concat();
    let early = [begun(250, 3).to_vec(), vec![turn(250, OPEN, HALF_OPEN)]].concat();
    judge(
        &[again, early],
        &["the breaker of orders lets probes through before 0.311 s, until when it is open at least"],
    );
}

#[test]
fn who_is_refused_for_nothing() {
    judge(
        &[refused(0, 0)],
        &["the gateway's request 0 is refused, and the breaker of orders is closed"],
    );
    // a probe is out for as long as its request may be: 4 s, and a second
    let lost = "the gateway's request 3 is refused, and the breaker of orders lets 1 probes through, of which 0 may be out and 0 were \
                good";
    let gone = vec![(111, Kind::ClientFailed, vec![2, 3])];
    judge(&[probed(110), gone.clone(), refused(5_100, 3)], &[]);
    judge(&[probed(110), gone, refused(5_200, 3)], &[lost]);
}

#[test]
fn each_replica_has_its_own() {
    let scenario = with_breaker(true);
    let turn = |ms, host, from, to| (ms, Kind::GatewayBreaker, vec![0, host, from, to]);
    let mut events = opened();
    events[4..].iter_mut().for_each(|event| {
        if event.1 == Kind::GatewayBreaker {
            *event = turn(2, 1, CLOSED, OPEN);
        }
    });
    let elsewhere = [
        begun(50, 2).to_vec(),
        vec![(50, Kind::GatewayAttempt, vec![2, 1, 0, 1])],
    ]
    .concat();
    judge_of(&scenario, &[events.clone(), elsewhere].concat(), &[]);
    judge_of(
        &scenario,
        &[events, tried(50, 2)].concat(),
        &["attempt 1 of the gateway's request 2 goes past the breaker of r0 of orders, which is open"],
    );
}

#[test]
fn a_reload_without_it_forgets_it() {
    let mut scenario = with_breaker(false);
    scenario.configs[1].upstreams[0].breaker = None;
    let reload = |config, version| {
        vec![
            (60, Kind::Reload, vec![config, version]),
            (60, Kind::GatewayApplied, vec![version]),
        ]
    };
    judge_of(&scenario, &[opened(), reload(1, 2), tried(61, 2)].concat(), &[]);
    judge_of(
        &scenario,
        &[opened(), reload(1, 2), reload(0, 3), tried(61, 2)].concat(),
        &[],
    );
}
