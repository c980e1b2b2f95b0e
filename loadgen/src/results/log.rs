//! An HdrHistogram interval log (V2): this tool's own, and those of others.
//!
//! Ours tells its whole-run histograms and its intervals apart by tags (`response`, `service`, …, `response_interval`).
//! In another tool's log the lines without a tag are intervals of the one thing it measured, and their sum is taken
//! for response time; lines with a tag are kept under it.
//!
//! A log does not say in which unit its values are: `Interval_Max` is divided by a number of the writer's choice, and
//! the values themselves are bare integers. Ours says so in a comment; of others nanoseconds are assumed, which is what
//! HdrHistogram's own tools record in, unless the caller knows better (YCSB and cassandra-stress: microseconds).

use super::bars::Bars;
use crate::record::{add, decode_text, decode_text_in, histogram};
use crate::report::hlog::{Line, write_lines};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{
    IntervalLogHistogram, IntervalLogIterator, LogEntry, LogIteratorError,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::str::FromStr;
use std::time::Duration;

/// The comment that [`crate::hlog`] writes.
const OURS: &[u8] = b"values in nanoseconds";
pub(super) const RESPONSE: &str = "response";
const INTERVAL: &str = "response_interval";
/// Ours has eight; each is a quarter megabyte.
const TAGS_MAX: usize = 64;
/// As many as a series of this tool has at most.
const ROWS_MAX: usize = 110_000;

/// The year 5138; later ones do not fit the system's own times.
pub(super) const UNIX_SECONDS_MAX: f64 = 1e11;

/// Of the values of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    Microseconds,
    Milliseconds,
}

impl Unit {
    fn nanos(self) -> u64 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
        }
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ns" => Ok(Self::Nanoseconds),
            "us" | "µs" => Ok(Self::Microseconds),
            "ms" => Ok(Self::Milliseconds),
            _ => Err(format!("{text:?} is no unit: write ns, us or ms")),
        }
    }
}

/// What a log holds, in nanoseconds.
#[derive(Debug, Clone)]
pub struct Log {
    /// Since the Unix epoch; zero where the log does not say.
    pub started: Duration,
    /// Of the whole run.
    pub response: Histogram<u64>,
    /// Other histograms of the whole run, by tag.
    pub others: BTreeMap<String, Histogram<u64>>,
    /// Response time over the run, in the order of the file.
    pub rows: Vec<LogRow>,
    /// What had to be assumed.
    pub notes: Vec<String>,
}

/// Response times of one interval.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// Since the start of the log.
    pub from: Duration,
    pub length: Duration,
    pub response: Bars,
}

impl Log {
    /// Reads a log; `unit` is that of its values where it does not say so itself.
    pub fn parse(text: &[u8], unit: Option<Unit>) -> Result<Self, String> {
        let ours = text.windows(OURS.len()).take(512).any(|window| window == OURS);
        let mut log = Self {
            started: Duration::ZERO,
            response: histogram(),
            others: BTreeMap::new(),
            rows: Vec::new(),
            notes: Vec::new(),
        };
        let unit = match (ours, unit) {
            (true, None | Some(Unit::Nanoseconds)) => Unit::Nanoseconds,
            (true, Some(_)) => return Err("it says itself that its values are nanoseconds".into()),
            (false, Some(unit)) => unit,
            (false, None) => {
                let note = "the log does not tell its unit: nanoseconds are assumed (--unit says otherwise)";
                log.notes.push(note.into());
                Unit::Nanoseconds
            }
        };
        let mut any = false;
        for entry in IntervalLogIterator::new(text) {
            match entry {
                Ok(LogEntry::StartTime(at)) if at.as_secs_f64() <= UNIX_SECONDS_MAX => log.started = at,
                Ok(LogEntry::StartTime(_) | LogEntry::BaseTime(_)) => {}
                Ok(LogEntry::Interval(line)) => any |= log.take(&line, unit)?,
                Err(LogIteratorError::ParseError { offset }) => {
                    let number = text[..offset].iter().filter(|byte| **byte == b'\n').count() + 1;
                    return Err(format!(
                        "it is neither a result (JSON) nor an interval log (line {number} is not understood)"
                    ));
                }
            }
        }
        match (any, log.others.is_empty()) {
            (true, _) => Ok(log),
            (false, true) => Err("it is an interval log without a histogram".into()),
            (false, false) => Err(format!(
                "it has neither lines tagged {RESPONSE} nor lines without a tag; its tags are {}",
                log.others.keys().cloned().collect::<Vec<_>>().join(", ")
            )),
        }
    }

    /// Takes one line in; whether it was of response time over the whole run.
    fn take(&mut self, line: &IntervalLogHistogram<'_>, unit: Unit) -> Result<bool, String> {
        let at = line.start_timestamp();
        let wrong = |error: String| format!("the histogram at {:.3} s: {error}", at.as_secs_f64());
        let text = line.encoded_histogram();
        let of = match unit {
            Unit::Nanoseconds => decode_text(text),
            other => decode_text_in(text, other.nanos()),
        };
        let of = of.map_err(wrong)?;
        let tag = line.tag().map(|tag| tag.as_str().to_owned());
        if tag.as_deref().is_none_or(|tag| tag == INTERVAL) {
            if self.rows.len() == ROWS_MAX {
                return Err(format!("it has more than {ROWS_MAX} intervals"));
            }
            self.rows.push(LogRow {
                from: at,
                length: line.duration(),
                response: Bars::of(&of),
            });
        }
        match tag.as_deref() {
            None | Some(RESPONSE) => {
                add(&mut self.response, &of);
                return Ok(true);
            }
            Some(INTERVAL) => {}
            Some(tag) if self.others.len() == TAGS_MAX && !self.others.contains_key(tag) => {
                return Err(format!("it has more than {TAGS_MAX} different tags"));
            }
            Some(tag) => add(self.others.entry(tag.to_owned()).or_insert_with(histogram), &of),
        }
        Ok(false)
    }

    /// Whether the intervals are those of the whole, which they are not where they hold a warm-up too.
    pub fn rows_are_the_whole(&self) -> bool {
        self.rows.iter().map(|row| row.response.count()).sum::<u64>() == self.response.len()
    }

    /// Writes it as a log of this tool.
    pub fn write(&self, to: &mut impl io::Write) -> io::Result<()> {
        let ends = self.rows.iter().map(|row| row.from.saturating_add(row.length));
        let length = ends.max().unwrap_or_default();
        let others = self.others.iter().map(|(tag, of)| (tag.as_str(), of));
        let whole = std::iter::once((RESPONSE, &self.response)).chain(others);
        let whole = whole.map(|(tag, of)| Line {
            tag,
            from: Duration::ZERO,
            length,
            histogram: Cow::Borrowed(of),
        });
        let rows = self.rows.iter().map(|row| Line {
            tag: INTERVAL,
            from: row.from,
            length: row.length,
            histogram: Cow::Owned(row.response.histogram()),
        });
        write_lines(to, self.started, whole.chain(rows))
    }
}
