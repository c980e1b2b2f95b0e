//! Scripts: phases, turns, text, and mistakes with their places.

use super::*;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn timeline(base: &str, script: &str) -> Timeline {
    Timeline::new(&base.parse().expect(base), &script.parse().expect(script))
}

#[test]
fn phases_replace_words_of_the_base_alone() {
    let line = timeline(
        "latency=5ms body=1KiB",
        "10s latency=200ms error=0.3; 20s down; 30s normal",
    );
    for (at, text) in [
        (0, "latency=fixed:5ms body=1KiB"),
        (9, "latency=fixed:5ms body=1KiB"),
        (10, "latency=fixed:200ms error=0.3 body=1KiB"),
        (20, "latency=fixed:5ms body=1KiB down"),
        (30, "latency=fixed:5ms body=1KiB"),
        (9_999, "latency=fixed:5ms body=1KiB"),
    ] {
        assert_eq!(line.at(s(at)).to_string(), text, "at {at} s");
    }
}

#[test]
fn turns_are_those_of_down_alone() {
    let line = timeline(
        "normal",
        "5s error=1; 10s down; 15s down error=1; 20s normal; 30s status=404",
    );
    assert_eq!(line.turns_after(s(0)), Some(s(10)));
    assert_eq!(line.turns_after(s(10)), Some(s(20)));
    assert_eq!(line.turns_after(s(20)), None);
    assert_eq!(timeline("down", "").turns_after(s(0)), None);
}

#[test]
fn text_round_trips() {
    for text in [
        "",
        "0s normal; 10s latency=200ms error=0.3; 20s down; 30s normal",
        "1m30s sse=5x100ms",
    ] {
        let script: Script = text.parse().expect(text);
        assert_eq!(script.to_string(), text);
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let error = "5s latency=fast error=2; 1s down; soon up; 7s"
        .parse::<Script>()
        .expect_err("wrong");
    let lines: Vec<_> = error.lines().collect();
    for (line, parts) in lines.iter().zip([
        ["phase 1", "word 1", "not a duration"],
        ["phase 1", "word 2", "not a probability"],
        ["phase 3", "begins with its time", "soon"],
        ["phase 4", "nothing is said", "write 7s normal"],
    ]) {
        assert!(
            parts.iter().all(|part| line.contains(part)),
            "{line:?} lacks one of {parts:?}"
        );
    }
    assert_eq!(lines.len(), 4, "{error}");
    let order = "5s down; 1s up".parse::<Script>().expect_err("wrong");
    assert!(order.contains("1s is not after 5s"), "{order}");
}
