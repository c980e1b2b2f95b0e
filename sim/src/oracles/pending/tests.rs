//! Planted violations of waiting: each is seen, and what is close to it is not.

use super::super::tests::scenario;
use super::*;

/// Time in ms, host, kind, values.
type Event = (u64, u64, Kind, &'static [u64]);

/// Four connections are allowed; one request may wait, for a second. Dialling and asking take 50 ms at the most.
fn judge(events: &[&[Event]], expected: &[&str]) {
    let mut scenario = scenario();
    for config in &mut scenario.configs {
        for told in &mut config.upstreams {
            told.connections_max = 4;
            told.pending_max = 1;
            told.pending_timeout = Duration::from_secs(1);
        }
    }
    let mut oracle = Pending::new(&scenario);
    assert_eq!(oracle.quick_us, 50_000);
    let mut finding = Finding::default();
    for (at_ms, host, kind, values) in events.concat() {
        assert!(oracle.kinds().contains(&kind), "{kind}");
        oracle.see(&Record::new(at_ms * 1_000, 0, host, kind, values), &mut finding);
    }
    let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
    assert_eq!(found, expected);
}

/// The gateway's request 0, of the client's 7, goes to r0.
const BEGUN: [Event; 2] = [
    (100, 4, Kind::GatewayRequest, &[0, 8]),
    (100, 4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
];
/// Two dials under way, which is as good as the bound.
const FULL: [Event; 2] = [
    (90, 4, Kind::Connect, &[0, 1, 80]),
    (90, 4, Kind::Connect, &[1, 1, 80]),
];

const fn arrived(at_ms: u64) -> [Event; 1] {
    [(at_ms, 1, Kind::StubRequest, &[0, 7, 0, 8, 0, 1, 9])]
}

#[test]
fn who_is_served_in_time_holds() {
    judge(&[&BEGUN, &arrived(149)], &[]);
    judge(&[&FULL, &BEGUN, &arrived(1_149)], &[]);
    judge(
        &[
            &FULL,
            &BEGUN,
            &[(1_100, 4, Kind::GatewayAttemptDone, &[0, 1, 1, 0])],
        ],
        &[],
    );
}

/// What was held on its way to the gateway may come when its client is gone.
#[test]
fn who_is_gone_already_does_not_wait() {
    const GONE: [Event; 1] = [(90, 5, Kind::ClientFailed, &[7, 3])];
    const DONE: [Event; 1] = [(900, 4, Kind::GatewayAttemptDone, &[0, 1, 1, 0])];
    judge(&[&GONE, &BEGUN, &DONE], &[]);
    judge(
        &[&BEGUN, &DONE],
        &[
            "attempt 1 of the gateway's request 0 has waited 0.800 s for a connection to r0, with room for one all the while",
        ],
    );
}

#[test]
fn a_wait_for_what_is_there_is_caught() {
    let needless = "attempt 1 of the gateway's request 0 has waited 0.052 s for a connection to r0, with room for one all the while";
    judge(&[&BEGUN, &arrived(152)], &[needless]);
    judge(
        &[&BEGUN, &[(152, 4, Kind::GatewayAnswered, &[0, 504])]],
        &[needless],
    );
    judge(&[&BEGUN, &[(152, 5, Kind::ClientFailed, &[7, 3])]], &[needless]);
    for gone in [
        (120, 5, Kind::ClientFailed, &[7, 3][..]),
        (180, 5, Kind::ClientResent, &[7, 3]),
        (120, 4, Kind::Crash, &[3]),
        (120, 1, Kind::Stop, &[1]),
    ] {
        judge(&[&BEGUN, &[gone], &arrived(152)], &[]);
    }
}

#[test]
fn a_wait_that_is_too_long_is_caught() {
    judge(
        &[&FULL, &BEGUN, &arrived(1_151)],
        &[
            "attempt 1 of the gateway's request 0 has waited 1.051 s for a connection to r0, where 1.000 s is the most",
        ],
    );
}

#[test]
fn too_many_who_wait_are_caught() {
    let more: [Event; 7] = [
        (100, 4, Kind::GatewayRequest, &[1, 9]),
        (100, 4, Kind::GatewayAttempt, &[1, 1, 0, 0]),
        (100, 4, Kind::GatewayRequest, &[2, 10]),
        (100, 4, Kind::GatewayAttempt, &[2, 1, 0, 0]),
        (100, 4, Kind::GatewayRequest, &[3, 11]),
        (100, 4, Kind::GatewayAttempt, &[3, 1, 0, 0]),
        (250, 4, Kind::GatewayRequest, &[4, 12]),
    ];
    let later: [Event; 1] = [(250, 4, Kind::GatewayAttempt, &[4, 1, 0, 0])];
    judge(
        &[&FULL, &BEGUN, &more, &later],
        &["4 requests wait for a connection to a replica of orders, where 1 may"],
    );
    let refused: [Event; 1] = [(101, 4, Kind::GatewayAttemptDone, &[2, 1, 1, 0])];
    judge(&[&FULL, &BEGUN, &more, &refused, &later], &[]);
    judge(
        &[&FULL, &BEGUN, &more, &[(240, 4, Kind::Reset, &[1, 0])], &later],
        &[],
    );
}

#[test]
fn who_is_overtaken_is_caught() {
    let by = |at_ms| -> [Event; 3] {
        [
            (at_ms, 4, Kind::GatewayRequest, &[1, 9]),
            (at_ms, 4, Kind::GatewayAttempt, &[1, 1, 0, 1]),
            (at_ms + 100, 2, Kind::StubRequest, &[1, 7, 0, 9, 0, 1, 9]),
        ]
    };
    judge(&[&FULL, &BEGUN, &by(125), &arrived(300)], &[]);
    judge(&[&FULL, &BEGUN, &by(200), &arrived(340)], &[]);
    // a trace from elsewhere may step back in time
    judge(&[&FULL, &BEGUN, &by(200), &arrived(299)], &[]);
    judge(
        &[&FULL, &BEGUN, &by(200), &arrived(352)],
        &[
            "attempt 1 of the gateway's request 0 has waited 0.252 s for a connection to r0, 0.052 s longer than one that came later",
        ],
    );
    judge(
        &[
            &FULL,
            &BEGUN,
            &[(150, 0, Kind::Reload, &[0, 2])],
            &by(200),
            &arrived(352),
        ],
        &[],
    );
}
