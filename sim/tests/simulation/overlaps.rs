//! Any faults in any overlap can be played, and after the heal traffic flows as before.

use crate::common::{Slot, dial, driver, echo, ms, records, run_on};
use proptest::prelude::*;
use sim::trace::{Kind, Record};
use sim::world::{Driver, DriverError, LinkFault, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::Seed;

const HOSTS: [&str; 4] = ["s0", "s1", "c0", "c1"];
/// When the last fault has been laid.
const STORM_MS: u64 = 400;

/// One fault of a plan: what, where, and the ticks in which it begins and ends.
#[derive(Debug, Clone, Copy)]
struct Planned {
    what: u8,
    host: usize,
    other: usize,
    size: u64,
    begin: u64,
    end: u64,
}

fn planned() -> impl Strategy<Value = Planned> {
    (
        0..9_u8,
        0..4_usize,
        1..4_usize,
        1..40_u64,
        0..STORM_MS,
        0..STORM_MS,
    )
        .prop_map(|(what, host, step, size, begin, lasts)| Planned {
            what,
            host,
            other: (host + step) % 4,
            size,
            begin,
            end: begin + lasts,
        })
}

/// Lays the fault, or lifts it.
fn play(driver: &mut Driver, fault: &Planned, lay: bool) -> Result<(), DriverError> {
    let (a, b) = (HOSTS[fault.host], HOSTS[fault.other]);
    let time = ms(fault.size);
    let link = |driver: &mut Driver, which| match lay {
        true => driver.push(which, a, b),
        false => driver.pop(which, a, b),
    };
    match (fault.what, lay) {
        (0, true) => driver.crash(a),
        (0, false) => driver.bounce(a),
        (1, true) => driver.power_off(a),
        (1, false) => driver.power_on(a),
        (2, true) => driver.push_stop(a),
        (2, false) => driver.pop_stop(a),
        (3, true) => driver.push_slow(a, ms(3), time),
        (3, false) => driver.pop_slow(a, ms(3), time),
        (4, _) => link(driver, LinkFault::Partition),
        (5, _) => link(driver, LinkFault::Hold),
        (6, _) => link(driver, LinkFault::OneWay),
        (7, true) => driver.push_latency(a, b, (time, time * 2)),
        (7, false) => driver.pop_latency(a, b, (time, time * 2)),
        (_, true) => driver.push_fragment().and_then(|()| driver.restart(a)),
        (_, false) => driver.pop_fragment(),
    }
}

/// Two echo servers, and two clients that never give up asking both.
fn hosts(driver: &mut Driver) -> Slot<Vec<(usize, Duration)>> {
    let done = Slot::<Vec<(usize, Duration)>>::default();
    run_on(driver, "s0", echo);
    run_on(driver, "s1", echo);
    for (client, name) in ["c0", "c1"].into_iter().enumerate() {
        let done = done.clone();
        run_on(driver, name, move |world| {
            let done = done.clone();
            async move {
                for turn in 0.. {
                    let server = turn % 2;
                    let round = async {
                        let mut stream = dial(&world, HOSTS[server]).await?;
                        stream.write_all(&[7; 3_000]).await?;
                        stream.read_exact(&mut [0; 3_000]).await
                    };
                    if let Ok(Ok(_)) = tokio::time::timeout(ms(50), round).await {
                        done.borrow_mut().push((client * 2 + server, world.elapsed()));
                    }
                    tokio::time::sleep(ms(1)).await;
                }
            }
        });
    }
    done
}

/// Ends of connections that hosts got before the heal, and that have not ended since.
fn open_from_before(records: &[Record], healed: Duration) -> BTreeSet<(u64, u64)> {
    let mut open = BTreeSet::new();
    for record in records {
        let before = u128::from(record.at_us) <= healed.as_micros();
        let host = record.host;
        match (record.kind, record.values()) {
            (Kind::Connected, [_, connection]) | (Kind::Accept, [connection, _]) if before => {
                open.insert((host, *connection));
            }
            (Kind::FinOut | Kind::RstIn, [connection]) => {
                open.remove(&(host, *connection));
            }
            (Kind::Crash, _) => open.retain(|(of, _)| *of != host),
            _ => {}
        }
    }
    open
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_plan_can_be_played_and_traffic_flows_again(
        seed in any::<u64>(),
        plan in prop::collection::vec(planned(), 1..16),
        ends_alone in any::<bool>(),
    ) {
        let settings = Settings { seed: Seed(seed), latency: (ms(1), ms(3)), ..Settings::default() };
        let mut driver = driver(settings);
        let done = hosts(&mut driver);
        // either every fault ends by itself, or some still lie there when all is healed
        let until = if ends_alone { 2 * STORM_MS } else { STORM_MS };
        for tick in 0..until {
            for fault in &plan {
                for (at, lay) in [(fault.begin, true), (fault.end, false)] {
                    if at == tick {
                        play(&mut driver, fault, lay).expect("whatever else is active");
                    }
                }
            }
            driver.step().expect("steps");
        }
        driver.heal();
        driver.heal();
        let healed = driver.elapsed();
        driver.run_until(healed + ms(300)).expect("steps");
        let mut counts = [0; 4];
        for (pair, at) in done.borrow().iter() {
            counts[*pair] += u64::from(*at > healed + ms(100));
        }
        prop_assert!(counts.iter().all(|n| *n >= 3), "rounds per client and server: {counts:?}");
        let records = records(driver);
        let left = open_from_before(&records, healed);
        prop_assert!(left.is_empty(), "(host, connection) left behind at the heal: {left:?}");
        // and nothing is broken any more
        let last_of = |kind| records.iter().rev().find(|r| r.kind == kind).map(|r| r.values().to_vec());
        if let Some(fragment) = last_of(Kind::Fragment) {
            prop_assert_eq!(fragment, [0]);
        }
        let mut links = BTreeMap::new();
        for link in records.iter().filter(|r| r.kind == Kind::Link) {
            links.insert((link.values()[0], link.values()[1]), link.values()[2..].to_vec());
        }
        prop_assert!(links.values().all(|state| state == &[0, 0]), "{links:?}");
    }
}
