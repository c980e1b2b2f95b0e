//! A stopped host: nothing it does reaches the network, nothing reaches it, and everything goes on afterwards.

use crate::common::{Slot, dial, driver, echo, ms, records, run_on};
use sim::trace::Kind;
use sim::world::{Driver, Settings};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Every 10 ms one byte to the echo server over a connection of its own; when each round trip was done.
fn rounds(driver: &mut Driver) -> Slot<Vec<Duration>> {
    let seen = Slot::<Vec<Duration>>::default();
    let slot = seen.clone();
    run_on(driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            loop {
                // refused while the server is down
                let Ok(mut stream) = dial(&world, "server").await else {
                    continue;
                };
                stream.write_u8(7).await.expect("writes");
                stream.read_u8().await.expect("reads");
                slot.borrow_mut().push(world.elapsed());
                tokio::time::sleep(ms(10)).await;
            }
        }
    });
    seen
}

#[test]
fn stopped_host_neither_accepts_nor_answers_and_then_goes_on() {
    for host in ["server", "client"] {
        let mut driver = driver(Settings::default());
        run_on(&mut driver, "server", echo);
        let seen = rounds(&mut driver);
        driver.run_until(ms(100)).expect("steps");
        driver.push_stop(host).expect("laid");
        driver.push_stop(host).expect("counts");
        driver.run_until(ms(200)).expect("steps");
        driver.pop_stop(host).expect("active");
        driver.run_until(ms(300)).expect("steps");
        driver.pop_stop(host).expect("active");
        driver.run_until(ms(400)).expect("steps");
        let seen = seen.borrow();
        let within = |from, to| seen.iter().filter(|at| (ms(from)..ms(to)).contains(*at)).count();
        assert!(within(0, 101) >= 5, "{host}: {seen:?}");
        assert_eq!(within(101, 300), 0, "{host}: {seen:?}");
        assert!(within(300, 310) >= 1 && within(300, 400) >= 5, "{host}: {seen:?}");
        let records = records(driver);
        let wire = |at: u64| (101_000..300_000).contains(&at);
        let number = if host == "server" { 1 } else { 2 };
        for record in records.iter().filter(|r| r.host == number && wire(r.at_us)) {
            assert_eq!(record.kind.code(), 0, "the wire saw {record:?}");
        }
        let stops: Vec<_> = records
            .iter()
            .filter(|r| r.kind == Kind::Stop)
            .map(|r| (r.at_us, r.host, r.values()[0]))
            .collect();
        assert_eq!(stops, [(100_000, number, 1), (300_000, number, 0)]);
    }
}

/// A client that gives up after 50 ms; the server learns of it when the client goes on, or is killed.
fn let_go(end: impl Fn(&mut Driver)) -> Option<Duration> {
    let mut driver = driver(Settings::default());
    let heard = Slot::<Option<Duration>>::default();
    let slot = heard.clone();
    run_on(&mut driver, "server", move |world| {
        let slot = slot.clone();
        async move {
            use world::{ListenAddr, Listener, World};
            let any = ListenAddr::alone(([0, 0, 0, 0], crate::common::PORT).into());
            let listener = world.listen(&any).await.expect("free");
            let (mut stream, _) = listener.accept().await.expect("accepts");
            assert_eq!(stream.read(&mut [0]).await.expect("an end"), 0);
            *slot.borrow_mut() = Some(world.elapsed());
            std::future::pending::<()>().await;
        }
    });
    run_on(&mut driver, "client", |world| async move {
        let stream = dial(&world, "server").await.expect("connects");
        tokio::time::sleep(ms(50)).await;
        drop(stream);
        std::future::pending::<()>().await;
    });
    driver.run_until(ms(20)).expect("steps");
    driver.push_stop("client").expect("laid");
    driver.run_until(ms(200)).expect("steps");
    assert_eq!(*heard.borrow(), None);
    end(&mut driver);
    driver.run_until(ms(300)).expect("steps");
    let heard = *heard.borrow();
    let fins: Vec<_> = records(driver)
        .into_iter()
        .filter(|r| r.kind == Kind::FinOut && r.host == 2)
        .map(|r| r.at_us)
        .collect();
    assert!(fins.iter().all(|at| *at >= 200_000), "{fins:?}");
    heard
}

#[test]
fn what_a_stopped_host_drops_is_closed_when_it_goes_on_or_is_killed() {
    let near = |heard: Option<Duration>| heard.is_some_and(|at| at >= ms(200) && at <= ms(205));
    let heard = let_go(|driver| driver.pop_stop("client").expect("active"));
    assert!(near(heard), "{heard:?}");
    let heard = let_go(|driver| driver.crash("client").expect("laid"));
    assert!(near(heard), "{heard:?}");
}

#[test]
fn restarted_host_is_still_stopped() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", echo);
    let seen = rounds(&mut driver);
    driver.push_stop("server").expect("laid");
    driver.run_until(ms(20)).expect("steps");
    driver.crash("server").expect("laid");
    driver.bounce("server").expect("active");
    driver.run_until(ms(100)).expect("steps");
    assert_eq!(*seen.borrow(), []);
    driver.heal();
    driver.run_until(ms(200)).expect("steps");
    assert!(seen.borrow().len() >= 5);
}

#[test]
fn slow_host_runs_and_stops_in_turn() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", echo);
    let seen = rounds(&mut driver);
    driver.run_until(ms(50)).expect("steps");
    driver.push_slow("server", ms(20), ms(100)).expect("laid");
    driver.run_until(ms(650)).expect("steps");
    driver.pop_slow("server", ms(20), ms(100)).expect("active");
    driver.run_until(ms(660)).expect("steps");
    let seen = seen.borrow();
    let fast = seen.iter().filter(|at| **at <= ms(50)).count();
    let slow = seen.iter().filter(|at| (ms(52)..ms(650)).contains(*at)).count();
    assert!(fast >= 3, "{seen:?}");
    assert!((5..=15).contains(&slow), "five turns of 20 ms: {seen:?}");
    let stops: Vec<_> = records(driver)
        .iter()
        .filter(|r| r.kind == Kind::Stop)
        .map(|r| r.at_us / 1_000)
        .collect();
    assert_eq!(stops, [70, 170, 190, 290, 310, 410, 430, 530, 550, 650]);
}
