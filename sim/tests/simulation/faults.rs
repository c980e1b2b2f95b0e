//! What the faults of the simulated world do to the two ends of a connection.

use crate::common::{Slot, dial, driver, echo, ms, records, run_on};
use sim::trace::Kind;
use sim::world::{Driver, DriverError, EPOCH, LinkFault, Settings, TICK};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use world::World;

/// A client that writes one byte every 10 ms to the echo server and notes when each came back, and how it ended.
#[derive(Default)]
struct Pings {
    echoed_at: Vec<Duration>,
    ended: Option<(Duration, ErrorKind)>,
}

fn pinging(driver: &mut Driver) -> Slot<Pings> {
    run_on(driver, "server", echo);
    let seen = Slot::<Pings>::default();
    let slot = seen.clone();
    run_on(driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            let start = Instant::now();
            let mut stream = dial(&world, "server").await.expect("connects");
            let failed = loop {
                let mut byte = [7];
                let round = async {
                    stream.write_all(&byte).await?;
                    stream.read_exact(&mut byte).await
                };
                match round.await {
                    Ok(_) => slot.borrow_mut().echoed_at.push(start.elapsed()),
                    Err(error) => break error.kind(),
                }
                tokio::time::sleep(ms(10)).await;
            };
            slot.borrow_mut().ended = Some((start.elapsed(), failed));
        }
    });
    seen
}

#[test]
fn partition_is_silence_and_the_heal_resets_what_lost_bytes() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    driver.run_until(ms(100)).expect("steps");
    let before = seen.borrow().echoed_at.len();
    assert!(before >= 5, "the link worked at first");
    driver
        .push(LinkFault::Partition, "client", "server")
        .expect("free");
    driver.run_until(ms(3_000)).expect("steps");
    assert!(
        seen.borrow().echoed_at.len() <= before + 1,
        "nothing gets through"
    );
    assert_eq!(seen.borrow().ended, None, "and nobody is told");
    driver
        .pop(LinkFault::Partition, "server", "client")
        .expect("laid");
    driver.run_until(ms(3_010)).expect("steps");
    let (at, kind) = seen.borrow().ended.expect("reset at the heal");
    assert_eq!(kind, ErrorKind::ConnectionReset);
    assert!(
        at >= ms(3_000) && at <= ms(3_000) + TICK,
        "at the heal, not at {at:?}"
    );
    let resets = records(driver)
        .iter()
        .filter(|record| record.kind == Kind::Reset)
        .count();
    assert_eq!(resets, 2, "both ends");
}

#[test]
fn idle_connection_survives_a_partition() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", echo);
    let done = Slot::<bool>::default();
    let slot = done.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            let mut stream = dial(&world, "server").await.expect("connects");
            tokio::time::sleep(ms(500)).await;
            stream.write_all(b"x").await.expect("writes");
            *slot.borrow_mut() = stream.read_u8().await.is_ok();
        }
    });
    driver.run_until(ms(100)).expect("steps");
    driver
        .push(LinkFault::Partition, "client", "server")
        .expect("free");
    driver.run_until(ms(400)).expect("steps");
    driver
        .pop(LinkFault::Partition, "client", "server")
        .expect("laid");
    driver.run_until(ms(600)).expect("steps");
    assert!(*done.borrow(), "it had lost nothing");
}

#[test]
fn one_way_cut_lets_the_other_way_through() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    driver.run_until(ms(100)).expect("steps");
    driver.push(LinkFault::OneWay, "server", "client").expect("free");
    let before = seen.borrow().echoed_at.len();
    driver.run_until(ms(1_000)).expect("steps");
    assert!(seen.borrow().echoed_at.len() <= before + 1);
    driver.pop(LinkFault::OneWay, "server", "client").expect("laid");
    driver.run_until(ms(1_010)).expect("steps");
    assert!(
        seen.borrow().ended.is_some(),
        "the echo was lost, so the stream is reset"
    );
    let records = records(driver);
    let last_read = records
        .iter()
        .rev()
        .find(|r| r.host == 1 && r.kind == Kind::In)
        .expect("server read something");
    assert!(last_read.at_us >= 100_000, "the ping still arrived under the cut");
}

