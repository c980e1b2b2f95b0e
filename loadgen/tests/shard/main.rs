//! A shard against servers of every manner, on a virtual clock: each planned request has exactly one outcome,
//! and times are exactly those that arithmetic predicts.

mod account;
mod answers;
mod closed;
mod expectations;
mod flows;
mod limits;
mod pacing;
mod phases;
mod shards;
mod ticks;
mod told;
mod virtual_world;

use account::{check_conservation, close};
use loadgen::{Arrival, Event, Failure};
use std::collections::BTreeMap;
use std::io;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::sleep;
use virtual_world::{OK, Virtual, answer, head, run, run_of, spec, write};

const MS: u64 = 1_000_000;

#[test]
fn every_request_is_answered_over_few_connections() {
    let world = Virtual::new(|_, stream| answer(stream, OK));
    let mut spec = spec();
    (spec.rate, spec.duration) = (2_000.0, Duration::from_secs(5));
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    let counts = &recording.counts;
    assert!(
        counts.planned.abs_diff(10_000) < 500,
        "planned {}",
        counts.planned
    );
    assert_eq!(counts.done, counts.planned);
    assert_eq!(counts.statuses, BTreeMap::from([(200, counts.done)]));
    assert_eq!(counts.body_bytes, 2 * counts.done);
    assert_eq!(counts.connections, world.dialled.get());
    assert!(
        counts.connections < 64,
        "keep-alive was not used: {} connections",
        counts.connections
    );
}

/// The ground truth of coordinated omission: constant rate for D = 10 s, the server stands still for P = 1 s and
/// then answers everything at once: L(q) = P − (1 − q)·D.
#[test]
fn stall_shows_in_response_time_and_not_in_service_time() {
    let pause = Duration::from_secs(3)..Duration::from_secs(4);
    let world = Virtual::new(move |_, mut stream| {
        let pause = pause.clone();
        async move {
            let born = tokio::time::Instant::now();
            while head(&mut stream).await.is_some() {
                // the first connection is made with the first request, at time zero
                let age = born.elapsed();
                if pause.contains(&age) {
                    sleep(pause.end - age).await;
                }
                write(&mut stream, OK).await;
            }
        }
    });
    let mut spec = spec();
    (spec.arrival, spec.rate, spec.connections) = (Arrival::Constant, 1_000.0, 1);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.done, 10_000);
    for (quantile, wanted_ms) in [(0.5, 0.0), (0.95, 500.0), (0.99, 900.0), (0.999, 990.0)] {
        close(recording.response.value_at_quantile(quantile), wanted_ms);
    }
    close(recording.response.mean() as u64, 50.0);
    // one request was served slowly; those behind it waited for a connection, and nothing was sent late
    assert_eq!(recording.service.count_between(2 * MS, u64::MAX), 1);
    assert!(
        recording.send_lag.max() <= MS,
        "send lag {} ns",
        recording.send_lag.max()
    );
}

#[test]
fn timeouts_count_from_the_intended_time() {
    let world = Virtual::new(|_, mut stream| async move { while head(&mut stream).await.is_some() {} });
    let mut spec = spec();
    (spec.arrival, spec.rate, spec.connections) = (Arrival::Constant, 100.0, 3);
    (spec.duration, spec.timeout) = (Duration::from_secs(2), Duration::from_millis(500));
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Timeout, 200)]));
    // waiting for a connection is part of it: nobody waits longer than the timeout and a tick
    assert!(
        recording.failed.max() <= 503 * MS,
        "{} ns",
        recording.failed.max()
    );
    // who comes first out of the backlog is still sent, with what is left of its time
    assert!(
        recording.counts.connections > 100,
        "a connection with a lost answer was used again"
    );
}

#[test]
fn refused_connections_are_counted_and_the_run_goes_on() {
    let world = Virtual::maybe(|number, stream| match number {
        0..10 => Err(io::ErrorKind::ConnectionRefused.into()),
        _ => {
            tokio::task::spawn_local(answer(stream, OK));
            Ok(())
        }
    });
    let mut spec = spec();
    (spec.arrival, spec.rate) = (Arrival::Constant, 100.0);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Connect, 10)]));
    assert_eq!(recording.counts.done, 990);
    assert_eq!(recording.counts.attempted, 1_000);
    assert!(recording.examples[&Failure::Connect].contains("refused"));
}

