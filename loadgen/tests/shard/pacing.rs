//! When requests leave: ramps, steps and traces, each at its own time and no other.

use super::account::check_conservation;
use super::virtual_world::{OK, Virtual, head, run, run_of, spec, write};
use loadgen::{Arrival, Event, JobSpec, Offered};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;
use workload::{Profile, Trace};

/// When requests came, since the call, in their order, and when they were planned for.
fn times(spec: JobSpec) -> (Vec<Duration>, Vec<Duration>) {
    let came = Rc::new(RefCell::new(Vec::new()));
    let begin = Rc::new(RefCell::new(None));
    let world = Virtual::new({
        let (came, begin) = (Rc::clone(&came), Rc::clone(&begin));
        move |_, mut stream| {
            let (came, begin) = (Rc::clone(&came), Rc::clone(&begin));
            begin.borrow_mut().get_or_insert_with(Instant::now);
            async move {
                while head(&mut stream).await.is_some() {
                    came.borrow_mut().push(Instant::now());
                    write(&mut stream, OK).await;
                }
            }
        }
    });
    // the first connection is made at the call
    let spec = JobSpec {
        preconnect: true,
        ..spec
    };
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.done, recording.counts.planned);
    let begin = begin.borrow().expect("connected");
    let came = came.borrow().iter().map(|at| *at - begin).collect();
    (came, planned(&events))
}

fn planned(events: &[Event]) -> Vec<Duration> {
    let planned = events.iter().filter_map(|event| match event {
        Event::Planned { at_us, .. } => Some(Duration::from_micros(*at_us)),
        _ => None,
    });
    planned.collect()
}

#[test]
fn traces_are_followed_to_the_tick() {
    let text = "0\n0.010 # ten\n10ms\n0.5\n\n1s\n1.5\n4.999\n";
    let trace = Trace::parse(text).expect("a trace");
    let wanted: Vec<_> = [0, 10, 10, 500, 1_000, 1_500, 4_999]
        .into_iter()
        .map(Duration::from_millis)
        .collect();
    let mut spec = spec();
    spec.duration = trace.duration() + Duration::from_nanos(1);
    spec.offered = Some(Offered::Trace(trace));
    let (came, planned) = times(spec.clone());
    assert_eq!(planned, wanted);
    for (came, wanted) in came.iter().zip(&wanted) {
        let late = came.saturating_sub(*wanted);
        assert!(
            came >= wanted && late <= Duration::from_millis(1),
            "{came:?} for {wanted:?}"
        );
    }
    for of in [2, 3, 64] {
        let shards = (0..of).map(|index| {
            let world = Virtual::new(|_, stream| super::virtual_world::answer(stream, OK));
            self::planned(&run_of(world, spec.clone(), index, of).1)
        });
        let mut all: Vec<_> = shards.flatten().collect();
        all.sort_unstable();
        assert_eq!(all, wanted, "{of} shards");
    }
    // shorter than the trace: what is due later is not of the run
    spec.duration = Duration::from_secs(1);
    assert_eq!(times(spec).1.len(), 4);
}

#[test]
fn profiles_are_followed_segment_by_segment() {
    let text = "0s:100, 10s:300, step 50x10s, step 500x10s";
    let profile = Profile::parse(text).expect("a profile");
    let end = profile.end().expect("it ends");
    assert_eq!(end, Duration::from_secs(30));
    let mut spec = spec();
    (spec.arrival, spec.duration, spec.rate) = (Arrival::Constant, end, profile.rate_max());
    spec.offered = Some(Offered::Profile(profile));
    let (came, planned) = times(spec);
    let within = |times: &[Duration], from: u64, to: u64| {
        let range = Duration::from_secs(from)..Duration::from_secs(to);
        times.iter().filter(|at| range.contains(at)).count()
    };
    // the area under the rate, and one arrival of rounding at each end
    for (from, to, wanted) in [(0, 5, 750), (5, 10, 1_250), (10, 20, 500), (20, 30, 5_000)] {
        let count = within(&planned, from, to);
        assert!(
            count.abs_diff(wanted) <= 2,
            "{from} to {to} s: {count}, wanted {wanted}"
        );
    }
    assert!(planned.is_sorted());
    for (came, planned) in came.iter().zip(&planned) {
        let late = came.saturating_sub(*planned);
        assert!(late <= Duration::from_millis(2), "{came:?} for {planned:?}");
    }
}
