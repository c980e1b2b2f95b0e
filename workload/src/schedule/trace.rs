//! Arrivals as they were recorded: one time per line, since the start of the run.
//!
//! A time is a decimal number of seconds (`0.001234`) or a duration (`1ms`). `#` begins a comment; empty lines
//! are skipped. Times ascend; equal ones are arrivals at once. Nothing is guessed: a header or a second column
//! is an error.
//!
//! Units: whole nanoseconds, read digit by digit and kept exactly; finer digits are rounded to nearest. Memory:
//! 8 bytes per arrival, shared by all streams, 400 MB at the most.

use super::due::{TIME_MAX, duration};
use std::sync::Arc;
use std::time::Duration;

/// 400 MB of times, seven hours at 2 000/s.
pub const ARRIVALS_MAX: usize = 50_000_000;
/// A file of the wrong kind is wrong in every line; the first ones show how.
const ERRORS_SHOWN: usize = 20;
/// Of a wrong line, in its error.
const SHOWN_CHARS_MAX: usize = 60;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Intended times, ascending; at least one. Cloning it is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Not `Arc<[u64]>`: making one copies, and for a moment there would be 800 MB.
    nanos: Arc<Vec<u64>>,
}

impl Trace {
    /// Reads a trace, or says what is wrong: the first errors, each with its line, and how many more.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let newlines = text.bytes().filter(|byte| *byte == b'\n').count();
        let mut nanos = Vec::with_capacity((newlines + 1).min(ARRIVALS_MAX));
        let mut errors = Errors::default();
        // the latest time so far, and its line
        let (mut latest, mut latest_line) = (0, 0);
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            match time(line) {
                Err(error) => errors.push(format!("line {number} of the trace, {}: {error}", shown(line))),
                Ok(time) if time < latest => errors.push(format!(
                    "line {number} of the trace, {}: it is before the time in line {latest_line}; sort the \
                     trace by time",
                    shown(line)
                )),
                Ok(_) if nanos.len() == ARRIVALS_MAX => {
                    errors.push(format!(
                        "the trace goes on in line {number}, but {ARRIVALS_MAX} arrivals are the most; split it"
                    ));
                    break;
                }
                Ok(time) => {
                    nanos.push(time);
                    (latest, latest_line) = (time, number);
                }
            }
        }
        if errors.is_empty() && nanos.is_empty() {
            errors
                .push("the trace has no arrivals; write one time per line, like 0.001234 or 1ms".to_owned());
        }
        if errors.is_empty() {
            Ok(Self {
                nanos: Arc::new(nanos),
            })
        } else {
            Err(errors.told())
        }
    }

    /// A trace of times that were made and not read; they must ascend too, and the same bounds hold. What is wrong: the
    /// first errors, each with its place from 0, and how many more.
    pub fn new(times: &[Duration]) -> Result<Self, Vec<String>> {
        let mut errors = Errors::default();
        if !(1..=ARRIVALS_MAX).contains(&times.len()) {
            errors.push(format!(
                "1 to {ARRIVALS_MAX} arrivals are possible, not {}",
                times.len()
            ));
        }
        let mut latest = Duration::ZERO;
        let mut nanos = Vec::with_capacity(times.len().min(ARRIVALS_MAX));
        for (index, time) in times.iter().take(ARRIVALS_MAX).enumerate() {
            let wrong = |what| format!("arrival {index}, at {time:?}: {what}");
            match bounded(time.as_nanos()) {
                Err(error) => errors.push(wrong(error)),
                Ok(_) if *time < latest => errors.push(wrong(format!("it is before one at {latest:?}"))),
                Ok(time) => nanos.push(time),
            }
            latest = latest.max(*time);
        }
        if errors.is_empty() {
            Ok(Self {
                nanos: Arc::new(nanos),
            })
        } else {
            Err(errors.told())
        }
    }

    /// How many arrivals.
    pub fn count(&self) -> usize {
        self.nanos.len()
    }

    /// From the start of the run to the last arrival.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.nanos.last().copied().unwrap_or(0))
    }

    /// The arrivals' times, in order.
    pub fn times(&self) -> impl Iterator<Item = Duration> + '_ {
        self.nanos.iter().map(|nanos| Duration::from_nanos(*nanos))
    }

    pub(super) fn get(&self, index: u64) -> Option<Duration> {
        let nanos = self.nanos.get(usize::try_from(index).ok()?)?;
        Some(Duration::from_nanos(*nanos))
    }
}

/// The first errors, and the number of the others.
#[derive(Default)]
struct Errors {
    shown: Vec<String>,
    more: usize,
}

impl Errors {
    fn push(&mut self, error: String) {
        if self.shown.len() < ERRORS_SHOWN {
            self.shown.push(error);
        } else {
            self.more += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.shown.push(format!("and {} more", self.more));
        }
        self.shown
    }
}

/// Nanoseconds of a line's time.
fn time(text: &str) -> Result<u64, String> {
    if text.contains([',', ';', '\t']) {
        return Err("it has more than one column; a trace is one time per line and nothing else".to_owned());
    }
    let time = match seconds(text) {
        Some(nanos) => nanos,
        None => duration(text)
            .map_err(|e| {
                format!(
                    "it is not a time ({e}); write seconds like 0.001234 or a duration like 1ms, and no header"
                )
            })?
            .as_nanos(),
    };
    bounded(time)
}

/// Nanoseconds of a time that a trace may have.
fn bounded(nanos: u128) -> Result<u64, String> {
    let fits = nanos <= TIME_MAX.as_nanos();
    u64::try_from(nanos)
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| "it is later than a year, the longest a trace may be".to_owned())
}

/// A plain decimal number of seconds, in nanoseconds; `None` if it is anything else.
fn seconds(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    // a number that does not fit is too late in any case
    let whole = match whole {
        "" => 0,
        _ => whole.parse::<u64>().unwrap_or(u64::MAX),
    };
    let mut place = NANOS_PER_SECOND;
    let mut nanos = 0;
    for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
        if place == 1 {
            nanos += u64::from(digit >= 5);
            break;
        }
        place /= 10;
        nanos += digit * place;
    }
    Some(u128::from(whole) * u128::from(NANOS_PER_SECOND) + u128::from(nanos))
}

/// A line in quotes, cut if it is long.
fn shown(line: &str) -> String {
    match line.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{:?}…", &line[..at]),
        None => format!("{line:?}"),
    }
}

#[cfg(test)]
mod tests;
