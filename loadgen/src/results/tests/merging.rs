//! Merging is adding: a run dealt to shards at random merges to the run, byte for byte.

use super::make::{Request, document, recording, spec};
use crate::event::Failure;
use crate::report::{Document, hlog};
use crate::results::{Log, merge_documents, merge_logs};
use proptest::prelude::*;
use std::time::Duration;

fn requests() -> impl Strategy<Value = Vec<(Request, usize)>> {
    let outcome = prop_oneof![
        4 => (200..600_u16).prop_map(Ok),
        1 => (0..Failure::ALL.len()).prop_map(|kind| Err(Failure::ALL[kind])),
    ];
    let request = (0..8_000_000_u64, 1..3_000_000_u64, outcome, 0..3_usize);
    let request = request.prop_map(|(at, took, outcome, shard)| {
        let (at, took) = (Duration::from_micros(at), Duration::from_micros(took));
        (Request { at, took, outcome }, shard)
    });
    prop::collection::vec(request, 0..80)
}

fn of_shard(requests: &[(Request, usize)], shard: usize) -> Vec<Request> {
    let own = requests.iter().filter(|(_, of)| *of == shard);
    own.map(|(request, _)| *request).collect()
}

fn log_of(document: &Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    hlog::write(
        &mut bytes,
        Duration::from_secs(1_700_000_000),
        &document.recording,
    )
    .expect("a vector");
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn shards_merge_to_the_run(requests in requests()) {
        let spec = spec(8);
        let all: Vec<Request> = requests.iter().map(|(request, _)| *request).collect();
        let whole = document(&spec, recording(&spec, &all), 7, None);
        let shards = (0..3).map(|shard| {
            let name = format!("{shard}/3");
            let of = recording(&spec, &of_shard(&requests, shard));
            (name.clone(), document(&spec, of, 7, Some(&name)))
        });
        let shards: Vec<_> = shards.collect();
        let logs = shards.iter().map(|(_, shard)| Log::parse(&log_of(shard), None).expect("ours"));
        let (log, warnings) = merge_logs(logs.collect()).expect("alike");
        prop_assert_eq!(warnings, Vec::<String>::new());
        let merged = merge_documents(shards, "again".into(), false).expect("one run").document;

        prop_assert_eq!(&merged.report.counts, &whole.report.counts);
        prop_assert_eq!(merged.report.response_us, whole.report.response_us);
        prop_assert_eq!(merged.report.valid, whole.report.valid);
        prop_assert_eq!(&merged.slos, &whole.slos);
        // the examples are of whichever shard came first; the histograms have but one truth
        prop_assert_eq!(log_of(&merged), log_of(&whole));
        prop_assert_eq!(&log.response, &whole.recording.response);
        let again = Log::parse(&log_of(&whole), None).expect("ours");
        let filled = |log: &Log| log.rows.iter().filter(|row| row.response.count() > 0).cloned().collect::<Vec<_>>();
        prop_assert_eq!(filled(&log), filled(&again));
    }
}

fn named(documents: Vec<Document>) -> Vec<(String, Document)> {
    let names = ["a.json", "b.json", "c.json"].map(str::to_owned);
    names.into_iter().zip(documents).collect()
}

