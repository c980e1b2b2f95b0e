//! Counts per column of time, and the first few events themselves.

/// Columns of a picture: about three px each.
pub(super) const COLUMNS: usize = 200;
/// A row with no more events than this shows each of them.
const MARKS_MAX: usize = 24;

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    pub(super) end_us: u64,
}

impl Grid {
    /// Which of `columns` equal parts a time lies in; the last one takes what lies beyond.
    pub(super) fn place(self, at_us: u64, columns: usize) -> usize {
        let place = u128::from(at_us) * columns as u128 / u128::from(self.end_us.max(1));
        usize::try_from(place).unwrap_or(usize::MAX).min(columns - 1)
    }
}

/// One sort of events on a lane.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bins {
    counts: Vec<u64>,
    marks: Vec<(f64, String)>,
    total: u64,
}

impl Bins {
    /// Counts an event. `words` are only made for the first few.
    pub(super) fn add(&mut self, grid: Grid, at_us: u64, words: impl FnOnce() -> String) {
        self.counts.resize(COLUMNS, 0);
        self.counts[grid.place(at_us, COLUMNS)] += 1;
        self.total += 1;
        if self.marks.len() < MARKS_MAX {
            self.marks.push((at_us as f64 / 1e6, words()));
        }
    }

    /// The events themselves, if they are few.
    pub(super) fn marks(&self) -> Option<&[(f64, String)]> {
        (self.total <= MARKS_MAX as u64).then_some(&self.marks)
    }

    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }
}

/// The greatest value in each column of something that stays as it is until it changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Gauge {
    peaks: Vec<u64>,
    value: u64,
}

impl Gauge {
    pub(super) fn set(&mut self, grid: Grid, at_us: u64, value: u64) {
        let column = grid.place(at_us, COLUMNS);
        if self.peaks.len() <= column {
            self.peaks.resize(column + 1, self.value);
        }
        self.value = value;
        // hosts take turns to live through a tick, so time may step back by one
        self.peaks[column] = self.peaks[column].max(value);
    }

    pub(super) fn peaks(&self) -> Vec<u64> {
        let mut peaks = self.peaks.clone();
        peaks.resize(COLUMNS, self.value);
        peaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lie_in_their_columns() {
        let grid = Grid { end_us: 2_000 };
        let places: Vec<_> = [0, 9, 10, 1_999, 2_000, u64::MAX]
            .map(|at| grid.place(at, COLUMNS))
            .into();
        assert_eq!(places, [0, 0, 1, 199, 199, 199]);
        assert_eq!(
            Grid { end_us: 0 }.place(5, COLUMNS),
            199,
            "an empty run is no division by zero"
        );
    }

    #[test]
    fn a_gauge_holds_its_value_and_shows_peaks() {
        let (grid, mut gauge) = (Grid { end_us: 200 }, Gauge::default());
        for (at, value) in [(10, 3), (10, 9), (10, 2), (12, 0)] {
            gauge.set(grid, at, value);
        }
        assert_eq!(gauge.peaks()[8..14], [0, 0, 9, 2, 2, 0]);
    }

    #[test]
    fn few_events_are_marks_and_many_are_not() {
        let mut bins = Bins::default();
        for at in 0..MARKS_MAX as u64 {
            bins.add(Grid { end_us: 100 }, at, || at.to_string());
        }
        assert_eq!(bins.marks().map(<[_]>::len), Some(MARKS_MAX));
        bins.add(Grid { end_us: 100 }, 5, String::new);
        assert_eq!((bins.marks(), bins.counts().iter().sum()), (None, 25));
    }
}
