//! What a shard tells of itself while it runs: rows that add up to its recording.

use super::account::check_conservation;
use super::virtual_world::{Course, OK, Virtual, head, run_by, spec, write};
use loadgen::{JobSpec, Tick};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const INTERVAL: Duration = Duration::from_millis(200);

/// Every row that was told, once each and in order, is the recording's.
fn check(world: Virtual, spec: JobSpec, ticks_min: usize) {
    let ticks = Rc::new(RefCell::new(Vec::<Tick>::new()));
    let course = Course {
        watcher: Some(Box::new({
            let ticks = Rc::clone(&ticks);
            move |tick| ticks.borrow_mut().push(tick)
        })),
        ..Course::default()
    };
    let (recording, events) = run_by(world, spec, course);
    check_conservation(&recording, &events);
    let ticks = ticks.borrow();
    assert!(ticks.len() >= ticks_min, "{} ticks", ticks.len());
    let series = recording.series.as_ref().expect("asked for");
    let (mut next, mut planned, mut settled) = (0, 0, 0);
    for tick in ticks.iter() {
        assert_eq!(tick.first, next, "a row was left out or told twice");
        for row in &tick.rows {
            let kept = &series.rows()[next];
            let figures = |row: &loadgen::Row| {
                (
                    [row.planned, row.sent, row.done, row.failed, row.unexpected],
                    [
                        row.connections,
                        row.in_flight_ns,
                        row.response().len(),
                        row.lag().len(),
                    ],
                )
            };
            assert_eq!(figures(row), figures(kept), "row {next}");
            next += 1;
            planned += row.planned;
            settled += row.done + row.failed;
        }
        let counts = &tick.counts;
        assert!(tick.waiting <= tick.in_flight);
        assert_eq!(counts.planned + counts.warmup, planned, "planned so far");
        if counts.warmup == 0 {
            assert_eq!(counts.done + counts.failed_total(), settled);
            assert_eq!(planned - settled, tick.in_flight);
        }
    }
    assert!(next + 1 >= ticks.len(), "{next} rows in {} ticks", ticks.len());
}

fn job() -> JobSpec {
    let mut spec = spec();
    (spec.rate, spec.duration, spec.interval) = (333.0, Duration::from_secs(4), Some(INTERVAL));
    spec
}

#[test]
fn rows_add_up() {
    let steady = || {
        Virtual::new(|_, mut stream| async move {
            while head(&mut stream).await.is_some() {
                sleep(Duration::from_millis(7)).await;
                write(&mut stream, OK).await;
            }
        })
    };
    check(steady(), job(), 19);
    check(
        steady(),
        JobSpec {
            closed: true,
            connections: 3,
            ..job()
        },
        19,
    );
    check(
        steady(),
        JobSpec {
            warmup: Duration::from_secs(1),
            ..job()
        },
        19,
    );
}

/// Nothing happens for seconds: intervals end all the same, and say how many are in flight.
#[test]
fn rows_add_up_while_a_server_stands_still() {
    let stalls = || {
        Virtual::new(|_, mut stream| async move {
            let born = Instant::now();
            while head(&mut stream).await.is_some() {
                let age = born.elapsed();
                if age > Duration::from_secs(1) && age < Duration::from_secs(3) {
                    sleep(Duration::from_secs(3) - age).await;
                }
                sleep(Duration::from_millis(3)).await;
                write(&mut stream, OK).await;
            }
        })
    };
    check(
        stalls(),
        JobSpec {
            connections: 5,
            ..job()
        },
        19,
    );
    check(
        stalls(),
        JobSpec {
            closed: true,
            connections: 3,
            ..job()
        },
        19,
    );
    check(stalls(), JobSpec { rate: 2.0, ..job() }, 19);
}
