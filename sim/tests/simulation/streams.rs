//! The simulated stream keeps a socket's promises: bytes, order, back-pressure, ends; and the world's limits hold.

use crate::common::{PORT, Slot, bytes, dial, driver, echo, ms, records, run_on};
use sim::trace::{Kind, first_difference};
use sim::world::{DriverError, EPOCH, HOSTS_MAX, Settings, isolated};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{ListenAddr, Listener, Seed, World};

fn any(port: u16) -> ListenAddr {
    ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], port)))
}

/// Sends 300 000 bytes through the echo server and tells what came back.
fn through_echo(settings: Settings) -> (Vec<u8>, Vec<sim::trace::Record>) {
    let mut driver = driver(settings);
    run_on(&mut driver, "server", echo);
    let back = Slot::<Vec<u8>>::default();
    let slot = back.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            let stream = dial(&world, "server").await.expect("connects");
            let (mut reading, mut writing) = tokio::io::split(stream);
            tokio::task::spawn_local(async move {
                writing.write_all(&pattern()).await.expect("writes");
                writing.shutdown().await.expect("closes");
            });
            let mut all = Vec::new();
            reading.read_to_end(&mut all).await.expect("reads to the end");
            *slot.borrow_mut() = all;
        }
    });
    driver.run_until(ms(5_000)).expect("steps");
    let all = back.borrow().clone();
    (all, records(driver))
}

fn pattern() -> Vec<u8> {
    (0..300_000_u32).map(|i| (i % 251) as u8).collect()
}

#[test]
fn bytes_arrive_whole_and_in_order_over_jitter() {
    let settings = Settings {
        latency: (ms(1), ms(9)),
        seed: Seed(3),
        ..Settings::default()
    };
    let (back, records) = through_echo(settings);
    assert!(back == pattern());
    let sum = |host, kind| -> u64 {
        records
            .iter()
            .filter(|r| r.host == host && r.kind == kind)
            .filter_map(|r| r.get("bytes"))
            .sum()
    };
    for (host, kind) in [(1, Kind::In), (1, Kind::Out), (2, Kind::In), (2, Kind::Out)] {
        assert_eq!(sum(host, kind), 300_000, "host {host}, {kind}");
    }
    let count = |kind| records.iter().filter(|r| r.kind == kind).count();
    assert_eq!((count(Kind::Accept), count(Kind::Connected)), (1, 1));
    assert_eq!(
        (count(Kind::FinOut), count(Kind::FinIn), count(Kind::RstIn)),
        (2, 2, 0)
    );
}

#[test]
fn fragmenting_changes_the_pieces_and_no_byte() {
    let plain = Settings {
        seed: Seed(4),
        ..Settings::default()
    };
    let (_, whole) = through_echo(plain);
    let (back, cut) = through_echo(Settings {
        fragment: true,
        ..plain
    });
    assert!(back == pattern());
    let sizes = |records: &[sim::trace::Record], kind| -> Vec<u64> {
        records
            .iter()
            .filter(|r| r.kind == kind)
            .filter_map(|r| r.get("bytes"))
            .collect()
    };
    for kind in [Kind::In, Kind::Out] {
        let (whole, cut) = (sizes(&whole, kind), sizes(&cut, kind));
        assert!(
            cut.len() > whole.len() * 5 / 4,
            "{kind}: {} pieces, {} before",
            cut.len(),
            whole.len()
        );
        assert!(cut.iter().any(|n| n % 2 == 1), "{kind}: at odd places");
    }
}

