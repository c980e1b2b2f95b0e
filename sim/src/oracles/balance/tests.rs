//! Picks that are right, and picks that are not.

use super::super::tests::{check, judge, scenario};
use super::*;
use scenarios::{Ejects, Key, Sticky, Upstream};
use std::time::Duration;

type Events = Vec<(u64, Kind, Vec<u64>)>;

/// Replicas r0, r1 and r2 are hosts 1, 2 and 3; the gateway is 4, the client 5.
fn told(change: impl Fn(&mut Upstream)) -> Scenario {
    let mut scenario = scenario();
    scenario.configs.truncate(1);
    change(&mut scenario.configs[0].upstreams[0]);
    scenario
}

fn by(lb: Lb) -> Scenario {
    told(|upstream| upstream.lb = lb.clone())
}

/// A request of this id at the replica of this place, by its first attempt.
fn begun(id: u64, place: u64) -> Events {
    asked(id, place, 0)
}

fn asked(id: u64, place: u64, ask: u64) -> Events {
    vec![
        (5, Kind::ClientPlanned, vec![id, 0, ask]),
        (4, Kind::GatewayRequest, vec![id, id + 1]),
        (4, Kind::GatewayAttempt, vec![id, 1, 0, place]),
    ]
}

fn done(id: u64) -> Events {
    vec![
        (4, Kind::GatewayAttemptDone, vec![id, 1, 0, 200]),
        (4, Kind::GatewayAnswered, vec![id, 200]),
        (5, Kind::ClientDone, vec![id, 200, 0, 0]),
    ]
}

/// Requests one after the other, at these places.
fn row(places: &[u64]) -> Events {
    let each = places.iter().enumerate();
    each.flat_map(|(id, place)| [begun(id as u64, *place), done(id as u64)].concat())
        .collect()
}

fn is_caught(scenario: &Scenario, events: &Events) -> bool {
    let events: Vec<_> = events
        .iter()
        .map(|(host, kind, values)| (*host, *kind, &values[..]))
        .collect();
    !judge(&mut Balance::new(scenario), &events).holds()
}

fn says(scenario: &Scenario, events: &Events, expected: &[&str]) {
    let events: Vec<_> = events
        .iter()
        .map(|(host, kind, values)| (*host, *kind, &values[..]))
        .collect();
    check(&mut Balance::new(scenario), &events, expected);
}

#[test]
fn turns_go_round() {
    let turns = by(Lb::RoundRobin);
    says(&turns, &row(&[0, 1, 2, 0, 1, 2]), &[]);
    says(&turns, &row(&[2, 0, 1, 2]), &[]);
    says(
        &turns,
        &row(&[0, 1, 0]),
        &["request 2 goes to r0 out of turn: it had one of the 2 before, with 3 replicas of orders to go to"],
    );
    // another config begins anew
    let anew = vec![(4, Kind::GatewayApplied, vec![1])];
    says(&turns, &[row(&[0, 1]), anew, row(&[0, 1])].concat(), &[]);
}

#[test]
fn weights_are_shares() {
    let weighted = told(|upstream| {
        upstream.lb = Lb::Weighted;
        upstream.weights = [("r0".to_owned(), 3)].into();
    });
    let shares = [0, 1, 0, 2, 0].repeat(20);
    says(&weighted, &row(&shares), &[]);
    assert!(is_caught(&weighted, &row(&[0, 1, 2].repeat(20))));
}

#[test]
fn the_least_loaded_is_picked() {
    let least = by(Lb::LeastConn);
    let held = [begun(0, 0), begun(1, 1)].concat();
    says(&least, &[held.clone(), begun(2, 2), begun(3, 0)].concat(), &[]);
    says(
        &least,
        &[held.clone(), begun(2, 1)].concat(),
        &["request 2 goes to r1, which has 1 in flight at least for its weight of 1; r2 has 0 at most for 1"],
    );
    // whether r1 is through nobody can tell before its client has all
    let answered = vec![(4, Kind::GatewayAttemptDone, vec![1, 1, 0, 200])];
    says(
        &least,
        &[held.clone(), begun(2, 2), answered, begun(3, 1)].concat(),
        &[],
    );
    // a client that leaves takes requests along
    let left = vec![(4, Kind::Accept, vec![30, 5]), (4, Kind::FinIn, vec![30])];
    says(&least, &[held, left, begun(2, 1)].concat(), &[]);
    // among idle ones all get their share
    assert!(is_caught(&least, &row(&[0; 40])));
    says(&least, &row(&[0, 1, 2].repeat(20)), &[]);
}

