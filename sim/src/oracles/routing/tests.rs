//! Violations that are planted in a few events.

use super::super::tests::{Events, check, scenario};
use super::*;
use scenarios::{Action, Ask, Config, Path, Rewrite, Route, Upstream};

type Event = (u64, Kind, &'static [u64]);

const SENT: [Event; 2] = [
    (5, Kind::ClientPlanned, &[7, 0, 0]),
    (5, Kind::ClientSent, &[7, 0]),
];

fn crc32(text: &str) -> u64 {
    crc32fast::hash(text.as_bytes()).into()
}

/// `/orders` is rewritten to `/o`, `/split` is shared by orders and its canary on r2, and `/old` is moved. Another config
/// has `/orders` alone.
fn routed() -> Scenario {
    let mut scenario = scenario();
    let upstreams = vec![
        Upstream::new("orders", &["r0", "r1"]),
        Upstream::new("canary", &["r2"]),
    ];
    let prefix = |path: &str| Path::Prefix(path.into());
    let split = Action::Split {
        branches: vec![("orders".into(), 1), ("canary".into(), 1)],
        header: "x-canary".into(),
    };
    let redirect = Action::Redirect {
        status: 308,
        prefix: "/new".into(),
    };
    let routes = vec![
        Route {
            rewrite: Some(Rewrite::Prefix("/o".into())),
            ..Route::new("orders", prefix("/orders"), Action::Upstream("orders".into()))
        },
        Route::new("split", prefix("/split"), split),
        Route::new("old", prefix("/old"), redirect),
    ];
    let less = vec![routes[0].clone()];
    scenario.configs[0] = Config::with_routes("main", upstreams.clone(), routes);
    scenario.configs[1] = Config::with_routes("less", upstreams, less);
    scenario.load.asks = ["/orders/7?x=1", "/split/7", "/old/7?x=1"].map(Ask::get).into();
    scenario
}

/// What is said when a client sends this ask and these are the events.
fn judge(ask: u64, events: &Events<'_>, expected: &[&str]) {
    let planned = [7, 0, ask];
    let asked = [(5, Kind::ClientPlanned, &planned[..]), SENT[1]];
    check(&mut Routing::new(&routed()), &[&asked, events].concat(), expected);
}

fn at(host: u64, target: &str) -> (u64, Kind, [u64; 7]) {
    (host, Kind::StubRequest, [0, 0, 0, 8, 0, 1, crc32(target)])
}

#[test]
fn replicas_and_targets_are_the_routes_own() {
    for (host, target, expected) in [
        (1, "/o/7?x=1", &[][..]),
        (
            1,
            "/o/7",
            &["r0 got request 7 with another target than route orders makes of its own"],
        ),
        (
            3,
            "/o/7?x=1",
            &["r2 got request 7, which route orders takes: it does not go there"],
        ),
    ] {
        let (host, kind, values) = at(host, target);
        judge(0, &[(host, kind, &values)], expected);
    }
    let (host, kind, values) = at(1, "/new/7?x=1");
    judge(
        2,
        &[(host, kind, &values)],
        &["r0 got request 7, which no route sends anywhere"],
    );
}

#[test]
fn one_sending_stays_in_its_branch() {
    let [(a, kind, at_orders), (b, _, at_canary)] = [at(1, "/split/7"), at(3, "/split/7")];
    judge(1, &[(a, kind, &at_orders), (a + 1, kind, &at_orders)], &[]);
    judge(
        1,
        &[(a, kind, &at_orders), (b, kind, &at_canary)],
        &["request 7, sent once, reached orders and then canary"],
    );
    let again = (5, Kind::ClientResent, &[7, 1][..]);
    judge(1, &[(a, kind, &at_orders), again, (b, kind, &at_canary)], &[]);
}

#[test]
fn what_the_gateway_is_to_answer_is_that_very_answer() {
    let points = [7, crc32("/new/7?x=1")];
    let pointed = (5, Kind::ClientPointed, &points[..]);
    let done = (5, Kind::ClientDone, &[7, 308, 0, 0][..]);
    let elsewhere = "request 7 was answered 308 as it is to be, but with another content or `Location`";
    judge(2, &[pointed, done], &[]);
    judge(2, &[done], &[elsewhere]);
    judge(2, &[(5, Kind::ClientPointed, &[7, 9]), done], &[elsewhere]);
    let none = (5, Kind::ClientDone, &[7, 404, 0, 0][..]);
    judge(
        2,
        &[none],
        &["request 7 was answered 404, but the gateway is to answer it 308 by itself"],
    );
    judge(
        0,
        &[none],
        &["request 7 was answered 404, but its route sends it upstream, and no replica got it"],
    );
    judge(0, &[(5, Kind::ClientDone, &[7, 503, 0, 0])], &[]);
}

#[test]
fn a_reload_on_its_way_allows_both() {
    let body = "{\"error\":\"no_route\"}\n";
    let values = [7, 404, body.len() as u64, crc32(body)];
    let none = (5, Kind::ClientDone, &values[..]);
    judge(2, &[(0, Kind::Reload, &[1, 2]), none], &[]);
}

/// So many of 60 requests in the canary, others unknown.
fn shares(canary: u64, orders: u64) -> usize {
    let mut oracle = Routing::new(&routed());
    let mut finding = Finding::default();
    for id in 0..60 {
        let branch = u64::from(id < canary);
        let mut see =
            |host, kind, values: &[u64]| oracle.see(&Record::new(0, id, host, kind, values), &mut finding);
        see(5, Kind::ClientPlanned, &[id, 0, 1]);
        see(5, Kind::ClientSent, &[id, 0]);
        see(4, Kind::GatewayRequest, &[id, id + 1]);
        if id < canary + orders {
            see(4, Kind::GatewayAttempt, &[id, 1, branch, 0]);
        }
    }
    oracle.see(&Record::new(0, 60, 0, Kind::End, &[]), &mut finding);
    finding.violations.len()
}

#[test]
fn shares_that_chance_does_not_make_are_caught() {
    assert_eq!(shares(30, 30), 0);
    assert_eq!(shares(10, 50), 0);
    assert_eq!(shares(0, 60), 2);
    assert_eq!(shares(60, 0), 2);
    // what was not tried may have been drawn in any way
    assert_eq!(shares(0, 40), 0);
}
