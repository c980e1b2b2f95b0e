//! Behaviours and their text.

use super::words::WORDS;
use super::*;
use proptest::prelude::*;

#[test]
fn every_example_is_understood_and_explained() {
    for word in WORDS {
        let behaviour: Behaviour = word.example.parse().expect(word.example);
        assert!(!word.meaning.is_empty());
        assert_eq!(behaviour.to_string().parse::<Behaviour>(), Ok(behaviour));
    }
}

#[test]
fn nothing_said_is_normal() {
    for text in ["", "normal", "  normal  ", "status=200 up whole"] {
        assert_eq!(text.parse::<Behaviour>(), Ok(Behaviour::default()), "{text:?}");
    }
    assert_eq!(Behaviour::default().to_string(), "normal");
}

#[test]
fn every_mistake_is_told_at_once() {
    let error = "latency=exp status=99 colour=red error=-1 sse=0x1s stream=3x1ms error=0.1 pace=0 up=1"
        .parse::<Behaviour>()
        .expect_err("wrong");
    for part in [
        "word 1 (\"latency=exp\"): \"exp\" is not a duration",
        "word 2 (\"status=99\"): \"99\" is not a final HTTP status",
        "word 3 (\"colour=red\"): no such word; there are normal, latency",
        "word 4 (\"error=-1\")",
        "word 5 (\"sse=0x1s\")",
        "word 8 (\"pace=0\"): the shape of the body was already set by \"stream\"",
        "word 9 (\"up=1\"): takes no value",
    ] {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn doubled_words_are_refused() {
    for (text, what) in [
        ("status=200 status=404", "status"),
        ("down up", "whether it is down"),
    ] {
        let error = text.parse::<Behaviour>().expect_err(text);
        assert!(error.contains("word 2") && error.contains(what), "{error}");
    }
}

#[test]
fn a_request_cannot_ask_for_what_concerns_all() {
    for text in ["down", "servers=1", "latency=5ms up"] {
        Patch::for_request(text).expect_err(text);
    }
    let patch = Patch::for_request("latency=5ms status=404").expect("fine");
    let base: Behaviour = "error=0.5 latency=1s".parse().expect("fine");
    assert_eq!(
        patch.over(&base).to_string(),
        "latency=fixed:5ms status=404 error=0.5"
    );
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let gap = || (0..86_400_000_000_u64).prop_map(Duration::from_micros);
    prop_oneof![
        Just(Shape::Whole),
        Just(Shape::Echo),
        (1_u64..1 << 40).prop_map(|bytes_per_second| Shape::Pace { bytes_per_second }),
        (1_u64..1_000, gap()).prop_map(|(chunks, gap)| Shape::Stream { chunks, gap }),
        (1_u64..1_000, gap()).prop_map(|(events, gap)| Shape::Sse { events, gap }),
    ]
}

fn any_behaviour() -> impl Strategy<Value = Behaviour> {
    let time = || (0..86_400_000_000_u64).prop_map(Duration::from_micros);
    let share = || 0.0..=1.0_f64;
    let status = || 200..600_u16;
    (
        (
            time().prop_map(Dist::Fixed),
            time(),
            status(),
            share(),
            status(),
            0_u64..1 << 40,
            proptest::option::of((0_u32..86_400, any::<bool>())),
        ),
        (any_shape(), share(), share(), 0_usize..1_000, any::<bool>()),
    )
        .prop_map(
            |(
                (latency, work, status, error, error_status, body_bytes, retry_after),
                (shape, reset, truncate, servers, down),
            )| {
                Behaviour {
                    latency,
                    work,
                    status,
                    error,
                    error_status,
                    retry_after: retry_after.map(|(seconds, as_date)| RetryAfter { seconds, as_date }),
                    body_bytes,
                    shape,
                    reset,
                    truncate,
                    servers,
                    down,
                }
            },
        )
}

proptest! {
    #[test]
    fn text_round_trips(behaviour in any_behaviour()) {
        let text = behaviour.to_string();
        prop_assert_eq!(text.parse::<Behaviour>(), Ok(behaviour), "{}", text);
        prop_assert_eq!(Behaviour::try_from(String::from(behaviour)), Ok(behaviour));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9:=,.x µ]{0,60}") {
        let _ = text.parse::<Behaviour>();
    }
}