#[test]
fn of_two_the_better_is_picked() {
    let two = by(Lb::P2c);
    let held = [begun(0, 0), begun(1, 1), begun(2, 2), begun(3, 0)].concat();
    says(&two, &[held.clone(), begun(4, 1)].concat(), &[]);
    says(
        &two,
        &[held, begun(4, 0)].concat(),
        &["request 4 goes to r0, which has 2 in flight at least for its weight of 1; r1 has 1 at most for 1"],
    );
    // two of three are not drawn all the time
    assert!(is_caught(&two, &row(&[0; 100])));
}

#[test]
fn chance_is_by_weight() {
    let random = by(Lb::Random);
    says(&random, &row(&[0, 2, 1].repeat(50)), &[]);
    assert!(is_caught(&random, &row(&[0, 2].repeat(75))));
}

fn ring(load_factor: Option<f64>) -> Scenario {
    let mut scenario = by(Lb::RingHash {
        key: Key::Path,
        load_factor,
    });
    scenario.configs[0].upstreams[0].ejects = Some(Ejects::new(Duration::from_secs(1), 0.5));
    scenario
}

#[test]
fn a_key_stays_and_goes_home() {
    let ring = ring(None);
    let ejected = vec![(4, Kind::GatewayEjected, vec![0, 1, 1])];
    let returned = vec![(4, Kind::GatewayReturned, vec![0, 1])];
    let away = [row(&[1]), ejected, begun(8, 2), done(8), returned].concat();
    says(&ring, &[away.clone(), begun(9, 1)].concat(), &[]);
    says(
        &ring,
        &[away.clone(), begun(9, 2)].concat(),
        &["request 9 goes to r2, and its key went to r1 before, which is open to it as well"],
    );
    // another key
    says(&ring, &[away, asked(9, 0, 1)].concat(), &[]);
}

#[test]
fn a_load_factor_bounds_and_excuses() {
    let ring = ring(Some(1.5));
    // one of three may have ⌈1.5 · 2 / 3⌉
    let full = [begun(0, 1), begun(1, 2)].concat();
    says(&ring, &full, &[]);
    says(
        &ring,
        &[begun(0, 1), begun(1, 1)].concat(),
        &["request 1 goes to r1, which has 1 requests in its hands already; load_factor 1.5 allows it 1"],
    );
    says(
        &ring,
        &[full, done(0), done(1), begun(2, 2)].concat(),
        &["request 2 goes to r2, and its key went to r1 before, which is open to it as well"],
    );
}

fn visit(id: u64, place: u64, shows: u64, given: Option<u64>) -> Events {
    let mut events = vec![
        (5, Kind::ClientPlanned, vec![id, 0, 0]),
        (5, Kind::ClientShows, vec![id, shows]),
        (4, Kind::GatewayRequest, vec![id, id + 1]),
        (4, Kind::GatewayAttempt, vec![id, 1, 0, place]),
        (4, Kind::GatewayAttemptDone, vec![id, 1, 0, 200]),
    ];
    events.extend(given.map(|crc32| (5, Kind::ClientGiven, vec![id, crc32])));
    events.push((5, Kind::ClientDone, vec![id, 200, 0, 0]));
    events
}

#[test]
fn a_visitor_stays_and_is_given_cookies() {
    let sticky = told(|upstream| {
        upstream.sticky = Some(Sticky {
            cookie: "s".into(),
            ttl: Duration::from_secs(100),
        });
    });
    let first = visit(0, 1, 0, Some(77));
    says(&sticky, &[first.clone(), visit(1, 1, 77, None)].concat(), &[]);
    says(
        &sticky,
        &visit(0, 1, 0, None),
        &["request 0 had no cookie, was answered by r1, and was given none"],
    );
    let elsewhere = "request 1 goes to r2, and its cookie is of r1, which is open to it";
    says(
        &sticky,
        &[first.clone(), visit(1, 2, 77, Some(78))].concat(),
        &[elsewhere],
    );
    says(
        &sticky,
        &[first.clone(), visit(1, 2, 77, None)].concat(),
        &[
            elsewhere,
            "request 1 had a cookie of r1, was answered by r2, and was given no other",
        ],
    );
    // after a step of its clock old cookies may mean nothing
    let step = vec![(4, Kind::ClockStep, vec![5])];
    says(&sticky, &[first, step, visit(1, 2, 77, None)].concat(), &[]);
}
