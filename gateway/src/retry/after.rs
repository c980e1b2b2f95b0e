//! `Retry-After` (RFC 9110 §10.2.3): when an upstream that is overloaded, or counts requests, wants to see one again.

use crate::planted::{Bug, planted};
use std::time::{Duration, UNIX_EPOCH};

/// Whether an answer of this status says by `Retry-After` when it may be asked again.
pub fn may_say_when(status: u16) -> bool {
    matches!(status, 429 | 503) && !planted(Bug::RetryAfterIgnored)
}

/// How long to wait, from the value of the field and the wall clock. `None` for a value that is none, which says nothing.
pub fn retry_after(value: &[u8], unix_now: Duration) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // a number that is too large for this is too long for anybody
        return Some(Duration::from_secs(text.parse().unwrap_or(u32::MAX.into())));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let unix = at.duration_since(UNIX_EPOCH).ok()?;
    Some(unix.saturating_sub(unix_now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_the_three_forms_of_a_date() {
        let now = Duration::from_secs(784_111_777);
        let seconds = |value: &str| retry_after(value.as_bytes(), now).map(|wait| wait.as_secs());
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("99999999999999999999999", Some(u32::MAX.into())),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
            ("Sun Nov  6 08:49:47 1994", Some(10)),
            // over already
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("1, 2", None),
        ] {
            assert_eq!(seconds(value), expected, "{value:?}");
        }
        assert_eq!(retry_after(b"\xff", now), None);
    }
}
