//! Merging is adding: any run, dealt to any number of shards, merges to the recording of the whole.

use super::histogram::{add, histogram};
use super::recording::{Answered, Handed, Recording};
use super::series::Row;
use crate::event::{Failure, Unexpected};
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

/// Records in time order, as a shard does.
fn recorded(requests: Vec<Request>) -> Recording {
    let mut spec = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test");
    (spec.warmup, spec.interval) = (Duration::from_secs(2), Some(Duration::from_secs(1)));
    let mut recording = Recording::new(&spec.build().expect("valid"));
    let mut moments: Vec<_> = requests
        .iter()
        .flat_map(|request| {
            [
                (request.at_us, request, 0),
                (request.at_us + request.lag_us.min(request.took_us), request, 1),
                (request.at_us + request.took_us, request, 2),
            ]
        })
        .collect();
    moments.sort_by_key(|(now_us, _, step)| (*now_us, *step));
    for (now_us, request, step) in moments {
        let micros = Duration::from_micros;
        let (at, now) = (micros(request.at_us), micros(now_us));
        match (step, request.outcome) {
            (0, _) => {
                recording.planned(at, now);
                recording.attempted(at);
            }
            (1, Ok(_)) => {
                let handed = Handed {
                    lag: micros(request.lag_us),
                    connect: (request.lag_us % 2 == 0).then(|| micros(request.lag_us / 2)),
                    ..Handed::default()
                };
                recording.sent(at, now, handed);
            }
            (2, Ok(status)) => {
                let answered = Answered {
                    status,
                    body_bytes: request.took_us,
                    service: micros(request.took_us / 2),
                    first_byte: micros(request.took_us / 4),
                };
                recording.done(at, now, answered);
                if status >= 500 {
                    recording.unexpected(at, now, Unexpected::Status, || format!("status {status}"));
                }
            }
            (2, Err(kind)) => recording.failed(at, now, Failure::ALL[kind], "as planned"),
            _ => {}
        }
    }
    recording.close(Duration::from_secs(10));
    recording
}

fn check_same(one: &Recording, other: &Recording) -> Result<(), TestCaseError> {
    prop_assert_eq!(&one.counts, &other.counts);
    for of in [
        |r: &Recording| r.response.clone(),
        |r: &Recording| r.service.clone(),
        |r: &Recording| r.send_lag.clone(),
        |r: &Recording| r.failed.clone(),
        |r: &Recording| r.phases.connect.clone(),
        |r: &Recording| r.phases.first_byte.clone(),
    ] {
        prop_assert_eq!(of(one), of(other));
    }
    prop_assert_eq!(one.last_outcome, other.last_outcome);
    prop_assert_eq!(one.examples.len(), other.examples.len());
    prop_assert_eq!(one.surprises.len(), other.surprises.len());
    let (one, other) = (
        one.series.as_ref().expect("asked for"),
        other.series.as_ref().expect("asked for"),
    );
    prop_assert_eq!(one.rows().len(), other.rows().len());
    let counts = |row: &Row| {
        [
            row.planned,
            row.sent,
            row.done,
            row.failed,
            row.unexpected,
            row.in_flight_ns,
        ]
    };
    for (one, other) in one.rows().iter().zip(other.rows()) {
        prop_assert_eq!(counts(one), counts(other));
        prop_assert_eq!(one.response(), other.response());
        prop_assert_eq!(one.lag(), other.lag());
        prop_assert_eq!(one.response().len(), one.done);
    }
    Ok(())
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
        check_same(&merged, &whole)?;
    }

    #[test]
    fn what_is_written_reads_back(requests in requests()) {
        let whole = recorded(requests);
        let json = serde_json::to_string(&whole).expect("writes");
        let read: Recording = serde_json::from_str(&json).expect("reads");
        check_same(&read, &whole)?;
        prop_assert_eq!(read.statuses.len(), whole.statuses.len());
    }

    #[test]
    fn rows_hold_all_that_was_recorded(requests in requests()) {
        let requests: Vec<_> =
            requests.into_iter().map(|request| Request { at_us: request.at_us + 2_000_000, ..request }).collect();
        let recording = recorded(requests);
        let rows = recording.series.expect("asked for");
        let (mut response, mut lag) = (histogram(), histogram());
        for row in rows.rows() {
            add(&mut response, &row.response());
            add(&mut lag, &row.lag());
        }
        prop_assert_eq!(response, recording.response);
        prop_assert_eq!(lag, recording.send_lag);
    }

    /// Little's law, which holds on every run: the area in flight is the sum of all times from release to outcome.
    #[test]
    fn areas_in_flight_add_up(requests in requests()) {
        let times: u64 = requests.iter().map(|request| request.took_us * 1_000).sum();
        let recording = recorded(requests);
        let rows = recording.series.expect("asked for");
        prop_assert_eq!(rows.rows().iter().map(|row| row.in_flight_ns).sum::<u64>(), times);
    }
}

#[test]
fn broken_histograms_are_refused() {
    let whole = recorded(Vec::new());
    let json = serde_json::to_value(&whole).expect("writes");
    for bad in ["", "!", "AAAA", "HISTFAAAA"] {
        let mut json = json.clone();
        json["response"] = bad.into();
        let error = serde_json::from_value::<Recording>(json)
            .expect_err(bad)
            .to_string();
        assert!(
            error.contains("base64") || error.contains("HdrHistogram"),
            "{bad:?}: {error}"
        );
    }
}
