//! Tunnels that go as they should, and in every way that they should not.

use super::super::tests::{Events, check, scenario};
use super::*;
use std::time::Duration;

type Event = (u64, Kind, &'static [u64]);

/// Replicas are hosts 1 to 3, the gateway is 5, clients are 6 and 7.
const ECHOES: u64 = 4;
const GATEWAY: u64 = 5;
const CLIENT: u64 = 8;

const ENDS: Event = (CLIENT, Kind::TunnelAsked, &[7, Way::Ends as u64]);
const AGREED: Event = (ECHOES, Kind::TunnelOpened, &[7, 101]);
const OPEN: Event = (CLIENT, Kind::TunnelOpened, &[7, 101]);
const SAID: Event = (CLIENT, Kind::TunnelSaid, &[7, 3, 33]);
const HEARD: Event = (ECHOES, Kind::TunnelHeard, &[7, 3, 33]);
const BACK: Event = (ECHOES, Kind::TunnelSaid, &[7, 4, 44]);
const GOT: Event = (CLIENT, Kind::TunnelHeard, &[7, 4, 44]);
const DONE: Event = (CLIENT, Kind::TunnelDone, &[7]);
const END: Event = (ECHOES, Kind::TunnelEnded, &[7, 0]);
const ALSO: Event = (ECHOES, Kind::TunnelDone, &[7]);
const BOTH: Event = (CLIENT, Kind::TunnelEnded, &[7, 0]);
const LEFT: Event = (CLIENT, Kind::TunnelLeft, &[7]);
const GONE: Event = (ECHOES, Kind::TunnelLeft, &[7]);
/// A millisecond each.
const TICK: Event = (6, Kind::ClientPlanned, &[1, 0, 0]);

fn judge(events: &[&Events<'_>], expected: &[&str]) {
    let mut scenario = scenario();
    scenario.tunnels = Some(scenarios::Tunnels {
        count: 1,
        idle_timeout: Duration::from_millis(500),
    });
    check(&mut Tunnels::new(&scenario), &events.concat(), expected);
}

fn way(way: Way) -> [u64; 2] {
    [7, way as u64]
}

#[test]
fn a_tunnel_from_its_beginning_to_its_end() {
    let whole = [
        ENDS, SAID, AGREED, BACK, OPEN, HEARD, GOT, DONE, END, ALSO, GONE, BOTH, LEFT,
    ];
    judge(&[&whole, &[TICK; 3_000]], &[]);
    judge(&[&[ENDS, AGREED, OPEN, LEFT, END, GONE], &[TICK; 3_000]], &[]);
    // whose end crosses that of the other
    judge(&[&[ENDS, AGREED, OPEN, LEFT, GONE], &[TICK; 3_000]], &[]);
    judge(
        &[&[ENDS, AGREED, OPEN], &[TICK; 520], &[BOTH, LEFT, END, GONE]],
        &[],
    );
}

#[test]
fn who_is_told_what() {
    let status = |way: Way, given: Option<u64>, got: u64, expected: &[&str]| {
        let asked = self::way(way);
        let mut events: Vec<(u64, Kind, Vec<u64>)> = vec![(CLIENT, Kind::TunnelAsked, asked.to_vec())];
        events.extend(given.map(|given| (ECHOES, Kind::TunnelOpened, vec![7, given])));
        events.push((CLIENT, Kind::TunnelOpened, vec![7, got]));
        let events: Vec<_> = events
            .iter()
            .map(|(host, kind, values)| (*host, *kind, &values[..]))
            .collect();
        judge(&[&events], expected);
    };
    status(Way::Ends, Some(101), 101, &[]);
    status(Way::Uninvited, Some(200), 200, &[]);
    status(Way::Otherwise, Some(101), 502, &[]);
    // without an answer nothing is said of it
    status(Way::Ends, None, 0, &[]);
    let not_agreed = "tunnel 7: the client was told that it is open, and the other side has not agreed";
    status(Way::Ends, None, 101, &[not_agreed]);
    status(Way::Otherwise, Some(101), 101, &[not_agreed]);
    status(
        Way::Ends,
        None,
        503,
        &["tunnel 7: it was answered 503, and not 101"],
    );
    status(
        Way::Uninvited,
        Some(101),
        101,
        &["tunnel 7: it was asked for where its route has none"],
    );
}

#[test]
fn bytes_that_are_not_those_that_were_said() {
    let other = (ECHOES, Kind::TunnelHeard, &[7, 3, 34][..]);
    let shorter = (ECHOES, Kind::TunnelHeard, &[7, 2, 33][..]);
    let begins = [ENDS, AGREED, OPEN, SAID];
    let wrong = |bytes: u64| {
        format!("tunnel 7: the other side heard {bytes} bytes that are not the 3 that were said")
    };
    judge(&[&begins, &[other]], &[&wrong(3)]);
    judge(&[&begins, &[shorter, HEARD]], &[&wrong(2)]);
    judge(
        &[&begins, &[HEARD, HEARD]],
        &["tunnel 7: the other side heard 3 bytes that nobody has said"],
    );
    judge(
        &[&begins, &[GOT]],
        &["tunnel 7: the client heard 4 bytes that nobody has said"],
    );
}

#[test]
fn what_is_not_heard_in_time() {
    let late = |what: &str, at: f64| {
        format!("tunnel 7: {what} {at:.3} s ago, and the other side has not heard of it")
    };
    // 12 hops of 5 ms beside the second
    judge(
        &[&[ENDS, AGREED, OPEN, SAID], &[TICK; 1_100]],
        &[&late("a line was said", 1.061)],
    );
    judge(
        &[&[ENDS, AGREED, OPEN, LEFT], &[TICK; 1_100]],
        &[&late("one side was done", 1.061)],
    );
    judge(
        &[&[ENDS, AGREED, OPEN, GONE], &[TICK; 1_100]],
        &[&late("one side was done", 1.061)],
    );
    judge(
        &[&[ENDS, AGREED, OPEN], &[TICK; 1_700]],
        &[&late("nothing was said for as long as it may", 1.061)],
    );
    let killed = (GATEWAY, Kind::Crash, &[1][..]);
    judge(&[&[ENDS, AGREED, OPEN, SAID, killed], &[TICK; 1_700]], &[]);
}

#[test]
fn an_end_has_its_reason() {
    let begins = [ENDS, AGREED, OPEN];
    let ended = "tunnel 7: it ended for the client for no reason";
    judge(&[&begins, &[BOTH]], &[ended]);
    let broke = (ECHOES, Kind::TunnelEnded, &[7, 1][..]);
    judge(
        &[&begins, &[broke]],
        &["tunnel 7: it broke for the other side for no reason"],
    );
    let reload = (0, Kind::FaultBegan, &[0, 15, GATEWAY, 0][..]);
    judge(&[&begins, &[reload, BOTH]], &[ended]);
    judge(
        &[&begins, &[SAID, DONE, END]],
        &["tunnel 7: it ended for the other side before all was heard that was said: 1 lines are lost"],
    );
    for excuse in [
        (GATEWAY, Kind::Crash, &[1][..]),
        (GATEWAY, Kind::Stop, &[1]),
        (0, Kind::Link, &[GATEWAY, CLIENT, 1, 1]),
        (0, Kind::Link, &[ECHOES, GATEWAY, 1, 1]),
    ] {
        judge(&[&begins, &[excuse, BOTH]], &[]);
    }
}

#[test]
fn a_drain_cuts_tunnels_off_at_its_deadline_and_not_before() {
    let begins = [ENDS, AGREED, OPEN];
    let stop = [
        (0, Kind::FaultBegan, &[0, 16, GATEWAY, 0][..]),
        (0, Kind::Drain, &[20_000]),
    ];
    let exit = (GATEWAY, Kind::Crash, &[1][..]);
    let cut = "tunnel 7: it ended for the client for no reason";
    judge(&[&begins, &stop, &[TICK; 10], &[BOTH]], &[cut]);
    judge(&[&begins, &stop, &[TICK; 10], &[exit, BOTH]], &[cut]);
    judge(&[&begins, &stop, &[TICK; 20], &[exit, BOTH]], &[]);
    let anew = (GATEWAY, Kind::Start, &[1][..]);
    judge(&[&begins, &stop, &[TICK; 20], &[exit, anew, BOTH]], &[]);
}
