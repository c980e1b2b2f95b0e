//! The instruments against mathematics, in simulated time: the real load generator and the real stub.
//!
//! Arrivals and service times come from seeds, so each request's latency is predicted exactly, by the pure
//! virtual-time queue; what the load generator then measures must have the same quantiles, within 1 % and one tick,
//! once the simulated network's own round trip is added, which a case without any chance measures on its own.
//! The textbook's cases are slowed down twenty-five times, because a tick is 1 ms; ratios of times stay as they are.

use crate::common::{PORT, Slot, driver, ms, records, run_on};
use loadgen::{Arrival, Job, JobSpec, Shard};
use sim::parts::SimProbe;
use sim::trace::{Kind, Record};
use sim::world::{Driver, LinkFault, Settings, TICK};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use upstream_stub::{Behaviour, Chance, Replica, Script, Server};
use workload::{Queue, Schedule};
use world::{ListenAddr, Seed};

/// When the load starts: all connections are there by then.
const START: Duration = Duration::from_secs(5);
const SEED: Seed = Seed(11);

/// There and back without latency: a segment reaches a host that lives through the tick after the sender's within
/// the same tick, and the other direction at the start of the next.
const ROUND_TRIP: Duration = TICK;

struct Case {
    behaviour: &'static str,
    arrival: Arrival,
    rate: f64,
    requests: u64,
    connections: usize,
}

/// A queue at 70 %, M/M/1.
const ONE_SERVER: Case = Case {
    behaviour: "latency=exp:25ms servers=1",
    arrival: Arrival::Poisson,
    rate: 28.0,
    requests: 5_000,
    connections: 64,
};

/// Plays the case and gives what was recorded.
fn play(case: &Case, meanwhile: impl FnOnce(&mut Driver)) -> Vec<Record> {
    let latency = (Duration::ZERO, Duration::ZERO);
    let mut driver = driver(Settings {
        seed: SEED,
        latency,
        ..Settings::default()
    });
    let job = Slot::<Option<Job>>::default();
    let client_job = job.clone();
    let done = Slot::<bool>::default();
    let client_done = done.clone();
    run_on(&mut driver, "load", move |world| {
        let (job, done) = (client_job.clone(), client_done.clone());
        async move {
            let job = job.borrow().clone().expect("set before the first step");
            // the stub listens by then, so every connection can be made ahead of the start
            tokio::time::sleep(ms(100)).await;
            let (probe, elapsed) = (SimProbe(world.tap()), world.clone());
            let shard = Shard::prepare(world.with_seed(SEED), probe, &job, 0, 1).await;
            let start = Instant::now() + (START - elapsed.elapsed());
            shard.run(start, std::future::pending()).await;
            *done.borrow_mut() = true;
        }
    });
    let behaviour: Behaviour = case.behaviour.parse().expect("a good behaviour");
    let replica = Arc::new(Replica::new("r0", 0, &behaviour, &Script::default(), SEED));
    let ip = run_on(&mut driver, "stub", move |world| {
        let replica = Arc::clone(&replica);
        async move {
            let probe = SimProbe(world.tap());
            let at = ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], PORT)));
            let server = Server::bind(world, at, replica, Instant::now())
                .await
                .expect("binds");
            server.run(probe).await.expect("serves");
        }
    });
    let spec = JobSpec {
        arrival: case.arrival,
        rate: case.rate,
        requests: Some(case.requests),
        duration: Duration::from_secs(3_600),
        connections: case.connections,
        preconnect: true,
        timeout: Duration::from_secs(60),
        drain: Duration::from_secs(60),
        ..JobSpec::new(SocketAddr::new(ip, PORT), "stub")
    };
    *job.borrow_mut() = Some(spec.build().expect("a good job"));
    meanwhile(&mut driver);
    let end =
        START + Duration::from_secs_f64(2.0 * case.requests as f64 / case.rate) + Duration::from_secs(60);
    while !*done.borrow() && driver.elapsed() < end {
        driver.run_until(driver.elapsed() + ms(100)).expect("steps");
    }
    records(driver)
}