#[test]
fn own_exhaustion_is_not_blamed_on_the_target() {
    let world = Virtual::maybe(|_, _| Err(io::ErrorKind::AddrNotAvailable.into()));
    let mut spec = spec();
    spec.requests = Some(20);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Local, 20)]));
}

#[test]
fn connection_closed_between_requests_is_dialled_again() {
    // says keep-alive, then closes without a word: every second request finds a dead connection
    let world = Virtual::new(|_, mut stream| async move {
        head(&mut stream).await;
        write(&mut stream, OK).await;
    });
    let mut spec = spec();
    (spec.arrival, spec.rate) = (Arrival::Constant, 100.0);
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.done, 1_000, "{:?}", recording.counts);
    assert_eq!(world.dialled.get(), 1_000);
}

#[test]
fn connection_close_is_obeyed() {
    const LAST: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let world = Virtual::new(|_, stream| answer(stream, LAST));
    let mut spec = spec();
    spec.requests = Some(50);
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!((recording.counts.done, world.dialled.get()), (50, 50));
}

#[test]
fn chunked_and_close_delimited_answers_are_taken_whole() {
    const CHUNKED: &str =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n";
    let world = Virtual::new(|_, stream| answer(stream, CHUNKED));
    let mut chunked = spec();
    chunked.requests = Some(100);
    let (recording, events) = run(world, chunked.clone());
    check_conservation(&recording, &events);
    assert_eq!((recording.counts.done, recording.counts.body_bytes), (100, 700));
    assert!(recording.counts.connections < 64);

    let world = Virtual::new(|_, mut stream| async move {
        head(&mut stream).await;
        write(&mut stream, "HTTP/1.0 200 OK\r\n\r\nuntil the ").await;
        sleep(Duration::from_millis(20)).await;
        write(&mut stream, "end").await;
    });
    let (recording, events) = run(world, chunked);
    check_conservation(&recording, &events);
    assert_eq!((recording.counts.done, recording.counts.body_bytes), (100, 1_300));
    assert_eq!(recording.counts.connections, 100);
    close(recording.service.min(), 20.0);
}

#[test]
fn large_answers_are_counted_and_dropped() {
    const BODY: usize = 3_000_000;
    let world = Virtual::new(|_, mut stream| async move {
        while head(&mut stream).await.is_some() {
            write(
                &mut stream,
                &format!("HTTP/1.1 200 OK\r\ncontent-length: {BODY}\r\n\r\n"),
            )
            .await;
            for _ in 0..BODY / 1_000 {
                write(&mut stream, &"x".repeat(1_000)).await;
            }
        }
    });
    let mut spec = spec();
    spec.requests = Some(20);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.body_bytes, 20 * BODY as u64);
}

#[test]
fn broken_answers_are_told_apart() {
    const CASES: [(&str, Failure); 6] = [
        ("", Failure::Reset),
        ("HTTP/1.1 200 OK\r\ncontent-le", Failure::Reset),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", Failure::Reset),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
            Failure::Reset,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            Failure::Protocol,
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", Failure::Protocol),
    ];
    for (bytes, kind) in CASES {
        let world = Virtual::new(move |_, mut stream| async move {
            head(&mut stream).await;
            write(&mut stream, bytes).await;
        });
        let mut spec = spec();
        spec.requests = Some(30);
        let (recording, events) = run(world, spec);
        check_conservation(&recording, &events);
        assert_eq!(
            recording.counts.failed,
            BTreeMap::from([(kind, 30)]),
            "after {bytes:?}"
        );
        assert_eq!(recording.counts.sent, 30);
    }
}

#[test]
fn overflow_and_unfinished_are_outcomes_too() {
    let world = Virtual::new(|_, mut stream| async move { while head(&mut stream).await.is_some() {} });
    let mut spec = spec();
    (spec.arrival, spec.rate, spec.connections, spec.backlog) = (Arrival::Constant, 100.0, 4, 10);
    (spec.duration, spec.drain) = (Duration::from_secs(1), Duration::from_secs(2));
    spec.timeout = Duration::from_secs(60);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    let wanted = BTreeMap::from([(Failure::Overflow, 86), (Failure::Unfinished, 14)]);
    assert_eq!(recording.counts.failed, wanted);
    assert_eq!((recording.counts.sent, recording.counts.attempted), (4, 4));
    close(recording.last_outcome.as_nanos() as u64, 3_000.0);
}

