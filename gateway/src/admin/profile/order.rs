//! What a query asks for.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Of wall time: an operator waits for it, and the symbols of longer ones tell nothing new.
const SECONDS: RangeInclusive<u32> = 1..=60;
/// What other tools take where nothing is said.
const SECONDS_DEFAULT: u32 = 30;

/// Per second of CPU time. Kernels tick at most this often.
const HZ: RangeInclusive<u32> = 1..=1_000;
/// A prime beside 100, so that it does not beat with what happens ten times a second.
const HZ_DEFAULT: u32 = 99;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Pprof,
    Folded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) duration: Duration,
    pub(super) hz: u32,
    pub(super) format: Format,
}

impl Order {
    /// From `seconds=5&hz=99&format=folded`; or everything that is wrong with it.
    pub(super) fn parse(query: &str) -> Result<Self, Vec<String>> {
        let (mut seconds, mut hz, mut format) = (SECONDS_DEFAULT, HZ_DEFAULT, Format::Pprof);
        let mut errors = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match (key, value) {
                ("seconds", _) => set(&mut seconds, key, value, &SECONDS, &mut errors),
                ("hz", _) => set(&mut hz, key, value, &HZ, &mut errors),
                ("format", "pprof") => format = Format::Pprof,
                ("format", "folded") => format = Format::Folded,
                ("format", _) => errors.push(format!(
                    "format: `{value}` is none of pprof, folded; any tool for flame graphs draws one from folded"
                )),
                _ => errors.push(format!("{key}: is none of seconds, hz, format")),
            }
        }
        if errors.is_empty() {
            Ok(Self {
                duration: Duration::from_secs(u64::from(seconds)),
                hz,
                format,
            })
        } else {
            Err(errors)
        }
    }
}

fn set(to: &mut u32, key: &str, value: &str, range: &RangeInclusive<u32>, errors: &mut Vec<String>) {
    match value.parse().ok().filter(|number| range.contains(number)) {
        Some(number) => *to = number,
        None => errors.push(format!(
            "{key}: `{value}` is no whole number from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let order = |seconds, hz, format| {
            Ok(Order {
                duration: Duration::from_secs(seconds),
                hz,
                format,
            })
        };
        for (query, expected) in [
            ("", order(30, 99, Format::Pprof)),
            ("seconds=1&hz=1000", order(1, 1_000, Format::Pprof)),
            ("format=folded&seconds=60", order(60, 99, Format::Folded)),
            ("seconds=0", Err(1)),
            ("seconds=61", Err(1)),
            ("seconds=1.5", Err(1)),
            ("seconds", Err(1)),
            ("hz=1001&seconds=-1&format=svg&x=1", Err(4)),
        ] {
            assert_eq!(
                Order::parse(query).map_err(|errors| errors.len()),
                expected,
                "{query}"
            );
        }
    }
}
