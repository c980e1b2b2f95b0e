//! The proof that the check can fail, and that it need not: the real generator, the real null server, in virtual time.
//!
//! Virtual time has no noise, so verdicts are certain here. tokio's paused clock ticks in milliseconds: the
//! textbook's cases are slowed down a hundred times, ratios of times stay as they are.

use super::case::{Case, NAMES, Scale, all, stalled};
use super::check::{Check, checks};
use super::findings::{Finding, Findings, exit_code};
use super::floor::{Machine, invalid};
use super::judge::{Verdict, judge};
use super::predict::predict;
use super::report;
use hdrhistogram::Histogram;
use loadgen::null::{Behaviour, Seen, Server, Service};
use loadgen::{Latency, Recording};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use virtual_world::Virtual;
use workload::Dist;
use world::{Seed, World};

#[path = "../../../tests/shard/virtual_world.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the library, which need more of it"
)]
mod virtual_world;

const SLOWER: u32 = 100;
const NONE: Duration = Duration::ZERO;

fn slowed(mut case: Case) -> Case {
    case.behaviour = match case.behaviour {
        Behaviour::Delay(delay) => Behaviour::Delay(delay * SLOWER),
        Behaviour::Queue { service, servers } => Behaviour::Queue {
            service: Service {
                dist: match service.dist {
                    Dist::Exp { mean } => Dist::Exp { mean: mean * SLOWER },
                    Dist::Fixed(time) => Dist::Fixed(time * SLOWER),
                    other => other,
                },
                ..service
            },
            servers,
        },
        Behaviour::Stall { at, pause } => Behaviour::Stall {
            at: at * SLOWER,
            pause: pause * SLOWER,
        },
        Behaviour::Immediate => Behaviour::Immediate,
    };
    case.rate /= f64::from(SLOWER);
    (case.duration, case.drain) = (case.duration * SLOWER, case.drain * SLOWER);
    case
}

/// Plays a case with the generator's own seed, which the virtual world fixes.
fn play(case: &Case) -> (Recording, Seen) {
    let start = Arc::new(OnceLock::new());
    let server = Server::new(case.behaviour, Arc::clone(&start));
    let (own, asleep) = (server.clone(), Virtual::maybe(|_, _| Ok(())));
    let world = Virtual::new(move |_, stream| {
        // connections are made before the start, and take no time
        start.get_or_init(Instant::now);
        let (server, asleep) = (own.clone(), asleep.clone());
        async move { server.attend(&asleep, stream).await }
    });
    let (recording, _) = virtual_world::run(world, case.job("127.0.0.1:1".parse().expect("literal")));
    (recording, server.seen())
}

/// The verdict on the histogram that `latency` picks, and its checks.
fn verdict(case: &Case, latency: fn(&Recording) -> &Histogram<u64>) -> (Verdict, Vec<Check>) {
    let (recording, seen) = play(case);
    let seed = Virtual::maybe(|_, _| Ok(())).seed();
    let predicted = predict(case, seed);
    let checks = checks(case, &predicted, &recording, latency(&recording), &seen);
    (judge(&checks, &invalid(&recording, &[]), NONE), checks)
}

#[test]
fn an_honest_generator_passes_every_case() {
    for case in all(Scale::Quick, Seed(21)) {
        let (found, checks) = verdict(&slowed(case), |recording| &recording.response);
        assert_eq!(found, Verdict::Ok, "{checks:#?}");
    }
}

/// Ten seconds, of which the server stands still for one.
fn stall(connections: usize) -> Case {
    let mut case = stalled(Duration::from_secs(10), Duration::from_secs(1), 500.0);
    case.connections = connections;
    case
}

#[test]
fn coordinated_omission_is_wrong() {
    // one connection, and a clock that starts with the sending: what a closed loop measures
    let (found, checks) = verdict(&stall(1), |recording| &recording.service);
    let p99 = checks.iter().find(|check| check.name == "p99").expect("judged");
    assert!(p99.predicted > 0.89 && p99.measured < 1e-3, "{p99:?}");
    let Verdict::Wrong(reasons) = found else {
        panic!("{found:?}");
    };
    assert!(
        reasons.contains(&"p99 is below what there was to measure".to_owned()),
        "{reasons:?}"
    );
}

