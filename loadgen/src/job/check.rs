//! The bounds of a job, each with its reason.

use super::spec::{JobSpec, human};
use std::fmt;
use std::time::Duration;

/// Twenty times what one process reaches; above it a typing error is likelier than a wish.
const RATE_MAX: f64 = 10_000_000.0;
/// A run longer than a week is a mistake of units; it also keeps times far inside every integer.
const DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The number of ports one address has towards one target.
const CONNECTIONS_MAX: usize = 65_535;
/// 56 bytes each: about 2.2 GiB, were it ever full.
const BACKLOG_MAX: usize = 40_000_000;
/// Each is a task of some kilobytes.
const IN_FLIGHT_MAX: usize = 1_000_000;
/// An interval takes a few kilobytes; more than a day of seconds is nobody's picture.
const INTERVALS_MAX: u128 = 100_000;
/// Histograms reach to one hour; a longer wait could not be recorded truthfully.
const TIMEOUT_MAX: Duration = Duration::from_secs(3_600);

/// What is wrong with a job: one error a line, each starting with the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobErrors(pub Vec<String>);

impl fmt::Display for JobErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for JobErrors {}

pub(super) fn check(spec: &JobSpec) -> Vec<String> {
    let mut errors = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            errors.push(what);
        }
    };
    check(
        spec.rate > 0.0 && spec.rate <= RATE_MAX,
        format!(
            "rate: must be above 0 and at most {RATE_MAX} requests per second, not {}",
            spec.rate
        ),
    );
    check(
        !spec.duration.is_zero() && spec.duration <= DURATION_MAX,
        format!("duration: must be above 0 and at most {}", human(DURATION_MAX)),
    );
    check(spec.requests != Some(0), "requests: must be at least 1".into());
    check(
        !spec.timeout.is_zero() && spec.timeout <= TIMEOUT_MAX,
        format!("timeout: must be above 0 and at most {}", human(TIMEOUT_MAX)),
    );
    check(
        spec.drain <= TIMEOUT_MAX,
        format!("drain: must be at most {}", human(TIMEOUT_MAX)),
    );
    check(
        spec.warmup < spec.duration,
        format!(
            "warmup: {} leaves nothing of the duration of {}",
            human(spec.warmup),
            human(spec.duration)
        ),
    );
    if let Some(interval) = spec.interval {
        let count = spec.duration.as_nanos().checked_div(interval.as_nanos());
        // a number of requests ends a run long before its duration does, which then is only a bound
        let counted = spec.requests.is_some();
        check(
            count.is_some_and(|count| count <= INTERVALS_MAX || counted),
            format!(
                "interval: must be long enough for at most {INTERVALS_MAX} of them, not {}",
                human(interval)
            ),
        );
    }
    errors.extend(connections(spec));
    errors
}

fn connections(spec: &JobSpec) -> Vec<String> {
    let mut errors = Vec::new();
    if !(1..=CONNECTIONS_MAX).contains(&spec.connections) {
        errors.push(format!(
            "connections: must be 1 to {CONNECTIONS_MAX}, not {}",
            spec.connections
        ));
    }
    if let Some(most) = spec
        .max_in_flight
        .filter(|most| !(1..=IN_FLIGHT_MAX).contains(most))
    {
        errors.push(format!("max-in-flight: must be 1 to {IN_FLIGHT_MAX}, not {most}"));
    }
    if spec.requests_per_connection == Some(0) {
        errors.push("requests-per-conn: must be at least 1".into());
    }
    if spec.backlog > BACKLOG_MAX {
        errors.push(format!("backlog: must be at most {BACKLOG_MAX}"));
    }
    errors
}
