//! Synthetic traces: each state by itself, rows by where a fault strikes, what adds up, what is shown.

use super::*;
use scenarios::find;
use world::Seed;

// of the scenario: three replicas, the gateway, clients
const REPLICA: u64 = 1;
const GATEWAY: u64 = 4;
const CLIENT: u64 = 5;
/// The time of the fault.
const NOW_US: u64 = 10_000_000;

fn scenario() -> Scenario {
    let entry = find("crash").expect("registered");
    let built = entry.build(Seed(1), &[]).expect("nothing set");
    let scenario = built.variants[0].scenario.clone();
    assert_eq!(scenario.gateway_number(), GATEWAY);
    scenario
}

type Event = (u64, u64, Kind, &'static [u64]);

/// Everything but the fault happens a tick before it, unless it says so by its own time.
fn visits(events: &[Event]) -> Visits {
    let mut coverage = Coverage::new(&scenario());
    for (i, (at, host, kind, values)) in events.iter().enumerate() {
        coverage.see(&Record::new(*at, i as u64, *host, *kind, values));
    }
    coverage.finish()
}

fn bounce() -> Event {
    let values = &[0, FaultKind::Bounce as u64, GATEWAY, 0];
    (NOW_US, 0, Kind::FaultBegan, values)
}

fn check(events: &[(u64, Kind, &'static [u64])], expected: &[State]) {
    check_at(NOW_US - 1_000, events, expected);
}

fn check_at(at_us: u64, events: &[(u64, Kind, &'static [u64])], expected: &[State]) {
    let start = [(0, GATEWAY, Kind::Start, [0].as_slice())];
    let then = events
        .iter()
        .map(|(host, kind, values)| (at_us, *host, *kind, *values));
    let all: Vec<Event> = start.into_iter().chain(then).chain([bounce()]).collect();
    let visits = visits(&all);
    let row = Row::of(FaultKind::Bounce, Place::Gateway).expect("a row");
    let met: Vec<_> = State::ALL
        .iter()
        .filter(|state| visits.met(row, **state) > 0)
        .copied()
        .collect();
    assert_eq!(met, expected, "{events:?}");
    assert_eq!(visits.began(row), 1);
}

const READ: (u64, Kind, &[u64]) = (GATEWAY, Kind::GatewayRequest, &[0, 8]);
const TRIED: (u64, Kind, &[u64]) = (GATEWAY, Kind::GatewayAttempt, &[0, 1, 0, 0]);
const AT_STUB: (u64, Kind, &[u64]) = (REPLICA, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 9]);
const HEAD: (u64, Kind, &[u64]) = (GATEWAY, Kind::GatewayAttemptDone, &[0, 1, 0, 200]);
const ANSWERED: (u64, Kind, &[u64]) = (GATEWAY, Kind::GatewayAnswered, &[0, 200]);
const DONE: (u64, Kind, &[u64]) = (CLIENT, Kind::ClientDone, &[7, 200, 0, 0]);
const WITH_BODY: (u64, Kind, &[u64]) = (CLIENT, Kind::ClientAsked, &[7, 3, 1, 100, 1]);

#[test]
fn a_request_on_its_way_through() {
    use State::*;
    check(&[], &[Idle]);
    check(&[READ, TRIED], &[]);
    check(&[READ, TRIED, (GATEWAY, Kind::Connect, &[0, 1, 80])], &[Dialling]);
    check(&[READ, TRIED, AT_STUB], &[Waiting]);
    check(&[READ, TRIED, AT_STUB, HEAD, ANSWERED], &[Streaming]);
    check(&[READ, TRIED, AT_STUB, HEAD, ANSWERED, DONE], &[Idle]);
    // the client has given up
    check(
        &[READ, TRIED, AT_STUB, (CLIENT, Kind::ClientFailed, &[7, 2])],
        &[Idle],
    );
    // a request of nobody known is over with its answer
    let anonymous = (GATEWAY, Kind::GatewayRequest, [0, 0].as_slice());
    check(&[anonymous, TRIED, HEAD, ANSWERED], &[Idle]);
}

#[test]
fn bodies_retries_and_requests_that_were_sent_again() {
    use State::*;
    let body = (REPLICA, Kind::StubBody, [0, 0, 100, 1].as_slice());
    check(&[WITH_BODY, READ, TRIED, AT_STUB], &[Uploading]);
    check(&[WITH_BODY, READ, TRIED, AT_STUB, body], &[Waiting]);
    let broken = (GATEWAY, Kind::GatewayAttemptDone, [0, 1, 3, 0].as_slice());
    let second = (GATEWAY, Kind::GatewayAttempt, [0, 2, 0, 1].as_slice());
    check(&[READ, TRIED, AT_STUB, broken, second], &[Retrying]);
    // the load generator sent it again: the first is gone, the second waits
    let again = [
        (GATEWAY, Kind::GatewayRequest, [1, 8].as_slice()),
        (GATEWAY, Kind::GatewayAttempt, &[1, 1, 0, 0]),
    ];
    check(&[READ, TRIED, again[0], again[1], AT_STUB], &[Waiting]);
    check(&[READ, TRIED, again[0], again[1], AT_STUB, DONE], &[Idle]);
}

#[test]
fn connections_dials_and_bounds() {
    use State::*;
    let dial = (GATEWAY, Kind::Connect, [0, 1, 80].as_slice());
    let there = (GATEWAY, Kind::Connected, [0, 30].as_slice());
    check(&[dial, there], &[Idle, Pooled]);
    check(&[dial, there, READ, TRIED], &[]);
    check(&[dial, there, (GATEWAY, Kind::FinOut, &[30])], &[Idle]);
    check(&[dial, (GATEWAY, Kind::Refused, &[0])], &[Idle]);
    // given up without a word, longer ago than any dial lasts
    check_at(NOW_US - 1_500_000, &[dial], &[Idle]);
    let in_vain = (GATEWAY, Kind::GatewayAttemptDone, [0, 1, 1, 0].as_slice());
    let own = (GATEWAY, Kind::GatewayAnswered, [0, 503].as_slice());
    check(&[READ, TRIED, in_vain, own], &[Streaming, AtBound]);
    check(&[READ, TRIED, in_vain, own, DONE], &[Idle, AtBound]);
    check_at(NOW_US - 150_000, &[READ, TRIED, in_vain, own, DONE], &[Idle]);
    let refused = (GATEWAY, Kind::Refused, [0].as_slice());
    check(&[READ, TRIED, dial, refused, in_vain, own, DONE], &[Idle]);
}

#[test]
fn what_was_done_to_it() {
    use State::*;
    let (crash, start) = (
        (GATEWAY, Kind::Crash, [0].as_slice()),
        (GATEWAY, Kind::Start, [1].as_slice()),
    );
    let drain = (0, Kind::Drain, [1_000].as_slice());
    let reload = (0, Kind::Reload, [1, 2].as_slice());
    let applied = (GATEWAY, Kind::GatewayApplied, [2].as_slice());
    check(&[crash], &[Down]);
    check(&[READ, TRIED, AT_STUB, crash], &[Down]);
    check(&[READ, TRIED, AT_STUB, crash, start], &[Idle]);
    check(&[drain], &[Idle, Draining]);
    check(&[drain, crash], &[Down]);
    check(&[drain, crash, start], &[Idle]);
    check(&[reload], &[Idle, Reloaded]);
    check_at(NOW_US - 1_500_000, &[reload], &[Idle]);
    check(&[(0, Kind::Reload, &[1, 0])], &[Idle]);
    check(
        &[READ, TRIED, AT_STUB, reload, applied],
        &[Waiting, Reloaded, TwoConfigs],
    );
    check(&[(GATEWAY, Kind::Stop, &[1])], &[Idle, Stopped]);
    check(
        &[(GATEWAY, Kind::Stop, &[1]), (GATEWAY, Kind::Stop, &[0])],
        &[Idle],
    );
    // somebody else's troubles are not the gateway's
    check(
        &[(REPLICA, Kind::Crash, &[0]), (REPLICA, Kind::Stop, &[1])],
        &[Idle],
    );
    let cut = (0, Kind::Link, [REPLICA, GATEWAY, 1, 0].as_slice());
    let mended = (0, Kind::Link, [REPLICA, GATEWAY, 0, 0].as_slice());
    check(&[cut], &[Idle, CutOff]);
    check(&[cut, mended], &[Idle]);
    check(&[(0, Kind::Link, &[REPLICA, REPLICA + 1, 1, 1])], &[Idle]);
}

fn fault(kind: Kind, fault: FaultKind, hosts: [u64; 2]) -> (u64, Kind, Vec<u64>) {
    (0, kind, vec![0, fault.code(), hosts[0], hosts[1]])
}

#[test]
fn rows_say_where_it_struck_and_overlaps_with_what() {
    let events = [
        fault(Kind::FaultBegan, FaultKind::Crash, [REPLICA, 0]),
        fault(Kind::FaultBegan, FaultKind::Cut, [GATEWAY, CLIENT]),
        fault(Kind::FaultBegan, FaultKind::Cut, [REPLICA, GATEWAY]),
        fault(Kind::FaultEnded, FaultKind::Crash, [REPLICA, 0]),
        fault(Kind::FaultBegan, FaultKind::Fragment, [0, 0]),
        fault(Kind::FaultBegan, FaultKind::Latency, [REPLICA, CLIENT]),
    ];
    let mut coverage = Coverage::new(&scenario());
    for (i, (host, kind, values)) in events.iter().enumerate() {
        coverage.see(&Record::new(0, i as u64, *host, *kind, values));
    }
    let visits = coverage.finish();
    let began: Vec<_> = Row::all()
        .filter(|row| visits.began(*row) > 0)
        .map(|row| (row.to_string(), visits.began(row)))
        .collect();
    let expected = [
        ("crash replica", 1),
        ("cut replica", 1),
        ("cut client", 1),
        ("fragment", 1),
    ];
    assert_eq!(began, expected.map(|(name, count)| (name.to_owned(), count)));
    use FaultKind::{Crash, Cut, Fragment, Latency};
    let overlapped = [
        (Cut, Crash, 2),
        (Cut, Cut, 1),
        (Fragment, Crash, 0),
        (Fragment, Cut, 1),
        (Latency, Cut, 1),
    ];
    for (one, other, count) in overlapped {
        assert_eq!(visits.overlapped(one, other), count, "{one:?} {other:?}");
    }
}

#[test]
fn visits_add_up_and_survive_their_file() {
    let mut sum = visits(&[(0, GATEWAY, Kind::Start, &[0]), bounce()]);
    let other = visits(&[bounce()]);
    sum.add(&other);
    let row = Row::find("bounce gateway").expect("a row");
    assert_eq!(
        (
            sum.began(row),
            sum.met(row, State::Idle),
            sum.met(row, State::Down)
        ),
        (2, 1, 1)
    );
    let text = serde_json::to_string(&sum).expect("plain");
    assert_eq!(serde_json::from_str::<Visits>(&text).expect("its own"), sum);
    for (wrong, why) in [("idle", "state"), ("bounce gateway", "fault at a place")] {
        let error = serde_json::from_str::<Visits>(&text.replace(wrong, "x")).expect_err("unknown");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn the_table_shows_what_is_missing() {
    let shown = table(&visits(&[(0, GATEWAY, Kind::Start, &[0]), bounce()]));
    let has = |part: &str| assert!(shown.contains(part), "{part:?} is missing in\n{shown}");
    has("began  idle  dialling");
    has("bounce gateway                    1     1         -");
    has("never began: crash gateway, crash replica, bounce replica");
    has("never met by any fault: dialling, uploading");
    let kinds = FaultKind::ALL.len();
    let pairs = kinds * (kinds + 1) / 2;
    has(&format!(
        "overlapping kinds: 0 of {pairs} pairs; never: crash × crash"
    ));
    // all that is left of the row is void or told as a column
    assert!(!shown.contains("never visited"), "{shown}");
    let two = table(&visits(&[
        (0, GATEWAY, Kind::Start, &[0]),
        bounce(),
        (0, GATEWAY, Kind::Crash, &[0]),
        (1, 0, Kind::FaultBegan, &[0, FaultKind::Crash as u64, GATEWAY, 0]),
    ]));
    assert!(two.contains("never visited: crash gateway × idle\n"), "{two}");
    assert!(
        !two.contains("never visited: bounce gateway"),
        "a bounce of what is down is void: {two}"
    );
    assert_eq!(table(&Visits::default()), "  no fault began\n");
}