fn plain(seed: u64, shard: Option<&str>) -> Document {
    let spec = spec(8);
    let one = Request {
        at: Duration::from_secs(2),
        took: Duration::from_millis(5),
        outcome: Ok(200),
    };
    document(&spec, recording(&spec, &[one]), seed, shard)
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let changed = |seed, shard: Option<&str>, change: fn(&mut Document)| {
        let mut document = plain(seed, shard);
        change(&mut document);
        document
    };
    let check = |documents: Vec<Document>, force: bool, wanted: &[&str]| {
        let errors = merge_documents(named(documents), String::new(), force).expect_err(wanted[0]);
        for part in wanted {
            assert!(errors.join("\n").contains(part), "{part:?} is not in {errors:#?}");
        }
    };
    let other_job: fn(&mut Document) = |d| {
        d.run.job["rate"] = 11.0.into();
        d.run.limits.sent_ratio_min = 0.5;
    };
    check(
        vec![plain(1, None), changed(2, None, other_job)],
        false,
        &[
            "b.json is not of the same job as a.json",
            "job.rate: 100.0, 11.0",
            "limits.sent_ratio_min",
        ],
    );
    check(
        vec![plain(1, None), plain(1, None)],
        true,
        &["b.json is the same result as a.json"],
    );
    let late: fn(&mut Document) = |d| d.run.started_unix_s += 9.0;
    check(
        vec![plain(1, Some("0/2")), changed(1, Some("0/2"), late)],
        true,
        &["shard 0/2 of b.json is there already"],
    );
    check(
        vec![plain(1, Some("0/2")), plain(2, Some("1/2"))],
        false,
        &["different runs"],
    );
    check(
        vec![plain(1, Some("0/2")), plain(1, Some("1/3"))],
        false,
        &["different runs"],
    );
    check(
        vec![plain(1, Some("0/2")), plain(2, None)],
        true,
        &["b.json is no shard"],
    );
    check(vec![plain(1, Some("2/2"))], true, &["a.json is no shard"]);
    check(vec![], true, &["name at least one"]);
}

#[test]
fn what_a_reader_has_to_know_is_said() {
    let warnings = |documents: Vec<Document>, force| {
        let merged = merge_documents(named(documents), String::new(), force).expect("merges");
        (merged.warnings.join("\n"), merged.document)
    };
    assert_eq!(
        warnings(vec![plain(1, Some("0/2")), plain(1, Some("1/2"))], false).0,
        ""
    );
    let (said, _) = warnings(vec![plain(1, Some("0/3")), plain(1, Some("2/3"))], false);
    assert!(said.contains("shards 1/3 are missing"), "{said}");

    let mut late = plain(1, Some("1/2"));
    late.run.started_unix_s += 0.2;
    late.run.interrupted = true;
    let (said, sum) = warnings(vec![plain(1, Some("0/2")), late], false);
    assert!(said.contains("0.200 s apart"), "{said}");
    assert!(sum.run.interrupted && sum.run.started_unix_s == 1_700_000_000.0);
    assert_eq!(sum.run.offered, [(0.0, 10.0)], "shards share the rate");
    assert_eq!(sum.generators.len(), 2);

    let (said, sum) = warnings(vec![plain(1, None), plain(2, None)], false);
    assert!(said.contains("2 runs of one job"), "{said}");
    assert_eq!(sum.run.offered, [(0.0, 20.0)], "repetitions have a rate each");

    let mut other = plain(2, None);
    other.run.job["rate"] = 11.0.into();
    let (said, _) = warnings(vec![plain(1, None), other], true);
    assert!(said.contains("job.rate"), "{said}");
}

/// A generator that lagged is believed no more because others did not.
#[test]
fn the_sum_is_judged_again() {
    let mut busy = plain(1, Some("1/2"));
    busy.generators[0].busy = vec![0.99];
    let merged =
        merge_documents(named(vec![plain(1, Some("0/2")), busy]), String::new(), false).expect("one run");
    assert!(!merged.document.report.valid);
    assert!(merged.document.report.reasons[0].contains("too busy"));
}

#[test]
fn logs_of_other_intervals_keep_their_sum() {
    let log = |document: &Document| Log::parse(&log_of(document), None).expect("ours");
    let one = log(&plain(1, None));
    let mut other = one.clone();
    other.rows.iter_mut().for_each(|row| row.length *= 2);
    let (sum, warnings) = merge_logs(vec![one, other]).expect("logs");
    assert_eq!((sum.response.len(), sum.rows.len()), (2, 0));
    assert!(warnings[0].contains("different lengths"), "{warnings:?}");
}
