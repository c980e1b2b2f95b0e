//! How long a request has: its route's timeout, or less where its client says so.
//!
//! A client that has stopped waiting has no use for an answer, and its upstream none for the work. So routes with a
//! `deadline_header` read there how long the client waits, in whole milliseconds or with a unit as in the config (`800ms`, `1.5s` is
//! none), `grpc-timeout` in its own units; and tell the upstream in the same field how much of it is left, in milliseconds. It
//! shortens the route's timeout and never lengthens it; what is no time says nothing.

use crate::config::Route;
use crate::planted::{Bug, planted};
use crate::state::Fired;
use http1::head::{FieldValue, Fields};
use std::time::Duration;

/// The one name with units of its own.
const GRPC: &str = "grpc-timeout";

/// Bytes of a text that is looked at: more is no time.
const TEXT_BYTES_MAX: usize = 32;

/// A request's time from its head on, and whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) timeout: Duration,
    pub(super) whose: Fired,
}

impl Limit {
    /// Where its client is not asked.
    pub(super) fn of(route: &Route) -> Self {
        Self {
            timeout: route.timeout,
            whose: Fired::Route,
        }
    }

    /// `name` is the field in which its client is.
    pub(super) fn asked(route: &Route, name: &str, fields: Fields<'_>) -> Self {
        let own = Self::of(route);
        let text = fields.find(name).and_then(FieldValue::text);
        let text = text.filter(|_| !planted(Bug::DeadlineIgnored));
        match text.and_then(|text| read(name, text)) {
            Some(timeout) if timeout < own.timeout || planted(Bug::DeadlineLengthens) => Self {
                timeout,
                whose: Fired::Deadline,
            },
            _ => own,
        }
    }
}

/// What is left, as the upstream is told: always as many bytes, so that a later attempt's can be written over it.
pub(super) fn text(name: &str, left: Duration) -> String {
    // a day is eight digits
    let ms = left.as_millis().min(99_999_999);
    match name {
        GRPC => format!("{ms:08}m"),
        _ => format!("{ms:08}"),
    }
}

fn read(name: &str, text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    if name == GRPC {
        return grpc(text);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_millis);
    }
    humantime::parse_duration(text).ok()
}

/// At most eight digits and a unit.
fn grpc(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_clients_write_them() {
        let ms = |name: &str, text: &str| read(name, text).map(|time| time.as_millis());
        for (text, expected) in [
            ("800", Some(800)),
            (" 800ms ", Some(800)),
            ("2s", Some(2_000)),
            ("0", Some(0)),
            ("1m", Some(60_000)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999999", None),
            ("000000000000000000000000000000000000001", None),
        ] {
            assert_eq!(ms("x-request-timeout", text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("1H", Some(3_600_000)),
            ("1M", Some(60_000)),
            ("1S", Some(1_000)),
            ("100m", Some(100)),
            ("5000u", Some(5)),
            ("99999999n", Some(99)),
            ("100", None),
            ("123456789m", None),
            ("m", None),
            ("1\u{b5}", None),
        ] {
            assert_eq!(ms(GRPC, text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_left_is_always_as_long() {
        let texts = [0, 7, 800, 86_400_000, u64::MAX].map(|ms| text("x", Duration::from_millis(ms)));
        assert_eq!(
            texts,
            ["00000000", "00000007", "00000800", "86400000", "99999999"]
        );
        assert_eq!(text(GRPC, Duration::from_millis(20)), "00000020m");
    }
}