#[test]
fn warmup_is_sent_and_not_recorded() {
    let world = Virtual::new(|_, stream| answer(stream, OK));
    let mut spec = spec();
    (spec.arrival, spec.rate, spec.warmup) = (Arrival::Constant, 100.0, Duration::from_secs(4));
    spec.interval = Some(Duration::from_secs(1));
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!((recording.counts.warmup, recording.counts.done), (400, 600));
    let series = recording.series.expect("asked for");
    let rows: Vec<_> = series
        .rows()
        .iter()
        .map(|row| (row.planned, row.done, row.response().len()))
        .collect();
    assert_eq!(rows, [(100, 100, 100); 10]);
}

/// Shards plan the same requests at the same times as one shard alone, with and without a limit on their number.
#[test]
fn shards_plan_what_one_would() {
    let planned = |of: usize, requests: Option<u64>| {
        let mut all: Vec<(u64, u64)> = Vec::new();
        for index in 0..of {
            let mut spec = spec();
            (spec.rate, spec.duration, spec.requests) = (500.0, Duration::from_secs(4), requests);
            let world = Virtual::new(|_, stream| answer(stream, OK));
            let (recording, events) = run_of(world, spec, index, of);
            check_conservation(&recording, &events);
            all.extend(events.iter().filter_map(|event| match *event {
                Event::Planned { id, at_us, .. } => Some((at_us, id)),
                _ => None,
            }));
        }
        all.sort_unstable();
        all
    };
    for requests in [None, Some(777)] {
        let alone = planned(1, requests);
        assert!(requests.is_none_or(|count| alone.len() as u64 == count));
        for of in [2, 3, 64] {
            assert_eq!(planned(of, requests), alone, "{of} shards, {requests:?} requests");
        }
    }
}

#[test]
fn preconnect_opens_all_connections_first() {
    let world = Virtual::new(|_, stream| answer(stream, OK));
    let mut spec = spec();
    (spec.preconnect, spec.connections, spec.requests) = (true, 40, Some(10));
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!((world.dialled.get(), recording.counts.done), (40, 10));
}

#[test]
fn requests_carry_what_the_job_says() {
    let world = Virtual::new(|_, mut stream| async move {
        while let Some(head) = head(&mut stream).await {
            let wanted = head.starts_with("GET /a?b=c HTTP/1.1\r\n")
                && head.contains("\r\nhost: test\r\n")
                && head.contains("\r\nx-load-id: ")
                && head.contains("\r\ntag: 1\r\ntag: 2\r\n");
            let status = if wanted { "200 OK" } else { "400 Bad Request" };
            write(
                &mut stream,
                &format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"),
            )
            .await;
        }
    });
    let mut spec = spec();
    (spec.path, spec.requests) = ("/a?b=c".into(), Some(20));
    spec.headers = vec![("tag".into(), "1".into()), ("tag".into(), "2".into())];
    let (recording, _) = run(world, spec);
    assert_eq!(recording.counts.statuses, BTreeMap::from([(200, 20)]));
}

/// It is asked for so many connections, not for so many that stay.
#[test]
fn connections_that_end_at_once_are_not_made_without_end() {
    let world = Virtual::new(|_, stream| async move { drop(stream) });
    let mut spec = spec();
    (spec.preconnect, spec.connections, spec.requests) = (true, 8, Some(10));
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Reset, 10)]));
    assert!(world.dialled.get() <= 18, "{}", world.dialled.get());
}

/// An answer that lies there before anything was asked is no answer to what is asked next.
#[test]
fn servers_that_speak_first_break_the_protocol() {
    let world = Virtual::maybe(|_, mut stream| {
        let early = pin!(write(&mut stream, OK)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(early.is_ready());
        tokio::task::spawn_local(answer(stream, OK));
        Ok(())
    });
    let mut spec = spec();
    spec.requests = Some(20);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Protocol, 20)]));
    let example = &recording.examples[&Failure::Protocol];
    assert!(example.contains("before it was asked"), "{example}");
}
