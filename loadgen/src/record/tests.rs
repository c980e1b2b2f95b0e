//! Merging is adding: any run, dealt to any number of shards, merges to the recording of the whole.

use super::recording::{Answered, Recording};
use crate::event::Failure;
use crate::job::JobSpec;
use proptest::prelude::*;
use std::time::Duration;

/// One request: when it was due (µs), how long until its outcome (µs), and what that was.
#[derive(Debug, Clone)]
struct Request {
    at_us: u64,
    took_us: u64,
    lag_us: u64,
    outcome: Result<u16, usize>,
    shard: usize,
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let outcome = prop_oneof![4 => (100..600_u16).prop_map(Ok), 1 => (0..Failure::ALL.len()).prop_map(Err)];
    let request = (
        0..9_000_000_u64,
        1..4_000_000_u64,
        0..5_000_u64,
        outcome,
        0..5_usize,
    )
        .prop_map(|(at_us, took_us, lag_us, outcome, shard)| Request {
            at_us,
            took_us,
            lag_us,
            outcome,
            shard,
        });
    prop::collection::vec(request, 0..120)
}

/// Records in the order in which outcomes come, as a shard does.
fn recorded(mut requests: Vec<Request>) -> Recording {
    let mut spec = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test");
    (spec.warmup, spec.interval) = (Duration::from_secs(2), Some(Duration::from_secs(1)));
    let mut recording = Recording::new(&spec.build().expect("valid"));
    requests.sort_by_key(|request| request.at_us + request.took_us);
    for Request {
        at_us,
        took_us,
        lag_us,
        outcome,
        ..
    } in requests
    {
        let micros = Duration::from_micros;
        let (at, now) = (micros(at_us), micros(at_us + took_us));
        recording.planned(at);
        recording.attempted(at);
        match outcome {
            Ok(status) => {
                recording.sent(at, micros(at_us + lag_us), micros(lag_us));
                let service = micros(took_us / 2);
                recording.done(
                    at,
                    now,
                    Answered {
                        status,
                        body_bytes: took_us,
                        service,
                    },
                );
            }
            Err(kind) => recording.failed(at, now, Failure::ALL[kind], "as planned"),
        }
    }
    recording.close(Duration::from_secs(10));
    recording
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn merged_shards_are_the_whole(requests in requests()) {
        let whole = recorded(requests.clone());
        let mut merged = recorded(Vec::new());
        for shard in 0..5 {
            let share = requests.iter().filter(|request| request.shard == shard).cloned().collect();
            merged.merge(&recorded(share));
        }
        prop_assert_eq!(&merged.counts, &whole.counts);
        prop_assert_eq!(&merged.response, &whole.response);
        prop_assert_eq!(&merged.service, &whole.service);
        prop_assert_eq!(&merged.send_lag, &whole.send_lag);
        prop_assert_eq!(&merged.failed, &whole.failed);
        prop_assert_eq!(merged.last_outcome, whole.last_outcome);
        prop_assert_eq!(merged.examples.len(), whole.examples.len());
        let (merged, whole) = (merged.series.expect("asked for"), whole.series.expect("asked for"));
        prop_assert_eq!(merged.rows().len(), whole.rows().len());
        for (merged, whole) in merged.rows().iter().zip(whole.rows()) {
            prop_assert_eq!(
                (merged.planned, merged.done, merged.failed),
                (whole.planned, whole.done, whole.failed)
            );
            prop_assert_eq!(merged.response(), whole.response());
            prop_assert_eq!(merged.response().len(), merged.done);
        }
    }
}
