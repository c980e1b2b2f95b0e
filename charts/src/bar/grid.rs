//! Positions that upright and lying bars share: an axis of groups ("along") and an axis of values.

use crate::scale::Domain;

/// Positions common to both ways.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) upright: bool,
    pub(crate) domain: Domain,
    /// px of the domain's low and high end, along the axis of values.
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// px of the first group's slot, its extent, and the thickness of one bar.
    pub(crate) start: f64,
    pub(crate) slot: f64,
    pub(crate) bar: f64,
    pub(crate) per_group: usize,
}

impl Grid {
    pub(crate) fn value(&self, value: f64) -> f64 {
        self.from + self.domain.position(value).clamp(0.0, 1.0) * (self.to - self.from)
    }

    pub(crate) fn middle(&self, group: usize) -> f64 {
        self.start + self.slot * (group as f64 + 0.5)
    }

    /// Centre of bar `index` of a group, along the axis of groups.
    pub(crate) fn centre(&self, group: usize, index: usize) -> f64 {
        self.middle(group) + self.bar * (index as f64 + 0.5 - self.per_group as f64 / 2.0)
    }
}
