//! Traces as files hold them, and the schedules they make.

use super::super::plan::Schedule;
use super::*;

fn nanos(text: &str) -> Vec<u64> {
    let trace = Trace::parse(text).expect(text);
    trace.nanos.to_vec()
}

#[test]
fn times_are_read_to_the_nanosecond() {
    let cases: [(&str, &[u64]); 12] = [
        ("0", &[0]),
        ("0.001234", &[1_234_000]),
        ("1ms", &[1_000_000]),
        ("1s 500ms", &[1_500_000_000]),
        (".5\n1.\n", &[500_000_000, 1_000_000_000]),
        ("0.000000001", &[1]),
        ("0.123456789", &[123_456_789]),
        // a float would be off here by half a millisecond's worth of its digits
        ("31535999.999999999", &[31_535_999_999_999_999]),
        (
            "0.1234567894999\n0.1234567895\n0.9999999999",
            &[123_456_789, 123_456_790, 1_000_000_000],
        ),
        (
            "# from the log\r\n\r\n0.5\r\n  0.5 # twice\r\n0.75\r\n",
            &[500_000_000, 500_000_000, 750_000_000],
        ),
        ("1\n1\n1", &[1_000_000_000; 3]),
        ("00001.50", &[1_500_000_000]),
    ];
    for (text, expected) in cases {
        assert_eq!(nanos(text), expected, "{text:?}");
    }
}

#[test]
fn times_that_are_there_make_the_trace_that_their_text_would() {
    let ms = |times: &[u64]| {
        let times: Vec<_> = times.iter().copied().map(Duration::from_millis).collect();
        Trace::new(&times)
    };
    assert_eq!(ms(&[0, 5, 5, 1_500]), Trace::parse("0\n5ms\n5ms\n1.5"));
    let cases: [(&[u64], &[&str]); 4] = [
        (&[], &["1 to 50000000 arrivals are possible, not 0"]),
        (
            &[5, 4, 3, 5],
            &[
                "arrival 1, at 4ms: it is before one at 5ms",
                "arrival 2, at 3ms: it is before one at 5ms",
            ],
        ),
        (&[u64::MAX], &["arrival 0, at", "later than a year"]),
        (&[7, 6], &["arrival 1, at 6ms"]),
    ];
    for (times, wanted) in cases {
        let errors = ms(times).expect_err("no trace").join("\n");
        assert!(wanted.iter().all(|wanted| errors.contains(wanted)), "{errors}");
    }
}

#[test]
fn what_is_no_trace_says_where() {
    let cases: [(&str, &[&str]); 12] = [
        ("", &["the trace has no arrivals"]),
        ("# nothing\n\n", &["the trace has no arrivals"]),
        (
            "timestamp\n0.1\n",
            &[
                "line 1 of the trace, \"timestamp\": it is not a time",
                "and no header",
            ],
        ),
        (
            "0.1\n0.2,200\n",
            &["line 2 of the trace, \"0.2,200\": it has more than one column"],
        ),
        ("0.1;200", &["more than one column"]),
        ("0.1\t200", &["more than one column"]),
        ("0.1 200", &["line 1 of the trace, \"0.1 200\": it is not a time"]),
        ("-1", &["line 1 of the trace, \"-1\": it is not a time"]),
        ("1e-3", &["it is not a time"]),
        (".", &["it is not a time"]),
        ("31536001", &["later than a year"]),
        ("99999999999999999999999999999999", &["later than a year"]),
    ];
    for (text, expected) in cases {
        let errors = Trace::parse(text).expect_err(text);
        assert_eq!(errors.len(), 1, "{text:?}: {errors:?}");
        for words in expected {
            assert!(errors[0].contains(words), "{text:?}: {errors:?}");
        }
    }
}

#[test]
fn what_runs_back_names_both_lines() {
    let errors = Trace::parse("0.1\n0.3\n\n0.2\nx\n0.25\n0.4\n").expect_err("runs back");
    assert_eq!(
        errors,
        [
            "line 4 of the trace, \"0.2\": it is before the time in line 2; sort the trace by time",
            &Trace::parse("\n\n\n\nx").expect_err("no time")[0],
            "line 6 of the trace, \"0.25\": it is before the time in line 2; sort the trace by time",
        ]
    );
}

#[test]
fn the_first_errors_are_shown_and_the_others_counted() {
    let errors = Trace::parse(&"x\n".repeat(1_234)).expect_err("no times");
    assert_eq!(errors.len(), ERRORS_SHOWN + 1);
    assert_eq!(errors[ERRORS_SHOWN], "and 1214 more");
    let long = Trace::parse(&"é".repeat(1_000)).expect_err("no time");
    assert!(long[0].len() < 400, "{long:?}");
}

#[test]
fn a_schedule_of_a_trace_is_the_trace() {
    let text: String = (0..1_000).map(|k| format!("{}ms\n", k / 3)).collect();
    let trace = Trace::parse(&text).expect("ascends");
    assert_eq!(
        (trace.count(), trace.duration()),
        (1_000, Duration::from_millis(333))
    );
    let plan = Schedule::trace(&trace);
    let whole: Vec<_> = plan.shard(0, 1).collect();
    assert!(whole.iter().map(|due| due.at).eq(trace.times()));
    assert!(whole.iter().zip(0..).all(|(due, k)| due.id == k));
    for of in [2, 7, 64, 100] {
        let mut dealt: Vec<_> = (0..of).flat_map(|index| plan.shard(index, of)).collect();
        dealt.sort();
        assert_eq!(dealt, whole, "{of} shards");
    }
}

#[test]
fn a_trace_shorter_than_the_streams_is_whole() {
    let plan = Schedule::trace(&Trace::parse("5ms\n6ms").expect("ascends"));
    let ids = |index, of| plan.shard(index, of).map(|due| due.id).collect::<Vec<_>>();
    assert_eq!((ids(0, 1), ids(1, 2), ids(5, 8)), (vec![0, 1], vec![1], vec![]));
}
