//! Violations that are planted in a few events.

use super::super::tests::{Events, check, judge as found, scenario};
use super::*;
use scenarios::{Ask, Config, Mirror as Told, Route, Upstream};

type Event = (u64, Kind, &'static [u64]);

const SENT: [Event; 2] = [
    (5, Kind::ClientPlanned, &[7, 0, 0]),
    (5, Kind::ClientSent, &[7, 0]),
];
/// r2, host 3, is the shadow; the gateway, host 4, has connection 90 to it.
const LINE: [Event; 3] = [
    (3, Kind::Accept, &[90, 4]),
    (3, Kind::StubAccepted, &[2, 0]),
    (4, Kind::Connected, &[1, 90]),
];
const MARKED: Event = (3, Kind::StubMarked, &[2, 1, 0, 0, 0]);
const COPY: Event = (3, Kind::StubRequest, &[2, 0, 0, 8, 0, 1, 9]);

/// Half of what is asked of orders goes to r2 too, one at a time; what goes to cart does not.
fn mirrored(share: f64) -> Scenario {
    let mut scenario = scenario();
    let upstreams = vec![
        Upstream::new("orders", &["r0"]),
        Upstream::new("cart", &["r1"]),
        Upstream::new("shadow", &["r2"]),
    ];
    let mirror = Told {
        upstream: "shadow".into(),
        share,
        in_flight_max: 1,
        timeout: Duration::from_millis(300),
    };
    let routes = vec![
        Route {
            mirror: Some(mirror),
            ..Route::of_upstream("orders")
        },
        Route::of_upstream("cart"),
    ];
    scenario.configs = vec![Config::with_routes("main", upstreams, routes)];
    scenario.load.asks = ["/orders", "/cart"].map(Ask::get).into();
    scenario
}

fn judge(events: &[&Events<'_>], expected: &[&str]) {
    check(&mut Mirror::new(&mirrored(1.0)), &events.concat(), expected);
}

#[test]
fn a_copy_is_marked_and_comes_once() {
    judge(&[&SENT, &LINE, &[MARKED, COPY]], &[]);
    judge(
        &[&SENT, &LINE, &[COPY]],
        &["r2 got request 7 and does not know that it is a copy"],
    );
    judge(
        &[
            &SENT,
            &[
                (1, Kind::StubMarked, &[0, 1, 0, 0, 0]),
                (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 9]),
            ],
        ],
        &["r0 got request 7 marked as a copy: it is no shadow's"],
    );
    let finished = (3, Kind::StubFinished, &[2, 0, 0, 0][..]);
    judge(
        &[&SENT, &LINE, &[MARKED, COPY, finished, MARKED, COPY]],
        &["r2 got 2 copies of request 7, which its client sent 1 times"],
    );
}

#[test]
fn only_what_is_mirrored_is_copied() {
    let cart = [(5, Kind::ClientPlanned, &[7, 0, 1][..]), SENT[1]];
    judge(
        &[&cart, &LINE, &[MARKED, COPY]],
        &["r2 got a copy of request 7, whose route is not mirrored to it"],
    );
}

/// So many requests, all of them copied and finished before the next.
fn shares(share: f64, requests: u64, copied: bool) -> usize {
    let mut events = LINE
        .map(|(host, kind, values)| (host, kind, values.to_vec()))
        .to_vec();
    for id in 0..requests {
        events.push((5, Kind::ClientPlanned, vec![id, 0, 0]));
        events.push((5, Kind::ClientSent, vec![id, 0]));
        if copied {
            events.push((3, Kind::StubMarked, vec![2, 1, 0, 0, 0]));
            events.push((3, Kind::StubRequest, vec![2, 0, id, id + 1, 0, 1, 9]));
            events.push((3, Kind::StubFinished, vec![2, id, 0, 0]));
        }
        events.push((5, Kind::ClientDone, vec![id, 200, 0, 0]));
    }
    events.push((0, Kind::End, vec![]));
    let events: Vec<_> = events
        .iter()
        .map(|(host, kind, values)| (*host, *kind, &values[..]))
        .collect();
    let finding = found(&mut Mirror::new(&mirrored(share)), &events);
    finding.violations.len() + finding.more as usize
}

#[test]
fn no_more_come_than_the_share_and_some_do() {
    assert_eq!(shares(1.0, 100, true), 0);
    assert_eq!(shares(0.5, 2, true), 0);
    assert_eq!(shares(0.5, 100, true), 98);
    assert_eq!(shares(0.5, 100, false), 0);
    assert_eq!(shares(0.5, 102, false), 1);
}

#[test]
fn no_more_are_under_way_than_the_bound() {
    let another: [Event; 7] = [
        (5, Kind::ClientPlanned, &[8, 0, 0]),
        (5, Kind::ClientSent, &[8, 0]),
        (3, Kind::Accept, &[91, 4]),
        (3, Kind::StubAccepted, &[2, 1]),
        (4, Kind::Connected, &[2, 91]),
        MARKED,
        (3, Kind::StubRequest, &[2, 1, 1, 9, 0, 1, 9]),
    ];
    let first: &[&Events<'_>] = &[&SENT, &LINE, &[MARKED, COPY]];
    let too_many = "shadows work on 2 copies of route orders, with 1 allowed";
    judge(&[&first.concat(), &another], &[too_many]);
    let given_up = (4, Kind::FinOut, &[90][..]);
    judge(&[&first.concat(), &[given_up], &another], &[]);
}

/// Request 7 at r0, finished there, and answered so many milliseconds later.
fn answered(later_ms: u64, expected: &[&str]) {
    let events: [Event; 5] = [
        SENT[0],
        SENT[1],
        (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 9]),
        (1, Kind::StubFinished, &[0, 0, 0, 0]),
        (5, Kind::ClientDone, &[7, 200, 0, 0]),
    ];
    let mut oracle = Mirror::new(&mirrored(1.0));
    let mut finding = Finding::default();
    for (i, (host, kind, values)) in events.iter().enumerate() {
        let at_ms = if i == 4 { later_ms } else { 0 };
        oracle.see(
            &Record::new(at_ms * 1_000, i as u64, *host, *kind, values),
            &mut finding,
        );
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_client_waits_for_no_copy() {
    answered(190, &[]);
    answered(
        191,
        &[
            "request 7 of a route that is mirrored took 0.191 s from the end of the replica's answer to its client, over sound ways",
        ],
    );
}

#[test]
fn a_copy_is_given_up_in_time() {
    let mut oracle = Mirror::new(&mirrored(1.0));
    let mut finding = Finding::default();
    let events = [
        &SENT[..],
        &LINE,
        &[MARKED, COPY, (3, Kind::StubAnswer, &[2, 0, 200])],
    ]
    .concat();
    for (i, (host, kind, values)) in events.iter().enumerate() {
        let at_us = if *kind == Kind::StubAnswer { 500_000 } else { 0 };
        oracle.see(&Record::new(at_us, i as u64, *host, *kind, values), &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(
        found,
        ["r2 began to answer a copy after 0.500 s, and the gateway still waited for it: it may take 0.300 s"]
    );
}