#[test]
fn hold_keeps_bytes_until_the_release() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    driver.run_until(ms(100)).expect("steps");
    driver.push(LinkFault::Hold, "client", "server").expect("free");
    let before = seen.borrow().echoed_at.len();
    driver.run_until(ms(700)).expect("steps");
    assert!(
        seen.borrow().echoed_at.len() <= before + 1,
        "nothing gets through"
    );
    driver
        .push(LinkFault::Hold, "client", "server")
        .expect("holds add up");
    driver.pop(LinkFault::Hold, "client", "server").expect("laid");
    driver.run_until(ms(1_000)).expect("steps");
    assert!(
        seen.borrow().echoed_at.len() <= before + 1,
        "the second hold is still there"
    );
    driver.pop(LinkFault::Hold, "client", "server").expect("laid");
    driver.run_until(ms(1_200)).expect("steps");
    let seen = seen.borrow();
    assert!(seen.ended.is_none(), "nothing was lost");
    assert!(seen.echoed_at.len() > before + 10, "and it went on");
}

#[test]
fn one_way_cut_under_a_hold_waits_for_the_release() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    driver.run_until(ms(100)).expect("steps");
    driver.push(LinkFault::Hold, "client", "server").expect("laid");
    driver.push(LinkFault::OneWay, "client", "server").expect("laid");
    driver.run_until(ms(300)).expect("steps");
    let before = seen.borrow().echoed_at.len();
    driver.pop(LinkFault::Hold, "client", "server").expect("active");
    driver.run_until(ms(400)).expect("steps");
    assert!(
        seen.borrow().echoed_at.len() <= before + 1,
        "the ping that was held is lost now"
    );
    assert_eq!(seen.borrow().ended, None);
    driver.pop(LinkFault::OneWay, "client", "server").expect("active");
    driver.run_until(ms(410)).expect("steps");
    let (_, kind) = seen.borrow().ended.expect("it lost a byte");
    assert_eq!(kind, ErrorKind::ConnectionReset);
    let links: Vec<_> = records(driver)
        .iter()
        .filter(|record| record.kind == Kind::Link)
        .map(|record| [record.values()[2], record.values()[3]])
        .collect();
    assert_eq!(links, [[2, 2], [0, 1], [0, 0]], "the server is host 1");
}

#[test]
fn faults_that_cannot_be_are_errors_that_say_why() {
    let mut driver = driver(Settings::default());
    pinging(&mut driver);
    let check = |done: Result<(), DriverError>, part: &str| {
        let error = done.expect_err(part).to_string();
        assert!(error.contains(part), "{error:?} does not tell of {part:?}");
    };
    check(driver.push(LinkFault::Hold, "client", "client"), "none to itself");
    check(driver.push(LinkFault::Hold, "client", "nobody"), "no such host");
    check(driver.crash("nobody"), "no such host");
    check(
        driver.bounce("server"),
        "lift a crash of server: it was never laid",
    );
    check(driver.power_on("server"), "a loss of power of server");
    check(driver.pop_stop("server"), "a stop of server");
    check(driver.pop_fragment(), "fragment");
    check(driver.pop_clock("server", 5), "offset of 5 µs");
    check(
        driver.push_latency("client", "server", (ms(2), ms(1))),
        "above the longest",
    );
    check(driver.push_slow("server", ms(0), ms(0)), "neither runs nor stops");
    driver.push_slow("server", ms(5), ms(1)).expect("fits");
    check(driver.pop_slow("server", ms(5), ms(2)), "never laid");
    driver.push(LinkFault::OneWay, "client", "server").expect("laid");
    check(
        driver.pop(LinkFault::OneWay, "server", "client"),
        "a OneWay of server and client",
    );
}

#[test]
fn crash_ends_connections_at_once_and_a_bounce_starts_anew() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    let dials = Slot::<Vec<(Duration, bool)>>::default();
    let slot = dials.clone();
    run_on(&mut driver, "dialler", move |world| {
        let slot = slot.clone();
        async move {
            let start = Instant::now();
            loop {
                tokio::time::sleep(ms(50)).await;
                let ok = dial(&world, "server").await.is_ok();
                slot.borrow_mut().push((start.elapsed(), ok));
            }
        }
    });
    driver.run_until(ms(200)).expect("steps");
    driver.crash("server").expect("laid");
    driver.run_until(ms(220)).expect("steps");
    let (_, kind) = seen.borrow().ended.expect("the next ping or its echo fails");
    assert!(
        matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset),
        "{kind}"
    );
    driver.run_until(ms(500)).expect("steps");
    driver.bounce("server").expect("down");
    driver.run_until(ms(1_000)).expect("steps");
    for (at, ok) in dials.borrow().iter() {
        assert_eq!(*ok, *at < ms(200) || *at > ms(500), "connect at {at:?}");
    }
    assert_eq!(starts_of(1, driver), [0, 1]);
}

fn starts_of(host: u64, driver: Driver) -> Vec<u64> {
    records(driver)
        .iter()
        .filter(|r| r.host == host && r.kind == Kind::Start)
        .map(|r| r.values()[0])
        .collect()
}

