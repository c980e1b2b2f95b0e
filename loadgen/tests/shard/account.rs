//! What has to hold of every run, whatever happened in it.

use loadgen::{Event, Part, Recording};
use std::collections::BTreeMap;

/// Per id one `Planned`, then any number of requests (`Asked`, `Sent`, any number of `Resent`), then one outcome; and
/// counts that agree.
pub(crate) fn check_conservation(recording: &Recording, events: &[Event]) {
    let mut states: BTreeMap<u64, u8> = BTreeMap::new();
    for event in events {
        let (id, from, to): (u64, &[u8], u8) = match *event {
            Event::Planned { id, .. } => (id, &[0], 1),
            Event::Shows { id, .. } => (id, &[1], 1),
            Event::Given { id, .. } => (id, &[3], 3),
            Event::Asked { id, .. } => (id, &[1, 3], 2),
            Event::Sent { id, .. } => (id, &[2], 3),
            Event::Resent { id, .. } => (id, &[3], 3),
            Event::Pointed { id, .. } | Event::Served { id, .. } => (id, &[3], 3),
            Event::Done { id, .. } => (id, &[3], 4),
            Event::Failed { id, .. } => (id, &[1, 3], 5),
        };
        let state = states.entry(id).or_default();
        assert!(from.contains(state), "request {id}: {event:?} in state {state}");
        *state = to;
    }
    let in_state = |wanted: u8| states.values().filter(|s| **s == wanted).count() as u64;
    let counts = &recording.counts;
    assert_eq!(
        states.len() as u64,
        in_state(4) + in_state(5),
        "a request without outcome"
    );
    assert_eq!(counts.planned, counts.done + counts.failed_total());
    assert_eq!(counts.planned + counts.warmup, states.len() as u64);
    assert_eq!(counts.done, recording.response.len());
    assert_eq!(counts.done, recording.service.len());
    assert_eq!(counts.sent, recording.send_lag.len());
    assert_eq!(counts.failed_total(), recording.failed.len());
    assert_eq!(counts.done, counts.statuses.values().sum::<u64>());
    if !recording.parts.is_empty() {
        let sum = |of: fn(&Part) -> u64| recording.parts.iter().map(of).sum::<u64>();
        assert_eq!(
            sum(|part| part.failed),
            counts.failed_total(),
            "a failure of no part"
        );
        assert_eq!(sum(|part| part.unexpected), counts.unexpected_total());
        assert_eq!(sum(|part| part.done), sum(|part| part.service.len()));
    }
    if counts.warmup == 0 {
        assert_eq!((counts.done, counts.failed_total()), (in_state(4), in_state(5)));
        let wire = |event: &&Event| matches!(event, Event::Sent { .. } | Event::Resent { .. });
        assert_eq!(counts.requests, events.iter().filter(wire).count() as u64);
    }
}

/// Within a hundredth and a tick of the virtual clock.
pub(crate) fn close(measured_ns: u64, wanted_ms: f64) {
    let (measured, wanted) = (measured_ns as f64 / 1e6, wanted_ms);
    assert!(
        (measured - wanted).abs() <= wanted * 0.01 + 1.0,
        "{measured} ms, predicted {wanted} ms"
    );
}
