//! A job that is wrong says everything that is wrong with it, at once.

use loadgen::{JobErrors, JobSpec};
use std::time::Duration;

fn spec() -> JobSpec {
    JobSpec::new("127.0.0.1:80".parse().expect("literal"), "host")
}

#[test]
fn defaults_are_valid() {
    spec().build().expect("valid");
}

#[test]
fn every_error_is_reported_at_once() {
    let mut spec = spec();
    spec.host = "a\r\nb".into();
    spec.method = "G T".into();
    spec.path = "no-slash".into();
    spec.headers = vec![
        ("Content-Length".into(), "3".into()),
        ("bad name".into(), "x".into()),
        ("x".into(), "a\nb".into()),
    ];
    spec.rate = f64::NAN;
    spec.duration = Duration::ZERO;
    spec.requests = Some(0);
    spec.connections = 0;
    spec.backlog = usize::MAX;
    spec.timeout = Duration::ZERO;
    spec.drain = Duration::from_secs(1_000_000);
    spec.interval = Some(Duration::ZERO);
    let JobErrors(errors) = spec.build().expect_err("nothing of it is right");
    let mut fields: Vec<_> = errors
        .iter()
        .map(|error| error.split([':', '.']).next().unwrap_or_default())
        .collect();
    fields.sort_unstable();
    let wanted = [
        "backlog",
        "connections",
        "drain",
        "duration",
        "headers",
        "headers",
        "headers",
        "headers",
        "interval",
        "method",
        "path",
        "rate",
        "requests",
        "timeout",
        "warmup",
    ];
    assert_eq!(fields, wanted, "{errors:#?}");
}
