//! Offered rates as people type them: `2000` per second, `1500.5`, or a number per time: `50/1s`, `3000/1m`,
//! `100/250ms`, `50/s`.
//!
//! Kept as a float per second; `Display` gives its shortest exact form, so it reads back as the same rate.
//! Invariant: within `RATE_MIN..=RATE_MAX`, so that squares of rates stay far inside a float's range.

use super::due::duration;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One arrival in 31 years; less is a pause.
const RATE_MIN: f64 = 1e-9;
/// One arrival per nanosecond, the unit of intended times; above it arrivals could no longer be told apart.
const RATE_MAX: f64 = 1e9;

const FORMS: &str = "write arrivals per second like 2000, or per time like 50/1s, 3000/1m or 100/250ms";

/// Arrivals per second, above zero.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// A rate from a number of arrivals per second, or what is wrong with it.
    pub fn new(per_second: f64) -> Result<Self, String> {
        checked(per_second, &per_second.to_string()).map(Self)
    }

    pub fn per_second(&self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        checked(number(text)?, text).map(Self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A rate per second that may also be zero: a pause.
pub(super) fn rate_or_pause(text: &str) -> Result<f64, String> {
    let per_second = number(text)?;
    if per_second == 0.0 {
        return Ok(0.0);
    }
    checked(per_second, text)
}

fn checked(per_second: f64, text: &str) -> Result<f64, String> {
    if !per_second.is_finite() || per_second <= 0.0 {
        Err(format!("{text:?} is not a rate above zero; {FORMS}"))
    } else if per_second < RATE_MIN {
        Err(format!(
            "{text:?} is less than one arrival in 31 years, the lowest rate there is; {FORMS}"
        ))
    } else if per_second > RATE_MAX {
        Err(format!(
            "{text:?} is more than one arrival per nanosecond, the highest rate there is; {FORMS}"
        ))
    } else {
        Ok(per_second)
    }
}

/// The number per second that a text means, whether or not it makes sense as a rate.
fn number(text: &str) -> Result<f64, String> {
    let (count, per) = match text.split_once('/') {
        None => (text, Duration::from_secs(1)),
        Some((count, per)) => (count, unit(text, per.trim())?),
    };
    let count: f64 = count
        .trim()
        .parse()
        .map_err(|_| format!("{text:?} is not a rate; {FORMS}"))?;
    Ok(count / per.as_secs_f64())
}

/// The time below the slash; a bare unit is one of it.
fn unit(text: &str, per: &str) -> Result<Duration, String> {
    let one = if per.starts_with(|c: char| c.is_ascii_digit()) {
        per.to_owned()
    } else {
        format!("1{per}")
    };
    let time = duration(&one)
        .map_err(|e| format!("{text:?} is not a rate: {per:?} is not a time ({e}); {FORMS}"))?;
    if time.is_zero() {
        return Err(format!(
            "{text:?} is not a rate: it is per no time at all; {FORMS}"
        ));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let cases = [
            ("2000", 2_000.0),
            ("1500.5", 1_500.5),
            ("50/1s", 50.0),
            ("50/s", 50.0),
            ("3000/1m", 50.0),
            ("3000 / m", 50.0),
            ("100/250ms", 400.0),
            ("1/3s", 1.0 / 3.0),
            ("1e3", 1_000.0),
            ("0.000000001", 1e-9),
        ];
        for (text, per_second) in cases {
            let rate: Rate = text.parse().expect(text);
            assert_eq!(rate.per_second(), per_second, "{text}");
            assert_eq!(rate.to_string().parse(), Ok(rate), "{text}");
        }
    }

    #[test]
    fn what_is_no_rate_says_why() {
        let cases = [
            ("", "is not a rate; write"),
            ("fast", "is not a rate; write"),
            ("0", "above zero"),
            ("-1", "above zero"),
            ("inf", "above zero"),
            ("NaN", "above zero"),
            ("0/1s", "above zero"),
            ("50/", "\"\" is not a time"),
            ("50/1", "\"1\" is not a time"),
            ("50/1parsec", "\"1parsec\" is not a time"),
            ("50/0s", "per no time at all"),
            ("/1s", "is not a rate; write"),
            ("1e10", "more than one arrival per nanosecond"),
            ("1e-10", "less than one arrival in 31 years"),
        ];
        for (text, why) in cases {
            let error = text.parse::<Rate>().expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
            assert!(error.contains("3000/1m"), "{text}: {error}");
        }
        assert!(Rate::new(f64::NAN).is_err());
        assert_eq!(rate_or_pause("0"), Ok(0.0));
        assert_eq!(rate_or_pause("0/1m"), Ok(0.0));
        assert!(rate_or_pause("-0.5").is_err());
    }
}
