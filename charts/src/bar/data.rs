//! The data of a bar drawing, and what is refused of it.

use crate::frame::Head;
use crate::{Axis, Error, scale, theme};

/// Bars in one drawing: more do not fit a screen.
const BARS_MAX: usize = 160;
/// Digits of the values written beside bars.
const DIGITS: usize = 3;

/// One bar's value; maybe with an interval, maybe not there at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    pub(crate) value: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
}

impl Value {
    pub fn new(value: f64) -> Self {
        Self {
            value: Some(value),
            interval: None,
        }
    }

    /// Not measured: drawn as "–", which is not the same as zero.
    pub fn missing() -> Self {
        Self {
            value: None,
            interval: None,
        }
    }

    /// With an error bar from `low` to `high`.
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.interval = Some((low, high));
        self
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

/// Bars in groups: every series has one value per group.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub(crate) head: Head,
    pub(crate) axis: Axis,
    pub(crate) groups: Vec<String>,
    pub(crate) series: Vec<Row>,
    pub(crate) stacked: bool,
    pub(crate) sideways: bool,
    pub(crate) digits: usize,
}

/// One series of bars.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) values: Vec<Value>,
    pub(crate) colour: usize,
}

impl Bar {
    /// `axis` is the axis of the values.
    pub fn new(title: impl Into<String>, axis: Axis) -> Self {
        Self {
            head: Head::titled(title),
            axis,
            groups: Vec::new(),
            series: Vec::new(),
            stacked: false,
            sideways: false,
            digits: DIGITS,
        }
    }

    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.head.subtitle = subtitle.into();
        self
    }

    /// Small print below: source, method, seed.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.head.note = note.into();
        self
    }

    /// The names of the groups, in the order drawn.
    pub fn groups<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.groups = names.into_iter().map(Into::into).collect();
        self
    }

    /// One series: a value for each group. An empty name keeps it out of the legend.
    pub fn series<V: Into<Value>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.series.push(Row {
            name: name.into(),
            values,
            colour: self.series.len(),
        });
        self
    }

    /// The last series in the theme's colour number `index` (from 0).
    pub fn colour(mut self, index: usize) -> Self {
        if let Some(row) = self.series.last_mut() {
            row.colour = index;
        }
        self
    }

    /// Series on top of each other, with their total written out. Intervals of parts are not drawn.
    pub fn stacked(mut self) -> Self {
        self.stacked = true;
        self
    }

    /// Bars lying on their side even if they would fit upright.
    pub fn sideways(mut self) -> Self {
        self.sideways = true;
        self
    }

    /// Significant digits of the values written beside the bars (3 unless told).
    pub fn digits(mut self, digits: usize) -> Self {
        self.digits = digits;
        self
    }

    /// Where a bar of this drawing ends: (start, end, interval) of its value, stacked or not.
    pub(crate) fn extent(&self, series: usize, group: usize) -> Option<(f64, f64)> {
        let value = self.series[series].values[group].value?;
        if !self.stacked {
            return Some((0.0, value));
        }
        let below: f64 = self.series[..series]
            .iter()
            .filter_map(|row| row.values[group].value)
            .sum();
        Some((below, below + value))
    }

    /// The sum of a group's parts; `None` if none was measured.
    pub(crate) fn total(&self, group: usize) -> Option<f64> {
        let parts: Vec<f64> = self
            .series
            .iter()
            .filter_map(|row| row.values[group].value)
            .collect();
        (!parts.is_empty()).then(|| parts.iter().sum())
    }

    /// Every value the axis must hold.
    pub(crate) fn reach(&self) -> Vec<f64> {
        let ends = (0..self.series.len()).flat_map(|s| {
            (0..self.groups.len())
                .filter_map(move |g| self.extent(s, g))
                .flat_map(|(a, b)| [a, b])
        });
        let intervals = self
            .series
            .iter()
            .flat_map(|row| row.values.iter().filter_map(|v| v.interval));
        let intervals = intervals.filter(|_| !self.stacked).flat_map(|(a, b)| [a, b]);
        ends.chain(intervals).collect()
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        scale::check_axis(&self.axis)?;
        let holds_zero = self
            .axis
            .range
            .is_none_or(|(low, high)| low <= 0.0 && high >= 0.0);
        if self.axis.log || !holds_zero {
            return Err(Error::BarAxis {
                place: format!("axis {:?}", self.axis.title),
            });
        }
        let found = self.groups.len() * self.series.len();
        if found > BARS_MAX || self.series.len() > theme::COLOURS {
            let (place, limit, found) = if found > BARS_MAX {
                ("bars", BARS_MAX, found)
            } else {
                ("series of bars", theme::COLOURS, self.series.len())
            };
            return Err(Error::TooMany {
                place: place.to_owned(),
                limit,
                found,
            });
        }
        self.series.iter().try_for_each(|row| self.check_row(row))
    }

    fn check_row(&self, row: &Row) -> Result<(), Error> {
        let place = format!("series {:?}", row.name);
        let (expected, found) = (self.groups.len(), row.values.len());
        if expected != found {
            return Err(Error::Length {
                place,
                expected,
                found,
            });
        }
        for (index, value) in row.values.iter().enumerate() {
            let ends = value
                .interval
                .map(|(low, high)| [low, high])
                .into_iter()
                .flatten();
            scale::check(
                &format!("{place}, group {index}"),
                false,
                value.value.into_iter().chain(ends),
            )?;
            if let Some((low, high)) = value.interval.filter(|(low, high)| low > high) {
                return Err(Error::Reversed { place, low, high });
            }
            if let Some(value) = value.value.filter(|v| self.stacked && *v < 0.0) {
                return Err(Error::NegativePart { place, index, value });
            }
        }
        Ok(())
    }
}
