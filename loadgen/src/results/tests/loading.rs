//! What is read back, and what is refused.

use super::make::{Request, document, recording, spec};
use crate::report::{FORMAT, hlog};
use crate::results::{Loaded, Log, Unit, load, log_text, parse_document};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer, V2Serializer};
use std::time::Duration;

fn one_run() -> crate::report::Document {
    let spec = spec(4);
    let request = |index: u64| Request {
        at: Duration::from_millis(10 * index),
        took: Duration::from_millis(index % 7 + 1),
        outcome: Ok(200),
    };
    let requests: Vec<Request> = (0..350).map(request).collect();
    document(&spec, recording(&spec, &requests), 3, None)
}

/// As another tool of the family writes it: tags or none, a divisor of its own, no word on units.
fn foreign(tags: &[Option<&'static str>], values: &[u64], digits: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    let mut log = builder
        .add_comment("[Logged with some tool 1.0]")
        .begin_log_with(&mut bytes, &mut serializer)
        .expect("a vector");
    for (second, tag) in (0_u64..).zip(tags) {
        let mut of = Histogram::<u64>::new(digits).expect("digits");
        values
            .iter()
            .for_each(|value| of.record(*value).expect("resizes"));
        let at = Duration::from_secs(second);
        log.write_histogram(&of, at, Duration::from_secs(1), tag.and_then(Tag::new))
            .expect("a vector");
    }
    bytes
}

#[test]
fn documents_read_back() {
    let document = one_run();
    let json = serde_json::to_vec(&document).expect("JSON");
    let read = parse_document(&json).expect("ours");
    assert_eq!(read.recording.response, document.recording.response);
    assert_eq!(serde_json::to_vec(&read).expect("JSON"), json);
}

#[test]
fn what_is_no_document_says_what_it_is() {
    let document = serde_json::to_value(one_run()).expect("JSON");
    let changed = |path: &str, value: serde_json::Value| {
        let mut document = document.clone();
        *document.pointer_mut(path).expect(path) = value;
        document.to_string()
    };
    for (json, hint) in [
        ("{".to_owned(), "no JSON"),
        ("{}".into(), "no result"),
        (r#"{"kind":"search","format":1}"#.into(), "no result"),
        (r#"{"format":99,"recording":{}}"#.into(), "format 99"),
        (
            changed("/format", (FORMAT + 1).into()),
            "use the version that wrote it",
        ),
        (changed("/recording/response", "AAAA".into()), "damaged"),
        (changed("/recording/counts/planned", u64::MAX.into()), "damaged"),
        (changed("/run/started_unix_s", 1e300.into()), "damaged"),
    ] {
        let error = parse_document(json.as_bytes()).expect_err(hint);
        assert!(error.contains(hint), "{hint:?} is not in {error:?}");
    }
}

#[test]
fn files_are_told_apart_and_wrong_ones_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    };
    let document = one_run();
    let json = write("run.json", &serde_json::to_vec(&document).expect("JSON"));
    assert!(matches!(load(&json, None), Ok(Loaded::Document(_))));
    let mut log = Vec::new();
    hlog::write(&mut log, Duration::from_secs(1_700_000_000), &document.recording).expect("a vector");
    assert!(matches!(load(&write("run.hlog", &log), None), Ok(Loaded::Log(_))));
    for (name, bytes, hint) in [
        ("empty", "", "is empty"),
        ("text", "hello\n", "line 1"),
        ("head", "#x\n", "without a"),
    ] {
        let path = write(name, bytes.as_bytes());
        let error = load(&path, None).expect_err(name);
        assert!(error.contains(hint) && error.contains(name), "{error}");
    }
    let error = load(&dir.path().join("gone"), None).expect_err("gone");
    assert!(
        error.starts_with("read ") && error.contains("No such file"),
        "{error}"
    );
}

#[test]
fn our_logs_read_back_to_the_nanosecond() {
    let recording = one_run().recording;
    let mut bytes = Vec::new();
    hlog::write(&mut bytes, Duration::from_secs(1_700_000_000), &recording).expect("a vector");
    let log = Log::parse(&bytes, None).expect("ours");
    assert_eq!(log.response, recording.response);
    assert_eq!(log.others["first_byte"], recording.phases.first_byte);
    assert_eq!(log.others.len(), 7);
    assert_eq!(log.started, Duration::from_secs(1_700_000_000));
    assert!(
        log.notes.is_empty() && !log.rows_are_the_whole(),
        "the warm-up is in the rows"
    );
    let rows = recording.series.as_ref().expect("asked for").rows();
    assert!(
        log.rows
            .iter()
            .zip(rows)
            .all(|(one, other)| one.response.histogram() == other.response())
    );
    let error = Log::parse(&bytes, Some(Unit::Microseconds)).expect_err("it knows better");
    assert!(error.contains("nanoseconds"), "{error}");
    let mut again = Vec::new();
    log.write(&mut again).expect("a vector");
    assert_eq!(Log::parse(&again, None).expect("ours").others, log.others);
    let (text, csv) = (log_text::text(&log), log_text::csv(&log));
    assert!(
        text.contains("response") && text.contains("350") == (log.response.len() == 350),
        "{text}"
    );
    assert_eq!(csv.lines().count(), log.rows.len() + 1);
}

#[test]
fn logs_of_others_are_read_in_their_unit() {
    let bytes = foreign(&[None, None, Some("get")], &[1_000, 2_000], 3);
    for (unit, p100) in [
        (None, 2_000),
        (Some(Unit::Nanoseconds), 2_000),
        (Some(Unit::Microseconds), 2_000_000),
        (Some(Unit::Milliseconds), 2_000_000_000),
    ] {
        let log = Log::parse(&bytes, unit).expect("of the family");
        let max = log.response.max() as f64;
        assert!((max / p100 as f64 - 1.0).abs() < 0.001, "{unit:?}: {max}");
        assert_eq!(
            (log.response.len(), log.rows.len(), log.others["get"].len()),
            (4, 2, 2)
        );
        assert_eq!(log.notes.len(), usize::from(unit.is_none()));
        assert!(log.rows_are_the_whole());
    }
    // other digits, and more than an hour
    let log =
        Log::parse(&foreign(&[None], &[7_200_000_000], 2), Some(Unit::Microseconds)).expect("of the family");
    assert!(
        log.response.max() >= 3_600_000_000_000,
        "one hour is the most: {}",
        log.response.max()
    );
    assert!(Log::parse(&foreign(&[None], &[u64::MAX / 4], 2), None).is_err_and(|e| e.contains("one hour")));
    let tags = Log::parse(&foreign(&[Some("get"), Some("put")], &[1], 3), None).expect_err("no response");
    assert!(tags.contains("its tags are get, put"), "{tags}");
}

/// A few bytes that claim gigabytes are refused before room is made for them.
#[test]
fn histograms_that_claim_too_much_are_refused() {
    let mut plain = Vec::new();
    let mut of = Histogram::<u64>::new(3).expect("digits");
    of.record(5).expect("resizes");
    V2Serializer::new().serialize(&of, &mut plain).expect("a vector");
    plain[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut deflated = vec![0x1c, 0x84, 0x93, 0x14];
    let mut zlib = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::ZlibEncoder::new(&plain[..], flate2::Compression::fast()),
        &mut zlib,
    )
    .expect("a vector");
    deflated.extend(u32::try_from(zlib.len()).expect("short").to_be_bytes());
    deflated.extend(zlib);
    for bytes in [&plain[..], &deflated, &plain[..6], &deflated[..9], &[]] {
        let error = crate::record::decode_text(&STANDARD.encode(bytes)).expect_err("refused");
        assert!(error.contains("no HdrHistogram"), "{error}");
    }
}
