//! The time series in columns: whole intervals each, few enough to draw, every answer in one of them.
//!
//! A run's end seldom meets that of an interval. What is left of one, and the answers that trickle in within one
//! interval after the last release, count in the last column, whose rate is over the time that it really covers: a stub
//! of a second would be drawn as a collapse of the rate. A drain that lasts longer is part of the picture.

use crate::record::{Recording, Row};
use crate::report::Document;
use hdrhistogram::Histogram;
use std::time::Duration;

/// As many as a heat map takes.
const COLUMNS_MAX: usize = 400;
/// Far above what a series holds: a document from a file may say that it ran for ages.
const INTERVALS_MAX: usize = 1_000_000_000;

/// Intervals joined to columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    rows: &'a [Row],
    interval_s: f64,
    /// Intervals on the axis, with a row or, where nothing happened at the end, without. Rows beyond belong to the
    /// last column.
    kept: usize,
    /// Rows of a column.
    per: usize,
    released_s: f64,
    drains: bool,
}

/// One column. Times in seconds since the start of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    /// How long requests were released in it; nothing in a drain.
    pub(super) released_s: f64,
    /// How long outcomes were counted in it.
    pub(super) seconds: f64,
    pub(super) rows: &'a [Row],
}

impl<'a> Columns<'a> {
    /// None without a series, or with an empty one.
    pub(super) fn new(recording: &'a Recording) -> Option<Self> {
        let series = recording.series.as_ref()?;
        let (rows, interval_s) = (series.rows(), series.interval().as_secs_f64());
        if rows.is_empty() || interval_s <= 0.0 {
            return None;
        }
        let released_s = match recording.released_for.as_secs_f64() {
            // what does not say how long it ran, ran as long as its rows
            0.0 => interval_s * rows.len() as f64,
            released_s => released_s,
        };
        let drains = recording.last_outcome.as_secs_f64() > released_s + interval_s;
        let released = ((released_s / interval_s).round() as usize).clamp(1, INTERVALS_MAX);
        let kept = if drains {
            released.max(rows.len())
        } else {
            released
        };
        Some(Self {
            rows,
            interval_s,
            kept,
            per: kept.div_ceil(COLUMNS_MAX),
            released_s,
            drains,
        })
    }

    pub(super) fn count(self) -> usize {
        self.kept.div_ceil(self.per)
    }

    /// Of one column.
    pub(super) fn width(self) -> Duration {
        Duration::try_from_secs_f64(self.width_s()).unwrap_or(Duration::MAX)
    }

    /// Where the last column ends.
    pub(super) fn end_s(self) -> f64 {
        self.width_s() * self.count() as f64
    }

    /// From when to when answers came that nothing was released beside, if that is worth a name.
    pub(super) fn drain_s(self) -> Option<(f64, f64)> {
        self.drains.then(|| (self.released_s, self.end_s()))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Column<'a>> {
        (0..self.count()).map(move |index| self.column(index))
    }

    fn width_s(self) -> f64 {
        self.interval_s * self.per as f64
    }

    fn column(self, index: usize) -> Column<'a> {
        let last = index + 1 == self.count();
        let first_row = index * self.per;
        let end_row = (first_row + self.per).min(self.kept);
        let from_s = self.interval_s * first_row as f64;
        let to_s = self.interval_s * end_row as f64;
        let covered = if last && !self.drains {
            self.released_s - from_s
        } else {
            to_s - from_s
        };
        Column {
            from_s,
            to_s,
            released_s: ((from_s + covered).min(self.released_s) - from_s).max(0.0),
            seconds: covered.max(0.0),
            rows: self.rows_of(first_row, if last { usize::MAX } else { end_row }),
        }
    }

    fn rows_of(self, first: usize, end: usize) -> &'a [Row] {
        let end = end.min(self.rows.len());
        self.rows.get(first..end).unwrap_or_default()
    }
}

impl Column<'_> {
    pub(super) fn sum(&self, of: impl Fn(&Row) -> u64) -> u64 {
        self.rows.iter().map(of).fold(0, u64::saturating_add)
    }

    /// The histograms of its rows in one.
    pub(super) fn merged(&self, of: impl Fn(&Row) -> Histogram<u64>) -> Histogram<u64> {
        let mut sum = crate::record::histogram();
        for row in self.rows {
            crate::record::add(&mut sum, &of(row));
        }
        sum
    }
}

/// What has a name on the time axis, in seconds: the warm-up and a long drain.
pub(super) fn stretches(document: &Document, columns: Columns<'_>) -> Vec<(&'static str, f64, f64)> {
    let warmup_s = document.recording.warmup.as_secs_f64();
    let warmup = (warmup_s > 0.0).then(|| ("warm-up", 0.0, warmup_s.min(columns.end_s())));
    let drain = columns.drain_s().map(|(from, to)| ("drain", from, to));
    warmup.into_iter().chain(drain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobSpec;

    /// `per_second` requests due each second of `released`, each answered or not after `took`.
    fn recording(released: Duration, per_second: u64, took: Duration) -> Recording {
        let mut spec = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test");
        spec.interval = Some(Duration::from_secs(1));
        let mut recording = Recording::new(&spec.build().expect("valid"));
        let gap = Duration::from_secs(1) / per_second as u32;
        let mut at = Duration::ZERO;
        while at < released {
            recording.planned(at, at);
            recording.failed(at, at + took, crate::event::Failure::Connect, "as planned");
            at += gap;
        }
        recording.close(released);
        recording
    }

    fn columns(recording: &Recording) -> Vec<Column<'_>> {
        Columns::new(recording).expect("a series").iter().collect()
    }

    #[test]
    fn every_row_is_in_one_column() {
        for seconds in [1, 2, 399, 400, 401, 800, 1_201] {
            let recording = recording(Duration::from_secs(seconds), 2, Duration::from_millis(700));
            let columns = columns(&recording);
            assert!(
                (1..=COLUMNS_MAX).contains(&columns.len()),
                "{seconds} s: {}",
                columns.len()
            );
            let of = |of: fn(&Row) -> u64| columns.iter().map(|column| column.sum(of)).sum::<u64>();
            assert_eq!(
                (of(|row| row.planned), of(|row| row.failed)),
                (2 * seconds, 2 * seconds)
            );
            assert!(columns.windows(2).all(|pair| pair[0].to_s == pair[1].from_s));
        }
    }

    /// Neither a stub of an interval nor the stragglers of the last one bend the rate.
    #[test]
    fn the_end_of_a_run_has_the_rate_of_its_middle() {
        for tenths in 96..=106 {
            let released = Duration::from_millis(tenths * 100);
            let recording = recording(released, 100, Duration::from_millis(50));
            let columns = columns(&recording);
            let last = columns.last().expect("one");
            let rate = last.sum(|row| row.planned) as f64 / last.released_s;
            assert!((rate - 100.0).abs() < 1.0, "{released:?}: {rate}");
            let rate = last.sum(|row| row.failed) as f64 / last.seconds;
            assert!((rate - 100.0).abs() <= 10.0, "{released:?}: {rate}");
        }
    }

    #[test]
    fn a_long_drain_has_columns_of_its_own() {
        let recording = recording(Duration::from_secs(5), 10, Duration::from_secs(3));
        let all = Columns::new(&recording).expect("a series");
        assert_eq!((all.drain_s(), all.end_s()), (Some((5.0, 8.0)), 8.0));
        let released: f64 = all.iter().map(|column| column.released_s).sum();
        assert!((released - 5.0).abs() < 1e-9, "{released}");
    }
}