/// Each request's response time as the load generator saw it, by id.
fn responses(records: &[Record]) -> BTreeMap<u64, Duration> {
    let (mut intended, mut responses) = (BTreeMap::new(), BTreeMap::new());
    for record in records {
        let [id, value, ..] = record.values() else {
            continue;
        };
        match record.kind {
            Kind::ClientPlanned => drop(intended.insert(*id, START + Duration::from_micros(*value))),
            Kind::ClientDone => {
                assert_eq!(*value, 200);
                responses.insert(
                    *id,
                    Duration::from_micros(record.at_us).saturating_sub(intended[id]),
                );
            }
            Kind::ClientFailed => panic!("request {id} failed"),
            _ => {}
        }
    }
    responses
}

/// What a queue of so many servers makes of these very arrivals and service times.
fn predicted(case: &Case, servers: usize) -> BTreeMap<u64, Duration> {
    let behaviour: Behaviour = case.behaviour.parse().expect("a good behaviour");
    let chance = Chance::new(SEED, 0);
    let seed = SEED.child("schedule");
    let schedule = Schedule::new(case.arrival, case.rate, &|stream| seed.nth(stream).rng());
    let mut queue = Queue::new(servers);
    let arrivals = schedule.shard(0, 1).take(case.requests as usize);
    arrivals
        .enumerate()
        .map(|(number, due)| {
            let service = chance.plan(&behaviour, number as u64).latency;
            (due.id, queue.admit(due.at, service).departure - due.at)
        })
        .collect()
}

fn check(measured: &BTreeMap<u64, Duration>, predicted: &BTreeMap<u64, Duration>) {
    assert_eq!(measured.len(), predicted.len());
    let sorted = |times: &BTreeMap<u64, Duration>| {
        let mut times: Vec<_> = times.values().copied().collect();
        times.sort();
        times
    };
    let (measured, predicted) = (sorted(measured), sorted(predicted));
    for q in [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999] {
        let rank = (measured.len() as f64 * q) as usize;
        within(&format!("quantile {q}"), measured[rank], predicted[rank]);
    }
    let mean = |times: &[Duration]| times.iter().sum::<Duration>() / times.len() as u32;
    within("mean", mean(&measured), mean(&predicted));
}

/// Within 1 % and one tick of what is predicted and the way there and back.
fn within(what: &str, measured: Duration, predicted: Duration) {
    let predicted = predicted + ROUND_TRIP;
    let band = predicted / 100 + TICK;
    assert!(
        measured.abs_diff(predicted) <= band,
        "{what}: measured {measured:?}, predicted {predicted:?} ± {band:?}"
    );
}

#[test]
fn round_trip_without_a_queue_is_the_delay_and_one_tick() {
    let case = Case {
        behaviour: "latency=20ms",
        arrival: Arrival::Constant,
        rate: 100.0,
        requests: 500,
        connections: 8,
    };
    let measured = responses(&play(&case, |_| {}));
    assert_eq!(measured.len(), 500);
    assert!(
        measured.values().all(|response| *response == ms(20) + ROUND_TRIP),
        "{measured:?}"
    );
}

#[test]
fn stall_is_seen_by_everyone_who_came_meanwhile() {
    // 10 s at 500/s; for one second nothing comes through, then everything does
    let case = Case {
        behaviour: "latency=0s",
        arrival: Arrival::Constant,
        rate: 500.0,
        requests: 5_000,
        connections: 600,
    };
    let (stall_at, pause, duration) = (
        Duration::from_secs(4),
        Duration::from_secs(1),
        Duration::from_secs(10),
    );
    let records = play(&case, |driver| {
        driver.run_until(START + stall_at).expect("steps");
        driver.push(LinkFault::Hold, "load", "stub").expect("free");
        driver.run_until(START + stall_at + pause).expect("steps");
        driver.pop(LinkFault::Hold, "load", "stub").expect("laid");
    });
    let measured = responses(&records);
    let predicted = predicted(&case, 1);
    let stalled = predicted.keys().map(|id| {
        let intended = duration.mul_f64(*id as f64 / 5_000.0);
        let wait = (stall_at + pause).saturating_sub(intended);
        (*id, if intended < stall_at { Duration::ZERO } else { wait })
    });
    check(&measured, &stalled.collect());
    // and the closed form: L(q) = P − (1 − q)·D
    let mut sorted: Vec<_> = measured.values().copied().collect();
    sorted.sort();
    for (q, expected) in [(0.5, 0), (0.95, 500), (0.99, 900), (0.999, 990)] {
        within(
            &format!("closed form at {q}"),
            sorted[(5_000.0 * q) as usize],
            ms(expected),
        );
    }
    within(
        "closed form of the mean",
        sorted.iter().sum::<Duration>() / 5_000,
        ms(50),
    );
}

