//! A histogram as the few bars that are not empty: what a row of a series holds, in a hundredth of the memory.

use crate::record::histogram;
use hdrhistogram::Histogram;

/// (highest value of the bar in nanoseconds, how many), ascending; no bar is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bars(Vec<(u64, u64)>);

impl Bars {
    pub(super) fn of(histogram: &Histogram<u64>) -> Self {
        let bars = histogram.iter_recorded();
        Self(
            bars.map(|bar| (bar.value_iterated_to(), bar.count_at_value()))
                .collect(),
        )
    }

    /// Of bars made up: ascending, none of them empty.
    #[cfg(test)]
    pub(super) fn made_up(bars: Vec<(u64, u64)>) -> Self {
        Self(bars)
    }

    pub fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }

    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The histogram again: a bar's highest value lies in that bar.
    pub fn histogram(&self) -> Histogram<u64> {
        let mut whole = histogram();
        self.add_to(&mut whole);
        whole
    }

    pub(super) fn add_to(&self, whole: &mut Histogram<u64>) {
        for (value, count) in &self.0 {
            whole.saturating_record_n(*value, *count);
        }
    }

    /// Bars of one kind of histogram have the same highest values.
    pub(super) fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_the_histogram() {
        let mut whole = histogram();
        for value in [1_u64, 999, 2_047, 2_048, 2_049, 1_000_003, u64::MAX] {
            whole.saturating_record_n(value, value % 7 + 1);
        }
        let bars = Bars::of(&whole);
        assert_eq!(bars.histogram(), whole);
        assert_eq!(bars.count(), whole.len());
        let mut twice = bars.clone();
        twice.merge(&bars);
        let mut sum = whole.clone();
        crate::record::add(&mut sum, &whole);
        assert_eq!(twice, Bars::of(&sum));
        twice.merge(&Bars::default());
        assert_eq!(twice.histogram(), sum);
    }
}
