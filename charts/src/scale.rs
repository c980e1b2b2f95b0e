//! From values to positions, and the values worth a tick.
//!
//! Ticks of a linear axis are multiples of 1, 2, 2.5 or 5 × 10ⁿ (Heckbert, "Nice numbers for graph labels",
//! Graphics Gems, 1990); those of a logarithmic one are 1, 2, 5 per decade, or one per decade, or one every few,
//! whatever stays below the wanted count. Logarithms go through `libm`, so that pictures are the same bytes on
//! every machine. Inputs are finite and bounded: [`check`] refuses the rest before anything is computed.

use crate::{Error, number};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use std::ops::Range;

/// Larger magnitudes are refused: a label has no room for them, and 2⁵³ is where doubles skip integers.
pub const VALUE_MAX: f64 = 1e15;
/// Smaller positive values count as this on a logarithmic axis (a picosecond in seconds).
pub(crate) const LOG_MIN: f64 = 1e-12;

/// One axis: what it shows, in which unit, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) log: bool,
    pub(crate) zero: bool,
    pub(crate) range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis called `title`, in `unit` (`""` for a pure number or a count).
    pub fn new(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            unit: unit.into(),
            log: false,
            zero: true,
            range: None,
        }
    }

    /// Logarithmic. Every value on it must be positive.
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Fitted to the data instead of starting at zero. An x axis of a line drawing always is.
    pub fn fit(mut self) -> Self {
        self.zero = false;
        self
    }

    /// From `low` to `high` whatever the data; what lies outside is cut off.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Title and unit as they are set beside the axis: "latency (ms, log scale)".
    pub(crate) fn caption(&self) -> String {
        let mut notes: Vec<&str> = Vec::new();
        notes.extend((!self.unit.is_empty()).then_some(self.unit.as_str()));
        notes.extend(self.log.then_some("log scale"));
        if notes.is_empty() {
            self.title.clone()
        } else {
            format!("{} ({})", self.title, notes.join(", "))
        }
    }
}

/// A tick: where, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: String,
}

/// What an axis spans. `low` < `high` always, both positive if `log`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Domain {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) log: bool,
}

impl Domain {
    /// Of the values an axis carries, after [`check`]. No values: 0 to 1 (1 to 10 if logarithmic).
    pub(crate) fn of(axis: &Axis, values: impl Iterator<Item = f64>) -> Self {
        if let Some((low, high)) = axis.range {
            return Self {
                low,
                high,
                log: axis.log,
            };
        }
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = if axis.log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if axis.log {
            let (low, high) = (low.max(LOG_MIN), high.max(LOG_MIN));
            return if high / low < 1.001 {
                Self {
                    low: low / 2.0,
                    high: high * 2.0,
                    log: true,
                }
            } else {
                Self { low, high, log: true }
            };
        }
        if axis.zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        // a domain narrower than a double can divide would put all ticks on one value
        let least = low.abs().max(high.abs()) * 1e-9;
        if high - low <= least {
            let room = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            (low, high) = (
                if axis.zero && low == 0.0 { 0.0 } else { low - room },
                high + room,
            );
        }
        Self {
            low,
            high,
            log: false,
        }
    }

    /// Widened to the ticks around it, so that the outermost gridlines bound the data.
    pub(crate) fn widened(self, count: usize) -> Self {
        if self.log {
            return Self {
                low: round_log(self.low, false),
                high: round_log(self.high, true),
                log: true,
            };
        }
        let step = nice_step(self.high - self.low, count);
        Self {
            low: (self.low / step + 1e-9).floor() * step,
            high: (self.high / step - 1e-9).ceil() * step,
            log: false,
        }
    }

