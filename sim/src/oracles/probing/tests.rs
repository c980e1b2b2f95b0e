//! Probes that are what the gateway calls them, and others.

use super::super::probes::tests::probed;
use super::*;

const START: (u64, u64, Kind, &[u64]) = (0, 4, Kind::Start, &[0]);

/// Events at these milliseconds, of which those of probes have 0 as their number's target.
fn check(events: &[(u64, u64, Kind, &[u64])], expected: &[&str]) {
    let facts = Facts::new(&probed());
    let mut probing = Probing::new(&probed(), &facts);
    let mut finding = Finding::default();
    for (i, (ms, host, kind, values)) in events.iter().enumerate() {
        let record = Record::new(ms * 1_000, i as u64, *host, *kind, values);
        match kind {
            Kind::GatewayProbed => drop(probing.ends(&facts, &record, &mut finding)),
            _ => probing.see(&facts, 0, &record, &mut finding),
        }
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

fn target() -> u64 {
    crc32fast::hash(b"/healthz").into()
}

/// The probe with number 0, of r0, from its start at 1 s to what is told of it after these milliseconds; r0 answers
/// with the status, if any, 100 ms after the start.
fn one(status: Option<u64>, outcome: u64, after_ms: u64, expected: &[&str]) {
    let arrived = [0, 0, 5, 0, 0, 1, target()];
    let answer = [0, 5, status.unwrap_or_default()];
    let told = [0, outcome];
    let mut events: Vec<(u64, u64, Kind, &[u64])> = vec![
        (0, 4, Kind::Start, &[0]),
        (150, 4, Kind::GatewayProbe, &[0, 0, 0]),
        (150, 4, Kind::Connect, &[3, 1, 80]),
        (152, 1, Kind::Accept, &[30, 4]),
        (152, 1, Kind::StubAccepted, &[0, 0]),
        (154, 4, Kind::Connected, &[3, 30]),
        (156, 1, Kind::StubRequest, &arrived),
        (250, 1, Kind::StubAnswer, &answer),
        (150 + after_ms, 4, Kind::GatewayProbed, &told),
    ];
    if status.is_none() {
        events.remove(7);
    }
    check(&events, expected);
}

#[test]
fn what_a_probe_is_called_is_what_it_was() {
    one(Some(204), 0, 102, &[]);
    one(Some(503), 1, 102, &[]);
    one(None, 1, 500, &[]);
    one(
        Some(503),
        0,
        102,
        &[
            "a probe of r0 that started at 0.150 s is called good, and was answered 503: expected are 200 to 299",
        ],
    );
    one(
        None,
        0,
        102,
        &["a probe of r0 that started at 0.150 s is called good, and was not answered"],
    );
    one(
        Some(200),
        1,
        102,
        &[
            "a probe of r0 that started at 0.150 s is called failed, and was answered 200 after 0.100 s, over a sound way",
        ],
    );
    one(
        None,
        1,
        300,
        &[
            "a probe of r0 that started at 0.150 s is called failed after 0.300 s, over a sound way and before its timeout of \
           0.500 s",
        ],
    );
    one(
        Some(200),
        0,
        530,
        &["a probe of r0 that started at 0.150 s took 0.530 s, and may take 0.500 s"],
    );
}

#[test]
fn probes_keep_their_interval() {
    let start = |number: &'static [u64]| (Kind::GatewayProbe, number);
    let of_all = [start(&[0, 0, 0]), start(&[1, 0, 1]), start(&[2, 0, 2])];
    let end = |ms| (ms, 0, Kind::End, &[] as &[u64]);
    let first = of_all.map(|(kind, values)| (150, 4, kind, values));
    let ended = [[0, 0], [1, 2], [2, 2]];
    let mut events = vec![START];
    events.extend(first);
    for told in &ended[1..] {
        events.push((200, 4, Kind::GatewayProbed, told.as_slice()));
    }
    let mut again = events.clone();
    again.push((850, 4, Kind::GatewayProbe, &[3, 0, 1]));
    check(
        &again,
        &["r1 of orders is probed 0.700 s after the last time, where at least 0.900 s are to lie between"],
    );
    events.push(end(1_300));
    check(
        &events,
        &[
            "r0 of orders has not been probed since 0.150 s: no more than 1.100 s are to lie between",
            "r1 of orders has not been probed since 0.150 s: no more than 1.100 s are to lie between",
            "r2 of orders has not been probed since 0.150 s: no more than 1.100 s are to lie between",
            "a probe of r0 that started at 0.150 s has not ended, and may take 0.500 s",
        ],
    );
    check(
        &[START, end(250)],
        &[
            "r0 of orders has not been probed since 0.000 s: no more than 0.200 s are to lie between",
            "r1 of orders has not been probed since 0.000 s: no more than 0.200 s are to lie between",
            "r2 of orders has not been probed since 0.000 s: no more than 0.200 s are to lie between",
        ],
    );
    let stopped: (u64, u64, Kind, &[u64]) = (160, 4, Kind::Stop, &[1]);
    check(&[&[START][..], &first, &[stopped, end(1_300)]].concat(), &[]);
}

#[test]
fn nobody_is_probed_behind_its_back_or_without_being_asked() {
    let arrived = [0, 0, 5, 0, 0, 1, target()];
    check(
        &[START, (10, 1, Kind::StubRequest, &arrived)],
        &["r0 got 1 probes by now, but the gateway told of 0"],
    );
    check(
        &[START, (10, 4, Kind::GatewayProbe, &[0, 0, 3])],
        &["the gateway probes replica 3 of its upstream 0, which is not to be probed"],
    );
}