#[test]
fn host_is_down_until_all_that_took_it_down_is_lifted() {
    let mut driver = driver(Settings::default());
    pinging(&mut driver);
    driver.run_until(ms(10)).expect("steps");
    driver.crash("server").expect("laid");
    driver.power_off("server").expect("laid");
    driver.crash("server").expect("laid");
    driver.bounce("server").expect("active");
    driver.bounce("server").expect("active");
    driver.restart("server").expect("nothing to do");
    driver.run_until(ms(20)).expect("steps");
    driver.power_on("server").expect("active");
    driver.restart("server").expect("up");
    driver.run_until(ms(30)).expect("steps");
    driver.crash("server").expect("laid");
    driver.power_off("client").expect("laid");
    driver.heal();
    assert_eq!(starts_of(1, driver), [0, 1, 2, 3]);
}

#[test]
fn power_loss_is_silent_until_power_is_back() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    driver.run_until(ms(100)).expect("steps");
    driver.power_off("server").expect("up");
    driver.run_until(ms(2_000)).expect("steps");
    assert_eq!(seen.borrow().ended, None, "no FIN, no RST");
    driver.power_on("server").expect("off");
    driver.run_until(ms(2_010)).expect("steps");
    assert_eq!(
        seen.borrow().ended.map(|(_, kind)| kind),
        Some(ErrorKind::ConnectionReset)
    );
}

#[test]
fn connect_over_a_cut_link_is_sent_again_like_a_kernel_does() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", echo);
    let connected = Slot::<Option<Duration>>::default();
    let slot = connected.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            tokio::time::sleep(ms(100)).await;
            let start = Instant::now();
            dial(&world, "server").await.expect("in the end");
            *slot.borrow_mut() = Some(start.elapsed());
        }
    });
    driver.run_until(ms(50)).expect("steps");
    driver
        .push(LinkFault::Partition, "client", "server")
        .expect("free");
    driver.run_until(ms(1_500)).expect("steps");
    driver
        .pop(LinkFault::Partition, "client", "server")
        .expect("laid");
    driver.run_until(ms(10_000)).expect("steps");
    let after = connected.borrow().expect("connected");
    assert!(
        after >= ms(3_000) && after < ms(3_020),
        "1 s, then 2 s, not {after:?}"
    );
}

#[test]
fn latencies_overlap_and_end_each_on_its_own() {
    let mut driver = driver(Settings::default());
    let seen = pinging(&mut driver);
    let rounds = |driver: &mut Driver| {
        let until = driver.elapsed() + ms(1_000);
        driver.run_until(until).expect("steps");
        let echoed_at = &seen.borrow().echoed_at;
        echoed_at[echoed_at.len() - 1] - echoed_at[echoed_at.len() - 2]
    };
    let (spike, peak) = ((ms(50), ms(50)), (ms(100), ms(100)));
    let calm = rounds(&mut driver);
    driver.push_latency("client", "server", spike).expect("good");
    let spiked = rounds(&mut driver);
    driver.push_latency("server", "client", peak).expect("good");
    let peaked = rounds(&mut driver);
    driver.pop_latency("client", "server", spike).expect("active");
    assert_eq!(rounds(&mut driver), peaked, "the greatest counts");
    driver.pop_latency("client", "server", peak).expect("active");
    assert_eq!(rounds(&mut driver), calm);
    assert!(
        spiked >= ms(100) && peaked >= spiked + ms(100),
        "{spiked:?} {peaked:?}"
    );
}

#[test]
fn wall_clock_steps_and_monotonic_time_does_not() {
    let mut driver = driver(Settings::default());
    let seen = Slot::<Vec<(Duration, Duration)>>::default();
    let slot = seen.clone();
    run_on(&mut driver, "host", move |world| {
        let slot = slot.clone();
        async move {
            let start = Instant::now();
            loop {
                tokio::time::sleep(ms(100)).await;
                slot.borrow_mut().push((
                    start.elapsed(),
                    world.unix_now() - EPOCH.saturating_sub(ms(10_000)),
                ));
            }
        }
    });
    driver.run_until(ms(150)).expect("steps");
    driver.push_clock("host", -7_000_000).expect("there");
    driver.push_clock("host", 2_000_000).expect("there");
    driver.run_until(ms(250)).expect("steps");
    driver.pop_clock("host", -7_000_000).expect("active");
    driver.run_until(ms(350)).expect("steps");
    let expected = [(ms(100), ms(10_100)), (ms(200), ms(5_200)), (ms(300), ms(12_300))];
    assert_eq!(*seen.borrow(), expected);
}
