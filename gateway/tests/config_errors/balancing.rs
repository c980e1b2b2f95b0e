//! `lb`, weights, `sticky`, `slow_start` and `panic`.

use super::{check, with_upstreams};

#[test]
fn balancing() {
    let upstream = |keys: &str| with_upstreams(&format!("  shop: {{ replicas: [\"10.0.0.1:80\"], {keys} }}"));
    let weights = |weights: &[&str], lb: &str| {
        let replica = |(n, weight)| format!("{{ addr: \"10.0.0.{n}:80\", weight: {weight} }}");
        let replicas: Vec<String> = (1..).zip(weights).map(replica).collect();
        with_upstreams(&format!("  shop: {{ replicas: [{}]{lb} }}", replicas.join(", ")))
    };
    check(
        "balancing",
        &[
            (
                "weights out of range",
                weights(&["0", "1001", "-1", "1.5", "two"], ""),
            ),
            (
                "weights that nothing heeds",
                weights(&["2", "1"], ", lb: round-robin"),
            ),
            ("weights of a ring", weights(&["1000", "25"], ", lb: ip-hash")),
            ("two kinds", upstream("lb: { p2c: {}, random: {} }")),
            ("no kind", upstream("lb: {}")),
            (
                "an unknown kind with options",
                upstream("lb: { p3c: { ewma: true } }"),
            ),
            (
                "options of a kind that has none",
                upstream("lb: { least-conn: { ewma: true } }"),
            ),
            (
                "options of another kind",
                upstream("lb: { p2c: { load_factor: 2 } }"),
            ),
            ("no kind but a number", upstream("lb: 2")),
            (
                "a key that is none",
                upstream("lb: { ring-hash: { key: query } }"),
            ),
            (
                "two keys",
                upstream("lb: { ring-hash: { key: { header: a, cookie: b } } }"),
            ),
            ("no key in a key", upstream("lb: { ring-hash: { key: {} } }")),
            (
                "a header that is none",
                upstream("lb: { ring-hash: { key: { header: \"x user\" } } }"),
            ),
            (
                "a bound of the average",
                upstream("lb: { ring-hash: { load_factor: 1 } }"),
            ),
            (
                "a bound that is no number",
                upstream("lb: { ring-hash: { load_factor: 125% } }"),
            ),
            ("stickiness without a cookie", upstream("sticky: { ttl: 1h }")),
            (
                "a cookie that is none",
                upstream("sticky: { cookie: \"a=b\", ttl: 1500ms, key_file: \"\" }"),
            ),
            ("a cookie by name alone", upstream("sticky: session")),
            ("slow start without time", upstream("slow_start: 0s, panic: 1")),
        ],
    );
}
