//! Durations, sizes, probabilities and counts as people type them, each one word.
//!
//! What is printed reads back as the same value. Messages are fragments that a caller prefixes with the place.

use std::time::Duration;

/// The largest body: more than any test sends, far below where adding sizes up overflows.
pub(crate) const BYTES_MAX: u64 = 1 << 40;

/// The longest time: a day.
pub(crate) const TIME_MAX: Duration = workload::dist::SAMPLE_MAX;

const BINARY: [(&str, u64); 4] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
];
const DECIMAL: [(&str, u64); 4] = [
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

pub(crate) fn parse_time(text: &str) -> Result<Duration, String> {
    let value = humantime::parse_duration(text)
        .map_err(|e| format!("{text:?} is not a duration ({e}); write it like 200ms or 50us"))?;
    if value.subsec_nanos() % 1_000 != 0 {
        return Err(format!("{text:?} is finer than a microsecond"));
    }
    if value > TIME_MAX {
        return Err(format!("{text:?} is longer than a day"));
    }
    Ok(value)
}

/// Without the spaces that humantime puts in.
pub(crate) fn show_time(value: Duration) -> String {
    humantime::format_duration(value).to_string().replace(' ', "")
}

pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size; write it like 512, 64KiB or 1MiB");
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let factor = match &text[digits..] {
        "" | "B" => 1,
        unit => {
            BINARY
                .iter()
                .chain(&DECIMAL)
                .find(|(name, _)| *name == unit)
                .ok_or_else(wrong)?
                .1
        }
    };
    number
        .checked_mul(factor)
        .filter(|bytes| *bytes <= BYTES_MAX)
        .ok_or_else(|| format!("{text:?} is larger than {}", show_bytes(BYTES_MAX)))
}

pub(crate) fn show_bytes(bytes: u64) -> String {
    match BINARY
        .iter()
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
    {
        Some((unit, factor)) => format!("{}{unit}", bytes / factor),
        None => format!("{bytes}B"),
    }
}

pub(crate) fn parse_share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| format!("{text:?} is not a probability; write a number from 0 to 1, like 0.3"))
}

pub(crate) fn parse_status(text: &str) -> Result<u16, String> {
    text.parse()
        .ok()
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| format!("{text:?} is not a final HTTP status; write 200 to 599"))
}

pub(crate) fn parse_count(text: &str, max: u64) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|count| *count <= max)
        .ok_or_else(|| format!("{text:?} is not a whole number from 0 to {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read_in_both_systems() {
        assert_eq!(parse_bytes("64KiB"), Ok(65_536));
        assert_eq!(parse_bytes("64kB"), Ok(64_000));
        assert_eq!(parse_bytes("7"), Ok(7));
        for bad in ["", "KiB", "1.5MiB", "1kib", "-1", "2TiB", "99999999999999999999"] {
            parse_bytes(bad).expect_err(bad);
        }
    }

    proptest! {
        #[test]
        fn sizes_round_trip(bytes in 0..=BYTES_MAX, shift in 0..40_u32) {
            let bytes = bytes >> shift << shift;
            prop_assert_eq!(parse_bytes(&show_bytes(bytes)), Ok(bytes));
        }

        #[test]
        fn times_round_trip(micros in 0..=TIME_MAX.as_micros() as u64) {
            let time = Duration::from_micros(micros);
            prop_assert_eq!(parse_time(&show_time(time)), Ok(time));
        }
    }
}
