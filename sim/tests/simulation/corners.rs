//! Where kills, holds and connects meet: nobody is left waiting for ever, nothing slips through a link that is held, and
//! no number of anything ends the process.

use crate::common::{PORT, Slot, dial, driver, echo, ms, records, run_on};
use sim::trace::Kind;
use sim::world::{Driver, LinkFault, Settings};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{ListenAddr, Listener, World};

fn any() -> ListenAddr {
    ListenAddr::alone(([0, 0, 0, 0], PORT).into())
}

/// Steps until the server has accepted. The client, whose turn is first, doesn't know yet.
fn until_accepted(driver: &mut Driver, accepted: &Slot<bool>) {
    while !*accepted.borrow() {
        driver.step().expect("steps");
    }
}

/// A client that connects and notes when, and a server that accepts and notes how the connection ends.
fn one_connection(driver: &mut Driver) -> (Slot<bool>, Slot<Option<Duration>>, Slot<Option<Duration>>) {
    let connected = Slot::<Option<Duration>>::default();
    let slot = connected.clone();
    run_on(driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            if world.elapsed() > Duration::ZERO {
                // started again: it has forgotten everything
                return;
            }
            tokio::time::sleep(ms(3)).await;
            let _stream = dial(&world, "server").await.expect("connects");
            *slot.borrow_mut() = Some(world.elapsed());
            std::future::pending::<()>().await;
        }
    });
    let (accepted, ended) = (Slot::<bool>::default(), Slot::<Option<Duration>>::default());
    let (accepts, ends) = (accepted.clone(), ended.clone());
    run_on(driver, "server", move |world| {
        let (accepts, ends) = (accepts.clone(), ends.clone());
        async move {
            let listener = world.listen(&any()).await.expect("free");
            let (mut stream, _) = listener.accept().await.expect("accepts");
            *accepts.borrow_mut() = true;
            let _ = stream.read(&mut [0; 8]).await;
            *ends.borrow_mut() = Some(world.elapsed());
            std::future::pending::<()>().await;
        }
    });
    (accepted, connected, ended)
}

#[test]
fn client_killed_before_it_knows_of_its_connection_is_missed_by_the_server() {
    let mut driver = driver(Settings::default());
    let (accepted, connected, ended) = one_connection(&mut driver);
    until_accepted(&mut driver, &accepted);
    let killed = driver.elapsed();
    driver.crash("client").expect("laid");
    driver.run_until(ms(100)).expect("steps");
    assert_eq!(*connected.borrow(), None);
    let heard = ended.borrow().expect("the kernel of the client says so");
    assert!(heard <= killed + ms(3), "at {heard:?}");
}

#[test]
fn and_after_a_loss_of_power_when_power_is_back() {
    let mut driver = driver(Settings::default());
    let (accepted, _, ended) = one_connection(&mut driver);
    until_accepted(&mut driver, &accepted);
    driver.power_off("client").expect("laid");
    driver.run_until(ms(100)).expect("steps");
    assert_eq!(*ended.borrow(), None, "silence");
    driver.power_on("client").expect("active");
    driver.run_until(ms(110)).expect("steps");
    assert!(ended.borrow().is_some());
}

#[test]
fn connection_is_not_acknowledged_over_a_held_link() {
    let mut driver = driver(Settings::default());
    let (accepted, connected, _) = one_connection(&mut driver);
    until_accepted(&mut driver, &accepted);
    driver.push(LinkFault::Hold, "client", "server").expect("laid");
    driver.run_until(ms(100)).expect("steps");
    assert_eq!(*connected.borrow(), None);
    driver.pop(LinkFault::Hold, "client", "server").expect("active");
    driver.run_until(ms(110)).expect("steps");
    assert!(connected.borrow().is_some());
}

#[test]
fn reset_waits_for_the_release_of_a_hold() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", echo);
    let ended = Slot::<Option<(Duration, ErrorKind)>>::default();
    let slot = ended.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            let mut stream = dial(&world, "server").await.expect("connects");
            tokio::time::sleep(ms(50)).await;
            stream.write_u8(1).await.expect("writes");
            let failed = stream.read_u8().await.expect_err("lost");
            *slot.borrow_mut() = Some((world.elapsed(), failed.kind()));
        }
    });
    driver.run_until(ms(20)).expect("steps");
    driver
        .push(LinkFault::Partition, "client", "server")
        .expect("laid");
    driver.run_until(ms(100)).expect("steps");
    driver.push(LinkFault::Hold, "client", "server").expect("laid");
    driver
        .pop(LinkFault::Partition, "client", "server")
        .expect("active");
    driver.run_until(ms(200)).expect("steps");
    assert_eq!(*ended.borrow(), None, "a reset is a segment, too");
    driver.pop(LinkFault::Hold, "client", "server").expect("active");
    driver.run_until(ms(205)).expect("steps");
    let (at, kind) = ended.borrow().expect("reset");
    assert_eq!(kind, ErrorKind::ConnectionReset);
    assert!(at >= ms(200), "at {at:?}");
}

#[test]
fn killed_during_a_hold_is_heard_of_at_the_release() {
    let mut driver = driver(Settings::default());
    let (accepted, connected, ended) = one_connection(&mut driver);
    until_accepted(&mut driver, &accepted);
    driver.run_until(ms(50)).expect("steps");
    assert!(connected.borrow().is_some());
    driver.push(LinkFault::Hold, "client", "server").expect("laid");
    driver.crash("client").expect("laid");
    driver.run_until(ms(100)).expect("steps");
    driver.bounce("client").expect("active");
    driver.run_until(ms(150)).expect("steps");
    assert_eq!(*ended.borrow(), None);
    driver.pop(LinkFault::Hold, "client", "server").expect("active");
    driver.run_until(ms(155)).expect("steps");
    assert!(ended.borrow().is_some());
}

/// SYNs of a killed program stay in the queue of whoever doesn't accept them.
#[test]
fn client_that_is_killed_again_and_again_never_overflows_a_queue() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", |world| async move {
        let listener = world.listen(&any()).await.expect("free");
        loop {
            let accepted = listener.accept().await.expect("accepts");
            drop(accepted);
        }
    });
    run_on(&mut driver, "client", |world| async move {
        tokio::time::sleep(ms(3)).await;
        for _ in 0..2_800 {
            let world = world.clone();
            tokio::task::spawn_local(async move { dial(&world, "server").await.map(drop) });
        }
        std::future::pending::<()>().await;
    });
    driver.run_until(ms(2)).expect("steps");
    driver.push_stop("server").expect("laid");
    for _ in 0..3 {
        driver.run_until(driver.elapsed() + ms(10)).expect("steps");
        driver.restart("client").expect("up");
    }
    driver.run_until(driver.elapsed() + ms(10)).expect("steps");
    driver.heal();
    driver.run_until(driver.elapsed() + ms(50)).expect("steps");
    let records = records(driver);
    let connected = records.iter().filter(|r| r.kind == Kind::Connected).count();
    assert!(connected >= 2_800, "{connected} of the last start's");
}

#[test]
fn host_that_spins_ends_the_run() {
    let ended = std::panic::catch_unwind(|| {
        let mut driver = driver(Settings::default());
        run_on(&mut driver, "server", echo);
        run_on(&mut driver, "client", |world| async move {
            let mut stream = dial(&world, "server").await.expect("connects");
            stream.shutdown().await.expect("closes");
            loop {
                // the end of the stream, over and over
                let _ = stream.read(&mut [0]).await;
                tokio::task::yield_now().await;
            }
        });
        driver.run_until(ms(20)).expect("never comes back");
    });
    assert!(ended.is_err());
}
