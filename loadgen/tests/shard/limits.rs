//! Limits of the connections: requests at once, requests on each.

use super::account::check_conservation;
use super::virtual_world::{OK, Virtual, head, run, spec, write};
use loadgen::Arrival;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::sleep;

/// What a server saw.
#[derive(Clone, Default)]
struct Seen {
    now: Rc<Cell<usize>>,
    most: Rc<Cell<usize>>,
    /// Requests by connection.
    carried: Rc<RefCell<BTreeMap<u64, u64>>>,
}

impl Seen {
    /// Answers after `service`.
    fn server(&self, service: Duration) -> Virtual {
        let seen = self.clone();
        Virtual::new(move |number, mut stream| {
            let seen = seen.clone();
            async move {
                while head(&mut stream).await.is_some() {
                    *seen.carried.borrow_mut().entry(number).or_default() += 1;
                    seen.now.set(seen.now.get() + 1);
                    seen.most.set(seen.most.get().max(seen.now.get()));
                    sleep(service).await;
                    seen.now.set(seen.now.get() - 1);
                    write(&mut stream, OK).await;
                }
            }
        })
    }
}

#[test]
fn no_more_are_in_flight_than_there_may_be() {
    for (connections, in_flight, wanted) in
        [(10, Some(3), 3), (3, Some(10), 3), (5, None, 5), (9, Some(1), 1)]
    {
        let seen = Seen::default();
        let mut spec = spec();
        (spec.rate, spec.requests) = (1_000.0, Some(300));
        (spec.connections, spec.max_in_flight) = (connections, in_flight);
        spec.timeout = Duration::from_secs(60);
        let (recording, events) = run(seen.server(Duration::from_millis(20)), spec);
        check_conservation(&recording, &events);
        assert_eq!(recording.counts.done, 300);
        assert_eq!(
            seen.most.get(),
            wanted,
            "{connections} connections, {in_flight:?}"
        );
        assert_eq!(recording.counts.connections, wanted as u64);
    }
}

#[test]
fn a_connection_carries_as_many_as_it_may() {
    for (most, requests, wanted) in [
        (7, 100, 15),
        (1, 100, 100),
        (100, 100, 1),
        (1_000, 100, 1),
        (50, 101, 3),
    ] {
        let seen = Seen::default();
        let mut spec = spec();
        // one after the other
        (spec.arrival, spec.rate, spec.requests) = (Arrival::Constant, 10.0, Some(requests));
        (spec.requests_per_connection, spec.duration) = (Some(most), Duration::from_secs(60));
        let (recording, events) = run(seen.server(Duration::ZERO), spec);
        check_conservation(&recording, &events);
        assert_eq!(
            (recording.counts.done, recording.counts.connections),
            (requests, wanted)
        );
        let mut carried: Vec<u64> = seen.carried.borrow().values().copied().collect();
        assert_eq!(carried.iter().sum::<u64>(), requests);
        carried.pop();
        assert!(carried.iter().all(|count| *count == most), "{most}: {carried:?}");
    }
}

/// With many at once too, none carries more, and only those alive at the end fewer.
#[test]
fn crowded_connections_carry_as_many_as_they_may() {
    let seen = Seen::default();
    let mut spec = spec();
    (spec.rate, spec.requests, spec.connections) = (1_000.0, Some(2_000), 8);
    (spec.requests_per_connection, spec.timeout) = (Some(5), Duration::from_secs(60));
    let (recording, events) = run(seen.server(Duration::from_millis(10)), spec);
    check_conservation(&recording, &events);
    let carried: Vec<u64> = seen.carried.borrow().values().copied().collect();
    assert!(carried.iter().all(|count| (1..=5).contains(count)));
    assert!(
        carried.iter().filter(|count| **count < 5).count() <= 8,
        "{carried:?}"
    );
}
