//! The text of `Date` (RFC 9110 §5.6.7), made once a second.

use crate::head::FieldValue;
use std::time::{Duration, UNIX_EPOCH};

/// Length of an IMF-fixdate.
const LENGTH: usize = 29;

/// A date that its owner keeps up to date.
#[derive(Debug, Clone, Copy)]
pub struct Date {
    second: u64,
    text: [u8; LENGTH],
}

impl Date {
    /// `unix` is the wall clock, since the Unix epoch.
    pub fn new(unix: Duration) -> Self {
        let mut date = Self {
            second: u64::MAX,
            text: [b' '; LENGTH],
        };
        date.refresh(unix);
        date
    }

    /// Formats anew if the second has changed.
    pub fn refresh(&mut self, unix: Duration) {
        if unix.as_secs() == self.second {
            return;
        }
        self.second = unix.as_secs();
        // the last second of the year 9999 is the last that this format can say
        let second = unix.as_secs().min(253_402_300_799);
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
        if let Ok(text) = text.as_bytes().try_into() {
            self.text = text;
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub fn value(&self) -> FieldValue<'_> {
        FieldValue::new(&self.text).unwrap_or(FieldValue::constant(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_changes_with_the_second() {
        let mut date = Date::new(Duration::from_secs(784_111_777));
        assert_eq!(date.value().text(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        date.refresh(Duration::from_millis(784_111_777_999));
        assert_eq!(date.value().text(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        date.refresh(Duration::from_millis(784_111_778_000));
        assert_eq!(date.value().text(), Some("Sun, 06 Nov 1994 08:49:38 GMT"));
        date.refresh(Duration::from_secs(u64::MAX));
        assert_eq!(date.value().text(), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
    }
}
