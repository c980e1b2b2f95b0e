//! Profiles as typed: what they mean, and what is said of those that mean nothing.

use super::*;

#[test]
fn what_is_typed_is_what_is_meant() {
    // (text, end in seconds, highest rate, [(seconds, rate, count before)])
    type Case<'a> = (&'a str, Option<u64>, f64, &'a [(f64, f64, f64)]);
    let cases: [Case<'_>; 7] = [
        (
            "0s:100",
            None,
            100.0,
            &[(0.0, 100.0, 0.0), (1_000.0, 100.0, 100_000.0)],
        ),
        // the first rate is held before the first knot
        (
            "10s:100, 20s:200",
            None,
            200.0,
            &[
                (0.0, 100.0, 0.0),
                (10.0, 100.0, 1_000.0),
                (15.0, 150.0, 1_625.0),
                (20.0, 200.0, 2_500.0),
                (30.0, 200.0, 4_500.0),
            ],
        ),
        (
            "0s:100, 30s:1000, step 2000x60s",
            Some(90),
            2_000.0,
            &[
                (29.999, 999.97, 16_499.000_015),
                (30.0, 2_000.0, 16_500.0),
                (90.0, 0.0, 136_500.0),
                (91.0, 0.0, 136_500.0),
            ],
        ),
        (
            "step 60/1mx1m,step 0 x 10s ,  step 3x500ms",
            Some(70),
            3.0,
            &[(59.0, 1.0, 59.0), (60.0, 0.0, 60.0), (70.25, 3.0, 60.75)],
        ),
        // a knot after a step ramps from the step
        (
            "step 10x10s, 20s:0, 1m:0",
            None,
            10.0,
            &[
                (10.0, 10.0, 100.0),
                (15.0, 5.0, 137.5),
                (20.0, 0.0, 150.0),
                (90.0, 0.0, 150.0),
            ],
        ),
        (
            "0s:5, step 7x1s",
            Some(1),
            7.0,
            &[(0.0, 7.0, 0.0), (1.0, 0.0, 7.0)],
        ),
        ("0:0, 1h:3600", None, 3_600.0, &[(1_800.0, 1_800.0, 1_620_000.0)]),
    ];
    for (text, end, rate_max, points) in cases {
        let profile = Profile::parse(text).expect(text);
        // half a second more than a whole number, for the case that ends so
        let half = Duration::from_millis(if text.ends_with("500ms") { 500 } else { 0 });
        assert_eq!(
            profile.end(),
            end.map(|s| Duration::from_secs(s) + half),
            "{text}"
        );
        assert_eq!(profile.rate_max(), rate_max, "{text}");
        for (seconds, rate, count) in points {
            let t = Duration::from_secs_f64(*seconds);
            assert!(
                (profile.rate_at(t) - rate).abs() < 1e-6,
                "{text} at {t:?}: {}",
                profile.rate_at(t)
            );
            assert!(
                (profile.count_by(t) - count).abs() < 1e-6,
                "{text} at {t:?}: {}",
                profile.count_by(t)
            );
        }
        assert_eq!(Profile::parse(&profile.to_string()), Ok(profile), "{text}");
    }
}

#[test]
fn display_is_canonical() {
    let profile = Profile::parse("0:6000/1m ,90s:1e3,step 50/1s x 2m").expect("valid");
    assert_eq!(profile.to_string(), "0s:100, 1m30s:1000, step 50x2m");
}

#[test]
fn the_inverse_is_where_the_count_is_passed() {
    let profile = Profile::parse("step 0x1s, step 100x1s, step 0x3s, step 100x1s, 8s:0").expect("valid");
    let cases = [
        (-1.0, Some(1_000)),
        (0.0, Some(1_000)),
        (50.0, Some(1_500)),
        // the hundredth of a plateau of a hundred is the first behind the pause
        (100.0, Some(5_000)),
        // three quarters of a ramp to zero are done in half of its time
        (275.0, Some(7_000)),
        (300.0, None),
        (1e9, None),
    ];
    for (count, millis) in cases {
        assert_eq!(
            profile.time_of(count),
            millis.map(Duration::from_millis),
            "{count}"
        );
    }
}

#[test]
fn a_level_rate_is_constant_however_typed() {
    for (text, constant) in [
        ("0s:5", true),
        ("10s:5", true),
        ("0s:5, 10s:5, step 5x1s, 20s:5", true),
        ("0s:5, 10s:6", false),
        ("step 5x10s", false),
        ("step 5x10s, 20s:0", false),
        ("step 0x10s, 20s:5", false),
    ] {
        assert_eq!(
            Profile::parse(text).expect(text).is_constant(),
            constant,
            "{text}"
        );
    }
}

#[test]
fn every_error_is_told_with_its_item() {
    let cases: [(&str, &[&str]); 12] = [
        ("", &["item 1 of the schedule, \"\": it is empty"]),
        ("0s:1,", &["item 2 of the schedule, \"\": it is empty"]),
        (
            "100",
            &["it is neither a knot nor a step; write TIME:RATE like 30s:1000"],
        ),
        ("steps 5x3s", &["neither a knot nor a step"]),
        ("step 100", &["a step lasts some time"]),
        ("step 100x0s", &["must last longer than zero"]),
        ("0s:0, 30s:0, step 0x1m", &["zero throughout"]),
        (
            "0s:1, 10s:2, 10s:3, 5s:4",
            &[
                "item 3 of the schedule, \"10s:3\": its time must be later than 10s",
                "item 4 of the schedule, \"5s:4\": its time must be later than 10s",
            ],
        ),
        (
            "step 5x1m, 30s:2",
            &["item 2 of the schedule, \"30s:2\": its time must be later than 1m"],
        ),
        (
            "30:1, 40s:fast, step -1x5s, step 5x5, 50s:2",
            &[
                "item 1 of the schedule, \"30:1\": \"30\" is not a time",
                "item 2 of the schedule, \"40s:fast\": \"fast\" is not a rate",
                "item 3 of the schedule, \"step -1x5s\": \"-1\" is not a rate above zero",
                "item 4 of the schedule, \"step 5x5\": \"5\" is not a time",
            ],
        ),
        (
            "step 1x300days, step 1x300days",
            &["item 2", "a year long at most"],
        ),
        ("584942417355years:1", &["not a time"]),
    ];
    for (text, expected) in cases {
        let errors = Profile::parse(text).expect_err(text);
        if expected.len() > 1 && !text.contains("300days") {
            assert_eq!(errors.len(), expected.len(), "{text}: {errors:?}");
        }
        for words in expected {
            assert!(
                errors.iter().any(|error| error.contains(words)),
                "{text}: {errors:?}"
            );
        }
        assert_eq!(text.parse::<Profile>(), Err(errors.join("; ")));
    }
}

#[test]
fn a_profile_is_bounded() {
    let text = |items: usize| vec!["step 1x1s"; items].join(",");
    assert!(Profile::parse(&text(ITEMS_MAX)).is_ok());
    let errors = Profile::parse(&text(ITEMS_MAX + 1)).expect_err("too long");
    assert!(errors[0].contains("1001 items is too long"), "{errors:?}");
}
