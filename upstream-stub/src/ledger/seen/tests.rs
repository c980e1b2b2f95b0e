//! Keys: repetitions, and the bounds.

use super::*;

#[test]
fn repetitions_are_counted_and_named() {
    let seen = Seen::default();
    for key in ["a", "b", "a", "c", "a", "c"] {
        seen.note(key.as_bytes());
    }
    let snapshot = seen.snapshot();
    assert_eq!(
        (snapshot.distinct, snapshot.repeated, snapshot.overflowed),
        (3, 2, 0)
    );
    let repeats: Vec<_> = snapshot.repeats.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(repeats, [("a", 3), ("c", 2)]);
    assert_eq!((seen.times(b"a"), seen.times(b"b"), seen.times(b"z")), (3, 1, 0));
    seen.reset();
    assert_eq!(seen.snapshot(), SeenSnapshot::default());
}

#[test]
fn memory_is_bounded_and_what_is_lost_is_counted() {
    let seen = Seen::default();
    let n = 1_200_000_u64;
    for key in 0..n {
        seen.note(&key.to_le_bytes());
    }
    let snapshot = seen.snapshot();
    assert_eq!(snapshot.distinct + snapshot.overflowed, n);
    // the stripes fill evenly, or the bound would be reached with room left
    assert!(snapshot.distinct > (1 << 20) * 99 / 100, "{}", snapshot.distinct);
    assert!(snapshot.distinct <= 1 << 20);
    assert_eq!(snapshot.repeated, 0);
}

#[test]
fn texts_are_bounded() {
    let seen = Seen::default();
    for key in 0..10_000_u64 {
        let key = format!("{key:0>200}");
        seen.note(key.as_bytes());
        seen.note(key.as_bytes());
    }
    let snapshot = seen.snapshot();
    assert_eq!(snapshot.repeated, 10_000);
    assert!(snapshot.repeats.len() <= STRIPES * TEXTS_MAX);
    assert!(snapshot.repeats.keys().all(|key| key.len() <= TEXT_BYTES_MAX));
}