#[test]
fn writer_is_never_further_ahead_than_the_window() {
    let window_bytes = 10_000;
    let mut driver = driver(Settings {
        window_bytes,
        ..Settings::default()
    });
    let written = Slot::<usize>::default();
    run_on(&mut driver, "server", move |world| async move {
        let listener = world.listen(&any(PORT)).await.expect("free");
        let (mut stream, _) = listener.accept().await.expect("accepts");
        tokio::time::sleep(ms(100)).await;
        stream.read_exact(&mut [0; 2_500]).await.expect("reads");
        tokio::time::sleep(ms(100)).await;
        drop(stream);
        std::future::pending::<()>().await;
    });
    let slot = written.clone();
    let ended = Slot::<Option<ErrorKind>>::default();
    let end_slot = ended.clone();
    run_on(&mut driver, "client", move |world| {
        let (slot, end_slot) = (slot.clone(), end_slot.clone());
        async move {
            let mut stream = dial(&world, "server").await.expect("connects");
            loop {
                match stream.write(&[1; 700]).await {
                    Ok(n) => *slot.borrow_mut() += n,
                    Err(error) => break *end_slot.borrow_mut() = Some(error.kind()),
                }
            }
        }
    });
    driver.run_until(ms(90)).expect("steps");
    assert_eq!(*written.borrow(), window_bytes);
    driver.run_until(ms(190)).expect("steps");
    assert_eq!(*written.borrow(), window_bytes + 2_500);
    driver.run_until(ms(250)).expect("steps");
    assert!(
        ended.borrow().is_some(),
        "a writer whose reader is gone does not wait for ever"
    );
}

#[test]
fn self_connect_unknown_names_and_foreign_addresses_are_errors() {
    let mut driver = driver(Settings::default());
    let errors = Slot::<Vec<ErrorKind>>::default();
    let slot = errors.clone();
    let ip = run_on(&mut driver, "alone", move |world| {
        let slot = slot.clone();
        async move {
            let _listener = world.listen(&any(PORT)).await.expect("free");
            let mut errors = Vec::new();
            errors.extend(dial(&world, "alone").await.err().map(|e| e.kind()));
            errors.extend(
                world
                    .connect(SocketAddr::from(([127, 0, 0, 1], PORT)))
                    .await
                    .err()
                    .map(|e| e.kind()),
            );
            errors.extend(
                world
                    .connect(SocketAddr::from(([10, 9, 9, 9], PORT)))
                    .await
                    .err()
                    .map(|e| e.kind()),
            );
            errors.extend(world.resolve("nobody:80").await.err().map(|e| e.kind()));
            let foreign = ListenAddr::alone(SocketAddr::from(([10, 9, 9, 9], PORT)));
            errors.extend(world.listen(&foreign).await.err().map(|e| e.kind()));
            errors.extend(world.listen(&any(PORT)).await.err().map(|e| e.kind()));
            assert_eq!(world.unix_now(), EPOCH);
            *slot.borrow_mut() = errors;
        }
    });
    driver.run_until(ms(10)).expect("steps");
    use ErrorKind::{AddrInUse, AddrNotAvailable, HostUnreachable, NotFound, Unsupported};
    let expected = [
        Unsupported,
        Unsupported,
        HostUnreachable,
        NotFound,
        AddrNotAvailable,
        AddrInUse,
    ];
    assert_eq!(*errors.borrow(), expected);
    assert!(ip.is_ipv4());
}

#[test]
fn hosts_are_bounded_and_named_once() {
    let mut driver = driver(Settings::default());
    for i in 0..HOSTS_MAX {
        run_on(&mut driver, &format!("h{i}"), |_| async {});
    }
    let add = |driver: &mut sim::world::Driver, name: &str| driver.host(name, |_| async { Ok(()) }).err();
    assert_eq!(add(&mut driver, "one-more"), Some(DriverError::TooManyHosts));
    let mut small = crate::common::driver(Settings::default());
    run_on(&mut small, "a", |_| async {});
    assert_eq!(add(&mut small, "a"), Some(DriverError::BadHostName("a".into())));
    assert_eq!(add(&mut small, ""), Some(DriverError::BadHostName(String::new())));
}

