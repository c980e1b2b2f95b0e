//! The closed loop: each connection one request at a time, so many or for so long, over any number of shards.

use super::account::{check_conservation, close};
use super::virtual_world::{Course, OK, Virtual, answer, head, run, run_by, run_of, spec, write};
use loadgen::{Event, Failure, JobSpec};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SERVICE: Duration = Duration::from_millis(10);

fn closed(connections: usize) -> JobSpec {
    let mut spec = spec();
    (spec.closed, spec.connections, spec.duration) = (true, connections, Duration::from_secs(1));
    spec.interval = Some(Duration::from_millis(100));
    spec
}

/// Answers after [`SERVICE`].
fn steady() -> Virtual {
    Virtual::new(|_, mut stream| async move {
        while head(&mut stream).await.is_some() {
            sleep(SERVICE).await;
            write(&mut stream, OK).await;
        }
    })
}

#[test]
fn each_connection_asks_when_it_is_answered_and_ends_with_the_duration() {
    let world = steady();
    let (recording, events) = run(world.clone(), closed(4));
    check_conservation(&recording, &events);
    // a hundred each; a tick of the virtual clock may come on top of every answer
    assert!(
        (360..=404).contains(&recording.counts.done),
        "{:?}",
        recording.counts
    );
    assert_eq!((world.dialled.get(), recording.counts.connections), (4, 4));
    close(recording.service.mean() as u64, 10.0);
    close(recording.response.mean() as u64, 10.0);
    assert!(recording.send_lag.max() <= 1_000_000);
    assert_eq!(recording.released_for, Duration::from_secs(1));
    assert!(recording.last_outcome <= Duration::from_millis(1_015));
    let rows = recording.series.expect("asked for");
    let areas = rows.rows().iter().map(|row| row.in_flight_ns).take(10);
    for area in areas {
        assert_eq!(area, 4 * 100_000_000, "four are always in flight");
    }
}

#[test]
fn a_number_of_requests_is_exact_over_any_number_of_shards() {
    for requests in [1, 2, 10, 777] {
        for of in [1, 3, 7] {
            let mut ids = BTreeSet::new();
            for index in 0..of {
                let mut spec = closed(10);
                (spec.requests, spec.duration) = (Some(requests), Duration::from_secs(3_600));
                let (recording, events) = run_of(steady(), spec, index, of);
                check_conservation(&recording, &events);
                assert_eq!(recording.counts.done, recording.counts.planned);
                let took = recording.released_for;
                assert!(
                    took < Duration::from_secs(20),
                    "shard {index} of {of}, {requests} requests: {took:?}"
                );
                for event in events {
                    if let Event::Planned { id, .. } = event {
                        assert!(ids.insert(id), "{id} twice");
                    }
                }
            }
            assert!(
                ids.iter().copied().eq(0..requests),
                "{requests} over {of}: {ids:?}"
            );
        }
    }
}

#[test]
fn nothing_is_asked_before_the_start() {
    let lead = Duration::from_secs(5);
    let asked = Rc::new(RefCell::new(Vec::new()));
    let begin = Rc::new(std::cell::Cell::new(None));
    let world = Virtual::new({
        let (asked, begin) = (Rc::clone(&asked), Rc::clone(&begin));
        move |_, mut stream| {
            let asked = Rc::clone(&asked);
            begin.set(begin.get().or(Some(Instant::now())));
            async move {
                while head(&mut stream).await.is_some() {
                    asked.borrow_mut().push(Instant::now());
                    sleep(SERVICE).await;
                    write(&mut stream, OK).await;
                }
            }
        }
    });
    let mut spec = closed(3);
    // the first connection is made at the call, so that the server knows when that was
    spec.preconnect = true;
    let course = Course {
        lead,
        ..Course::default()
    };
    let (recording, events) = run_by(world, spec, course);
    check_conservation(&recording, &events);
    let called = begin.get().expect("connected");
    let first = asked.borrow().iter().min().copied().expect("asked");
    assert!(first - called >= lead, "{:?} after the call", first - called);
    assert!(
        recording.response.min() >= 9_900_000,
        "{} ns",
        recording.response.min()
    );
}

#[test]
fn connections_made_ahead_are_all_used() {
    let busy = Rc::new(RefCell::new(BTreeMap::<u64, u64>::new()));
    let world = Virtual::new({
        let busy = Rc::clone(&busy);
        move |number, mut stream| {
            let busy = Rc::clone(&busy);
            async move {
                while head(&mut stream).await.is_some() {
                    *busy.borrow_mut().entry(number).or_default() += 1;
                    sleep(SERVICE).await;
                    write(&mut stream, OK).await;
                }
            }
        }
    });
    let mut spec = closed(5);
    spec.preconnect = true;
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!(world.dialled.get(), 5);
    let carried: Vec<u64> = busy.borrow().values().copied().collect();
    assert!(
        carried.len() == 5 && carried.iter().all(|count| *count >= 90),
        "{carried:?}"
    );
}

#[test]
fn a_dead_server_does_not_hang_it() {
    let refuse: fn() -> Virtual = || Virtual::maybe(|_, _| Err(io::ErrorKind::ConnectionRefused.into()));
    let mute: fn() -> Virtual =
        || Virtual::new(|_, mut stream| async move { while head(&mut stream).await.is_some() {} });
    for (server, kind, failures_max) in [
        (refuse, Failure::Connect, 1_000),
        (mute, Failure::Timeout, 4 * 11),
    ] {
        let mut spec = closed(4);
        spec.timeout = Duration::from_millis(100);
        let (recording, events) = run(server(), spec);
        check_conservation(&recording, &events);
        let counts = &recording.counts;
        assert_eq!(counts.failed_as(kind), counts.planned, "{counts:?}");
        assert!(
            (4..=failures_max).contains(&counts.planned),
            "{kind}: {}",
            counts.planned
        );
        assert_eq!(recording.released_for, Duration::from_secs(1));
    }
}

#[test]
fn stopped_in_the_middle_everything_has_its_outcome() {
    for stop in [0, 1, 333, 1_005] {
        let mut spec = closed(4);
        spec.timeout = Duration::from_secs(60);
        let course = Course {
            stop: Duration::from_millis(stop),
            ..Course::default()
        };
        let (recording, events) = run_by(steady(), spec, course);
        check_conservation(&recording, &events);
        let unfinished = recording.counts.failed_as(Failure::Unfinished);
        assert_eq!(unfinished, recording.counts.failed_total());
        assert!(
            unfinished <= 4 && (stop != 333 || unfinished == 4),
            "{unfinished}"
        );
    }
}

#[test]
fn a_limit_of_requests_a_connection_makes_new_ones() {
    let world = Virtual::new(|_, stream| answer(stream, OK));
    let mut spec = closed(2);
    (spec.requests, spec.requests_per_connection) = (Some(100), Some(7));
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    // as few as it goes, or one more where the last ones were dealt unevenly
    assert!(
        (15..=16).contains(&world.dialled.get()),
        "{}",
        world.dialled.get()
    );
    assert_eq!(recording.counts.done, 100);
}