    /// Where `value` lies: 0 at `low`, 1 at `high`, beyond either outside.
    pub(crate) fn position(&self, value: f64) -> f64 {
        if self.log {
            let (low, high) = (libm::log10(self.low), libm::log10(self.high));
            (libm::log10(value.max(LOG_MIN)) - low) / (high - low)
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// At most `count` ticks (two or more where the domain has room for them), in rising order.
    pub(crate) fn ticks(&self, count: usize) -> Vec<Tick> {
        let count = count.max(2);
        if self.log {
            let decades = log_ticks(self.low, self.high, count);
            if decades.len() >= 2 {
                return decades
                    .into_iter()
                    .map(|value| Tick {
                        value,
                        text: log_text(value),
                    })
                    .collect();
            }
        }
        let step = nice_step(self.high - self.low, count);
        let decimals = number::decimals_of_step(step);
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        let steps = (last - first).max(0.0) as usize;
        (0..=steps.min(count))
            .map(|i| (first + i as f64) * step)
            .map(|value| Tick {
                value,
                text: number::fixed(value, decimals),
            })
            .collect()
    }
}

/// Far outside any drawing, and still within what viewers compute with.
const POSITION_MAX: f64 = 1e3;

/// As plotters sees it: a value's pixel, and the values worth a gridline.
impl Ranged for Domain {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let position = self.position(*value).clamp(-POSITION_MAX, POSITION_MAX);
        (f64::from(from) + position * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.max_num_points() {
            0 => Vec::new(),
            count => self.ticks(count).into_iter().map(|tick| tick.value).collect(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// Refuses what has no place on an axis. `place` names it in the error.
pub(crate) fn check(place: &str, log: bool, values: impl Iterator<Item = f64>) -> Result<(), Error> {
    for (index, value) in values.enumerate() {
        let place = || place.to_owned();
        if !value.is_finite() {
            return Err(Error::NotFinite {
                place: place(),
                index,
            });
        }
        if value.abs() > VALUE_MAX {
            return Err(Error::TooLarge {
                place: place(),
                index,
                value,
            });
        }
        if log && value <= 0.0 {
            return Err(Error::NotPositive {
                place: place(),
                index,
                value,
            });
        }
    }
    Ok(())
}

/// Refuses an axis whose explicit range cannot be drawn.
pub(crate) fn check_axis(axis: &Axis) -> Result<(), Error> {
    let Some((low, high)) = axis.range else {
        return Ok(());
    };
    let place = format!("axis {:?}", axis.title);
    check(&place, axis.log, [low, high].into_iter())?;
    if high - low <= low.abs().max(high.abs()) * 1e-9 {
        return Err(Error::Reversed { place, low, high });
    }
    Ok(())
}

/// The smallest of 1, 2, 2.5, 5 × 10ⁿ that divides `span` into fewer than `count` steps.
fn nice_step(span: f64, count: usize) -> f64 {
    let rough = span / (count.max(2) - 1) as f64;
    let magnitude = power_of_ten(libm::floor(libm::log10(rough)) as i32);
    let factor = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|f| f * magnitude >= rough * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * magnitude
}

/// Correctly rounded, where `powi` multiplies errors up: 0.001, not 0.0010000000000000002.
fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(1.0)
}

/// The nearest 1, 2 or 5 × 10ⁿ at or beyond `value`.
fn round_log(value: f64, up: bool) -> f64 {
    let exponent = libm::floor(libm::log10(value)) as i32;
    let near = (exponent - 1..=exponent + 1).flat_map(|e| [1.0, 2.0, 5.0].map(|f| f * power_of_ten(e)));
    if up {
        near.filter(|v| *v >= value * (1.0 - 1e-9))
            .fold(f64::INFINITY, f64::min)
    } else {
        near.filter(|v| *v <= value * (1.0 + 1e-9)).fold(0.0, f64::max)
    }
}

fn log_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let first = libm::floor(libm::log10(low)) as i32;
    let last = libm::ceil(libm::log10(high)) as i32;
    let within = |v: &f64| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9);
    let of = |factors: &[f64], every: i32| -> Vec<f64> {
        (first..=last)
            .filter(|e| e.rem_euclid(every) == 0)
            .flat_map(|e| factors.iter().map(move |f| f * power_of_ten(e)))
            .filter(within)
            .collect()
    };
    // the axis spans at most 27 decades (LOG_MIN to VALUE_MAX), so the last candidate has one tick or two
    [of(&[1.0, 2.0, 5.0], 1), of(&[1.0], 1)]
        .into_iter()
        .chain((2..=14).map(|every| of(&[1.0], every)))
        .find(|ticks| ticks.len() <= count)
        .unwrap_or_default()
}

fn log_text(value: f64) -> String {
    number::trimmed(value, if value < 1.0 { 12 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64, log: bool, count: usize) -> Vec<String> {
        let ticks = Domain { low, high, log }.ticks(count);
        ticks
            .into_iter()
            .map(|t| t.text.replace('\u{202f}', " "))
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            texts(0.0, 60.0, false, 7),
            ["0", "10", "20", "30", "40", "50", "60"]
        );
        assert_eq!(texts(0.0, 0.3, false, 4), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(texts(-1.0, 1.0, false, 5), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(
            texts(0.0, 20_000.0, false, 5),
            ["0", "5 000", "10 000", "15 000", "20 000"]
        );
        assert_eq!(texts(0.1, 1000.0, true, 6), ["0.1", "1", "10", "100", "1 000"]);
        assert_eq!(texts(1.0, 10.0, true, 5), ["1", "2", "5", "10"]);
        assert_eq!(texts(0.001, 1e6, true, 4), ["0.001", "1", "1 000", "1 000 000"]);
    }

    #[test]
    fn a_single_value_still_spans_something() {
        for (log, zero) in [(false, false), (false, true), (true, true)] {
            for value in [1e-9, 1.0, 42.0, VALUE_MAX] {
                let axis = Axis {
                    log,
                    zero,
                    ..Axis::new("v", "")
                };
                let domain = Domain::of(&axis, std::iter::once(value));
                assert!(domain.low < domain.high, "{domain:?}");
                let at = domain.position(value);
                assert!((0.0..=1.0).contains(&at), "{value} lies at {at} of {domain:?}");
                assert!(domain.ticks(5).len() >= 2, "{domain:?}");
            }
        }
    }

    #[test]
    fn a_widened_domain_holds_the_old_one_and_ends_on_ticks() {
        for (low, high, log) in [
            (0.0, 97.0, false),
            (-3.3, 8.1, false),
            (0.7, 340.0, true),
            (3.0, 4.0, true),
        ] {
            let wide = Domain { low, high, log }.widened(6);
            assert!(wide.low <= low && wide.high >= high, "{wide:?}");
            let ticks = wide.ticks(60);
            assert!(
                (ticks[0].value - wide.low).abs() < 1e-9 * wide.high,
                "{wide:?} {ticks:?}"
            );
        }
    }
}