#[test]
fn no_lateness_excuses_coordinated_omission() {
    let case = stall(1);
    let (recording, seen) = play(&case);
    let predicted = predict(&case, Virtual::maybe(|_, _| Ok(())).seed());
    let checks = checks(&case, &predicted, &recording, &recording.service, &seen);
    let found = judge(&checks, &[], Duration::from_secs(3_600));
    assert!(matches!(found, Verdict::Wrong(_)), "{found:?}");
}

#[test]
fn the_same_connection_with_an_honest_clock_is_right() {
    // the wait for the one connection is in the response time
    let (found, checks) = verdict(&stall(1), |recording| &recording.response);
    assert_eq!(found, Verdict::Ok, "{checks:#?}");
}

/// The run was cut with a sixth of the requests unanswered; leaving them out of the counts is no way to pass.
#[test]
fn losing_the_unanswered_is_wrong() {
    let case = all(Scale::Quick, Seed(21))
        .into_iter()
        .find(|case| case.name == "overload");
    let case = slowed(case.expect("a row"));
    let (mut recording, seen) = play(&case);
    let predicted = predict(&case, Virtual::maybe(|_, _| Ok(())).seed());
    assert!(predicted.unanswered > 200);
    recording.counts.failed.clear();
    let checks = checks(&case, &predicted, &recording, &recording.response, &seen);
    assert!(matches!(judge(&checks, &[], NONE), Verdict::Wrong(_)));
}

fn findings(verdicts: &[Verdict], machine: Option<Machine>) -> Findings {
    let finding = |(verdict, name): (&Verdict, &&'static str)| Finding {
        name,
        about: "as told".into(),
        tries: 1,
        verdict: verdict.clone(),
        lateness_ms: 0.25,
        checks: verdict_checks(),
    };
    Findings {
        tool: "loadgen",
        seed: 7,
        cores: None,
        bare_us: Latency::default(),
        machine,
        cases: verdicts.iter().zip(&NAMES).map(finding).collect(),
    }
}

fn verdict_checks() -> Vec<Check> {
    let (recording, seen) = play(&stall(600));
    let case = stall(600);
    checks(
        &case,
        &predict(&case, Seed(7)),
        &recording,
        &recording.response,
        &seen,
    )
}

fn machine(reasons: &[&str]) -> Machine {
    let latency = Latency::default();
    Machine {
        timer_us: latency,
        floor_us: Latency { p99: 84.0, ..latency },
        ceiling: 100_000.0,
        lag_us: latency,
        valid_rate: reasons.is_empty().then_some(80_000.0),
        taken_away_ms: 1.0,
        reasons: reasons.iter().map(|&reason| reason.to_owned()).collect(),
    }
}

#[test]
fn exit_codes_tell_the_worst() {
    let shown = Verdict::Ok;
    let not = Verdict::NotShown(vec!["late".into()]);
    let wrong = Verdict::Wrong(vec!["p99 is below what there was to measure".into()]);
    for (verdicts, reasons, code) in [
        (&[][..], None, 0),
        (&[shown.clone(), shown.clone()], None, 0),
        (std::slice::from_ref(&shown), Some(&[][..]), 0),
        (std::slice::from_ref(&shown), Some(&["no rate was valid"][..]), 4),
        (&[shown.clone(), not.clone()], None, 4),
        (&[wrong.clone(), not.clone()], Some(&["no rate was valid"]), 3),
        (&[not, wrong, shown.clone()], None, 3),
    ] {
        let findings = findings(verdicts, reasons.map(machine));
        assert_eq!(exit_code(&findings), code, "{verdicts:?} {reasons:?}");
    }
}

#[test]
fn the_page_says_what_was_found_and_why() {
    let wrong = Verdict::Wrong(vec!["p99 is below what there was to measure".into()]);
    let page = report::text(&findings(&[Verdict::Ok, wrong], Some(machine(&[]))));
    for part in [
        "seed 7",
        "Latencies below 0.084 ms are not measurable here.",
        "Valid up to 80000 requests/s on one thread.",
        "OK         stall: as told; late by 0.250 ms in the sum",
        "WRONG      m-m-1: as told; late by 0.250 ms in the sum\n  p99 is below what there was to measure",
        "  p99                      900.000     900.000     900.",
    ] {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
    let lost = report::text(&findings(&[], Some(machine(&["no rate was valid"]))));
    assert!(lost.contains("NOT SHOWN: no rate was valid") && lost.contains("No rate was valid."));
}
