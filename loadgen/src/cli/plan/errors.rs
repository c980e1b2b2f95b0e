//! Collects errors; a value that is wrong is replaced by one that isn't, so that the rest can be checked too.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// Stand in for times that were not understood, so that nothing else seems wrong because of them.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3_600);
pub(super) const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Errors(Vec<String>);

impl Errors {
    pub(super) fn add(&mut self, error: impl Into<String>) {
        self.0.push(error.into());
    }

    pub(super) fn add_all(&mut self, errors: impl IntoIterator<Item = String>) {
        self.0.extend(errors);
    }

    pub(super) fn parse<T: FromStr>(&mut self, flag: &str, text: &str, what: &str, instead: T) -> T {
        text.parse().unwrap_or_else(|_| {
            self.add(format!("{flag}: {text:?} is not {what}"));
            instead
        })
    }

    pub(super) fn duration(&mut self, flag: &str, text: &str, instead: Duration) -> Duration {
        duration(text).unwrap_or_else(|| {
            self.add(format!(
                "{flag}: {text:?} is not a time with its unit, as in 500ms, 10s or 2m"
            ));
            instead
        })
    }

    /// The value, or the errors with the flag's name before each.
    pub(super) fn take<T, E: Display>(
        &mut self,
        flag: &str,
        result: Result<T, impl IntoIterator<Item = E>>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(errors) => {
                let errors = errors.into_iter().map(|error| format!("{flag}: {error}"));
                self.0.extend(errors);
                None
            }
        }
    }

    pub(super) fn into_result(self) -> Result<(), Vec<String>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// A time that is no more than a year: humantime panics on sums that overflow.
fn duration(text: &str) -> Option<Duration> {
    const YEAR: Duration = Duration::from_secs(366 * 24 * 3_600);
    const DIGITS_MAX: usize = 10;
    let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    if digits.is_none_or(|digits| digits > DIGITS_MAX) {
        return None;
    }
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| *duration <= YEAR)
}