#[test]
fn refused_and_abandoned_connects_never_exhaust_the_ports() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", |_| async {});
    let refused = Slot::<u32>::default();
    let slot = refused.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            // more at a time than there are ports
            for _ in 0..70 {
                let dials: Vec<_> = (0..1_000)
                    .map(|_| {
                        let world = world.clone();
                        tokio::task::spawn_local(async move {
                            dial(&world, "server").await.err().map(|e| e.kind())
                        })
                    })
                    .collect();
                for dial in dials {
                    let kind = dial.await.expect("does not panic");
                    assert_eq!(kind, Some(ErrorKind::ConnectionRefused));
                    *slot.borrow_mut() += 1;
                }
            }
        }
    });
    driver.run_until(ms(1_000)).expect("steps");
    assert_eq!(*refused.borrow(), 70_000);
}

#[test]
fn listener_that_never_accepts_makes_clients_wait_not_panic() {
    let mut driver = driver(Settings::default());
    run_on(&mut driver, "server", |world| async move {
        let _listener = world.listen(&any(PORT)).await.expect("free");
        std::future::pending::<()>().await;
    });
    let pending = Slot::<(u32, u32)>::default();
    let slot = pending.clone();
    run_on(&mut driver, "client", move |world| {
        let slot = slot.clone();
        async move {
            for _ in 0..10_000 {
                let (world, slot) = (world.clone(), slot.clone());
                tokio::task::spawn_local(async move {
                    slot.borrow_mut().0 += 1;
                    let dialled =
                        tokio::time::timeout(Duration::from_millis(500), dial(&world, "server")).await;
                    slot.borrow_mut().1 += u32::from(dialled.is_err());
                });
            }
        }
    });
    driver.run_until(ms(2_000)).expect("steps");
    assert_eq!(*pending.borrow(), (10_000, 10_000), "all waited, none connected");
}

#[test]
fn same_seed_same_trace_and_another_seed_another() {
    let run = |seed| {
        isolated(move || {
            let mut driver = driver(Settings {
                seed: Seed(seed),
                latency: (ms(1), ms(20)),
                fragment: true,
                ..Settings::default()
            });
            run_on(&mut driver, "server", echo);
            for client in ["c0", "c1", "c2"] {
                run_on(&mut driver, client, |world| async move {
                    loop {
                        let Ok(mut stream) = dial(&world, "server").await else {
                            continue;
                        };
                        for _ in 0..10 {
                            if stream.write_all(&[5; 2_000]).await.is_err() {
                                break;
                            }
                            if stream.read_exact(&mut [0; 2_000]).await.is_err() {
                                break;
                            }
                        }
                    }
                });
            }
            driver.run_until(ms(300)).expect("steps");
            driver.crash("server").expect("up");
            driver.run_until(ms(400)).expect("steps");
            driver.bounce("server").expect("down");
            driver.run_until(ms(1_000)).expect("steps");
            bytes(driver)
        })
    };
    let first = run(1);
    assert_eq!(first_difference(&*first, &*run(1)), Ok(None));
    assert!(first_difference(&*first, &*run(2)).expect("decodes").is_some());
    assert!(first.len() > 10_000, "something happened");
}

#[test]
fn panic_in_any_task_of_a_host_is_a_panic_of_the_run() {
    let quiet = std::panic::catch_unwind(|| {
        isolated(|| {
            let mut driver = driver(Settings::default());
            run_on(&mut driver, "host", |_| async {
                tokio::task::spawn_local(async {
                    tokio::time::sleep(ms(5)).await;
                    panic!("planted");
                });
                std::future::pending::<()>().await;
            });
            driver.run_until(ms(4)).expect("nothing has happened yet");
            driver.run_until(ms(20)).expect("never gets here");
        });
    });
    assert!(quiet.is_err(), "a lost panic would pass for a run that holds");
}

#[test]
fn program_that_fails_ends_the_run_with_its_words() {
    let mut driver = driver(Settings::default());
    driver
        .host("host", |_| async { Err("no config".into()) })
        .expect("fits");
    let failed = driver.run_until(ms(20)).expect_err("a host failed");
    assert!(failed.to_string().contains("no config"), "{failed}");
}