/// The distribution is the one that a queue of so many servers has.
fn check_queue(case: &Case, servers: usize) {
    check(&responses(&play(case, |_| {})), &predicted(case, servers));
}

#[test]
fn queue_of_one_server_with_poisson_arrivals() {
    check_queue(&ONE_SERVER, 1);
}

#[test]
fn queue_of_one_server_with_constant_arrivals() {
    // D/M/1: not the same as Poisson arrivals
    let case = Case {
        arrival: Arrival::Constant,
        ..ONE_SERVER
    };
    check_queue(&case, 1);
}

#[test]
fn queue_of_one_server_with_constant_service() {
    // M/D/1
    let case = Case {
        behaviour: "latency=25ms servers=1",
        ..ONE_SERVER
    };
    check_queue(&case, 1);
}

#[test]
fn queue_of_four_servers() {
    // M/M/4 at 75 %
    let case = Case {
        behaviour: "latency=exp:25ms servers=4",
        rate: 120.0,
        requests: 10_000,
        connections: 200,
        ..ONE_SERVER
    };
    check_queue(&case, 4);
}

/// Two instruments: the replica tells who is there, the client how long it waited.
#[test]
fn delay_without_a_queue_has_poisson_many_in_flight_and_obeys_littles_law() {
    let case = Case {
        behaviour: "latency=100ms",
        rate: 100.0,
        ..ONE_SERVER
    };
    let records = play(&case, |_| {});
    let measured = responses(&records);
    for response in measured.values() {
        within("delay", *response, ms(100));
    }
    let times = |kind| {
        let of_kind = records.iter().filter(move |record| record.kind == kind);
        of_kind.map(|record| record.at_us).collect::<Vec<u64>>()
    };
    let (came, left) = (times(Kind::StubRequest), times(Kind::StubFinished));
    assert_eq!((came.len(), left.len()), (5_000, 5_000));
    let (first_us, last_us) = (came[0], came[came.len() - 1]);
    // looked at from outside, once a millisecond, away from both ends
    let there: Vec<f64> = (first_us + 1_000_000..last_us - 1_000_000)
        .step_by(1_000)
        .map(|now| (came.partition_point(|at| *at <= now) - left.partition_point(|at| *at <= now)) as f64)
        .collect();
    let mean = there.iter().sum::<f64>() / there.len() as f64;
    let waited = measured.values().sum::<Duration>().as_secs_f64() / measured.len() as f64;
    let little = case.requests as f64 / ((last_us - first_us) as f64 / 1e6) * waited;
    // the way there and back is in the client's time only, and so is a tick at either end: together 1 to 1.5 %
    assert!((mean / little - 1.0).abs() < 0.02, "L = {mean}, λW = {little}");
    // Poisson: variance equals mean; with about 500 independent stretches within four standard errors
    let variance = there.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / there.len() as f64;
    let ratio = variance / mean;
    assert!(
        (ratio - 1.0).abs() < 4.0 * (2.0_f64 / 500.0).sqrt(),
        "variance/mean {ratio}"
    );
}

#[test]
fn overload_grows_along_a_straight_line() {
    // 56/s at a server that does 40/s: L(t) = t·(λ/μ − 1) + 1/μ
    let case = Case {
        behaviour: "latency=25ms servers=1",
        arrival: Arrival::Constant,
        rate: 56.0,
        requests: 5_000,
        connections: 2_000,
    };
    let measured = responses(&play(&case, |_| {}));
    check(&measured, &predicted(&case, 1));
    for (id, response) in measured.iter().step_by(97) {
        let at = Duration::from_secs_f64(*id as f64 / 56.0);
        within("line", *response, at.mul_f64(56.0 / 40.0 - 1.0) + ms(25));
    }
}
