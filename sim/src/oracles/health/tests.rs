//! Replicas that are out and back as they should be, and others.

use super::super::probes::tests::probed;
use super::super::tests::scenario;
use super::*;
use scenarios::Config;
use std::time::Duration;

type Event = (u64, u64, Kind, &'static [u64]);

/// Requests eject its replicas, after three errors or two failures to connect, for 100 ms at first and 400 at most.
fn ejecting() -> Scenario {
    let mut scenario = scenario();
    for config in scenario.configs.iter_mut().filter(|config| !config.is_broken()) {
        let mut upstreams = config.upstreams.clone();
        upstreams[0].ejects = Some(Ejects::new(Duration::from_millis(400), 0.5));
        *config = Config::new(&config.name, upstreams);
    }
    scenario
}

fn judge(scenario: &Scenario, events: &[&[Event]], expected: &[&str]) {
    let mut health = Health::new(scenario);
    let mut finding = Finding::default();
    for (i, (ms, host, kind, values)) in events.concat().iter().enumerate() {
        let record = Record::new(ms * 1_000, i as u64, *host, *kind, values);
        health.see(&record, &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

const START: Event = (0, 4, Kind::Start, &[0]);
const END: Event = (1_000, 0, Kind::End, &[]);
const OUT: &[u64] = &[0, 0, 1];
const IN: &[u64] = &[0, 0];

/// The gateway's request of a client, and an attempt at r0.
const fn asked(ms: u64) -> [Event; 3] {
    [
        (ms, 5, Kind::ClientPlanned, &[7, 0, 0]),
        (ms, 4, Kind::GatewayRequest, &[0, 8]),
        (ms, 4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
    ]
}

const fn answered(ms: u64, end: &'static [u64]) -> Event {
    (ms, 4, Kind::GatewayAttemptDone, end)
}

const BAD: &[u64] = &[0, 1, 0, 503];
const MISSING: &[u64] = &[0, 1, 0, 404];
const UNCONNECTED: &[u64] = &[0, 1, 1, 0];

fn ended(ms: u64, end: &'static [u64]) -> [Event; 4] {
    let [planned, begun, attempt] = asked(ms);
    [planned, begun, attempt, answered(ms, end)]
}

#[test]
fn three_errors_in_a_row_eject_and_two_do_not() {
    let ejecting = ejecting();
    let last = asked(10);
    let (out, done) = ((10, 4, Kind::GatewayEjected, OUT), answered(10, BAD));
    let back = (115, 4, Kind::GatewayReturned, IN);
    let two = [ended(5, BAD), ended(6, BAD)].concat();
    judge(&ejecting, &[&[START], &two, &last, &[out, done, back, END]], &[]);
    judge(
        &ejecting,
        &[&[START], &two, &last, &[done, END]],
        &["r0 of orders is not ejected after 3 errors in a row"],
    );
    let seen = "r0 of orders is ejected for 3 errors in a row: nobody saw that, but";
    judge(
        &ejecting,
        &[&[START], &ended(5, BAD), &last, &[out, done, back, END]],
        &[&format!("{seen} 2 errors at most since its last good answer")],
    );
    // a 4xx is a good answer
    judge(
        &ejecting,
        &[&[START], &two, &ended(7, MISSING), &last, &[out, done, back, END]],
        &[&format!("{seen} 1 errors at most since its last good answer")],
    );
    // whoever is asked and never answers tells nothing
    judge(
        &ejecting,
        &[&[START], &two, &last, &[out, back, END]],
        &[&format!("{seen} 2 errors at most since its last good answer")],
    );
}

#[test]
fn a_bound_that_is_reached_is_nobodys_fault() {
    let ejecting = ejecting();
    let out: Event = (10, 4, Kind::GatewayEjected, &[0, 0, 0]);
    let dial: [Event; 2] = [(5, 4, Kind::Connect, &[3, 1, 80]), (10, 4, Kind::Refused, &[3])];
    let again: [Event; 2] = [(10, 4, Kind::Connect, &[4, 1, 80]), (10, 4, Kind::Refused, &[4])];
    let none: [Event; 0] = [];
    let run = |first: &[Event], second: &[Event], more: &[Event], expected: &[&str]| {
        let (a, b) = (asked(5), asked(10));
        let done = [answered(10, UNCONNECTED)];
        judge(
            &ejecting,
            &[&[START], &a, first, &done, &b, second, more, &done, &[END]],
            expected,
        );
    };
    run(&dial, &none, &none, &[]);
    run(
        &dial,
        &again,
        &[out],
        &["r0 of orders is still out: it was out for 0.990 s, and its cooldown is 0.100 s"],
    );
    run(
        &dial,
        &again,
        &none,
        &["r0 of orders is not ejected after 2 failures to connect in a row"],
    );
    run(
        &dial,
        &none,
        &[out],
        &[
            "r0 of orders is ejected for 2 failures to connect in a row: nobody saw that, but 1 errors at most since its last \
             good answer",
            "r0 of orders is still out: it was out for 0.990 s, and its cooldown is 0.100 s",
        ],
    );
}

#[test]
fn a_cooldown_is_kept_and_grows() {
    let ejecting = ejecting();
    let (two, last) = ([ended(5, BAD), ended(6, BAD)].concat(), asked(10));
    let out = |ms| (ms, 4, Kind::GatewayEjected, OUT);
    let back = |ms| (ms, 4, Kind::GatewayReturned, IN);
    let first = [&[START], &two[..], &last, &[out(10), answered(10, BAD)]].concat();
    judge(
        &ejecting,
        &[&first, &[back(60), END]],
        &["r0 of orders is used again: it was out for 0.050 s, and its cooldown is 0.100 s"],
    );
    // on probation, so one is enough
    let again = [&asked(120)[..], &[out(120), answered(120, BAD)]].concat();
    judge(&ejecting, &[&first, &[back(115)], &again, &[back(325), END]], &[]);
    judge(
        &ejecting,
        &[&first, &[back(115)], &again, &[back(225), END]],
        &["r0 of orders is used again: it was out for 0.105 s, and its cooldown is 0.200 s"],
    );
}

/// Of r0's probes, which nobody sees on the wire, so that any answer is believed while the gateway's host stands still.
fn probe(ms: u64, number: u64, is_good: bool) -> [Event; 3] {
    const STOPPED: &[u64] = &[1];
    let started: [&'static [u64]; 3] = [&[0, 0, 0], &[1, 0, 0], &[2, 0, 0]];
    let ended: [[&'static [u64]; 2]; 3] = [[&[0, 1], &[0, 0]], [&[1, 1], &[1, 0]], [&[2, 1], &[2, 0]]];
    let place = number as usize;
    [
        (ms, 4, Kind::GatewayProbe, started[place]),
        (ms, 4, Kind::Stop, STOPPED),
        (ms, 4, Kind::GatewayProbed, ended[place][usize::from(is_good)]),
    ]
}

#[test]
fn probes_take_out_and_bring_back_when_there_are_enough() {
    let probed = probed();
    let out: Event = (1_100, 4, Kind::GatewayEjected, &[0, 0, 3]);
    let end: Event = (1_200, 0, Kind::End, &[]);
    let (first, second) = (probe(100, 0, false), probe(1_100, 1, false));
    judge(&probed, &[&[START], &first, &second, &[out, end]], &[]);
    judge(
        &probed,
        &[&[START], &first, &second, &[end]],
        &["probes of r0 failed as often in a row as takes it out, and the gateway goes on with it"],
    );
    judge(
        &probed,
        &[
            &[START],
            &first,
            &[(100, 4, Kind::GatewayEjected, &[0, 0, 3]), end],
        ],
        &["r0 of orders is taken out by its probes, of which the last 1 in a row speak for that"],
    );
    let good = probe(2_100, 2, true);
    judge(
        &probed,
        &[
            &[START],
            &first,
            &second,
            &[out],
            &good,
            &[(2_100, 4, Kind::GatewayReturned, IN), (2_200, 0, Kind::End, &[])],
        ],
        &[
            "r0 of orders is used again, and its probes have not brought it back",
            "r0 of orders is used again: it was not ejected",
        ],
    );
}

#[test]
fn a_reload_forgets_what_is_not_watched_any_more() {
    let mut probed = probed();
    let plain = scenario().configs[1].clone();
    probed.configs[1] = plain;
    let (first, second) = (probe(100, 0, false), probe(1_100, 1, false));
    let less: [Event; 2] = [
        (1_050, 0, Kind::Reload, &[1, 2]),
        (1_060, 0, Kind::Reload, &[0, 3]),
    ];
    judge(
        &probed,
        &[&[START], &first, &less, &second, &[(1_110, 0, Kind::End, &[])]],
        &[],
    );
}
