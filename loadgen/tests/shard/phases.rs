//! Where the time of a request goes, and how many are in flight.

use super::account::{check_conservation, close};
use super::virtual_world::{OK, Virtual, head, run, spec, write};
use loadgen::{Arrival, Recording};
use std::time::Duration;
use tokio::time::sleep;

fn server(service: Duration) -> Virtual {
    Virtual::new(move |_, mut stream| async move {
        while head(&mut stream).await.is_some() {
            sleep(service).await;
            // the head first, the rest as much later again
            let (first, rest) = OK.split_at(OK.len() - 2);
            write(&mut stream, first).await;
            sleep(service).await;
            write(&mut stream, rest).await;
        }
    })
}

/// Requests times nanoseconds, over the whole run.
fn area(recording: &Recording) -> u64 {
    let series = recording.series.as_ref().expect("asked for");
    series.rows().iter().map(|row| row.in_flight_ns).sum()
}

#[test]
fn waits_dials_and_answers_are_told_apart() {
    let mut world = server(Duration::from_millis(10));
    world.dial = Duration::from_millis(30);
    let mut spec = spec();
    // one connection, 20 ms each, one every 25 ms: whoever comes while it is dialled waits
    (spec.arrival, spec.rate, spec.connections) = (Arrival::Constant, 40.0, 1);
    spec.duration = Duration::from_secs(10);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    let counts = &recording.counts;
    assert_eq!(counts.done, 400);
    let phases = &recording.phases;
    assert_eq!((phases.connect.len(), phases.tls.len()), (1, 0));
    close(phases.connect.max(), 30.0);
    assert_eq!((phases.pool_wait.len(), phases.first_byte.len()), (400, 400));
    // the second comes after 25 ms and waits until 50; the third waits 20, then 15, 10, 5 …
    close(phases.pool_wait.max(), 25.0);
    assert!(phases.pool_wait.value_at_quantile(0.5) <= 1_100_000);
    close(phases.first_byte.mean() as u64, 10.0);
    close(recording.service.mean() as u64, 20.0);
    close(recording.response.max(), 50.0);
    assert!(recording.send_lag.max() <= 1_000_000, "a wait is not our lag");
}

/// Little's law, which holds for every request and not in the mean alone: L·T is the sum of all times from release to
/// outcome, whatever the outcome.
#[test]
fn the_area_in_flight_is_the_sum_of_all_times() {
    for connections in [3, 64] {
        let mut spec = spec();
        (spec.rate, spec.connections) = (200.0, connections);
        (spec.duration, spec.timeout) = (Duration::from_secs(8), Duration::from_millis(500));
        (spec.interval, spec.warmup) = (Some(Duration::from_millis(250)), Duration::ZERO);
        let (recording, events) = run(server(Duration::from_millis(10)), spec);
        check_conservation(&recording, &events);
        let counts = &recording.counts;
        let sum = recording.response.mean() * counts.done as f64
            + recording.failed.mean() * counts.failed_total() as f64;
        let area = area(&recording) as f64;
        // histograms have three digits, and a request may be released a tick after its intended time
        let tick = 1e6 * counts.planned as f64;
        assert!(
            (area - sum).abs() <= sum * 0.002 + tick,
            "{connections} connections: {area} and {sum}"
        );
        assert_eq!(counts.failed_total() > 0, connections == 3, "{counts:?}");
    }
}
