//! An offered rate that changes over time: ramps and plateaus, piecewise linear and right-continuous.
//!
//! As text, items separated by commas: `0s:100, 30s:1000, step 2000x60s`. `TIME:RATE` is a knot, reached on a
//! straight line from what came before; before the first knot its rate is held. `step RATExDURATION` jumps to
//! a plateau. After a last knot its rate is held for ever; after a last step the profile ends. A rate of 0 is a
//! pause.
//!
//! Λ(t), the arrivals expected before t, is quadratic on ramps. Its inverse is taken where Λ *passes* the
//! count: an arrival on the edge of a pause belongs behind it, so a plateau of 100/s for 1 s holds exactly the
//! arrivals 0 to 99.
//!
//! Units: seconds in floats, arrivals per second. Invariants: segments follow each other without a gap from
//! zero; somewhere the rate is above zero. Floats are sums and quotients and `libm`'s square root: the same on
//! every CPU.

mod segment;
mod text;

#[cfg(test)]
mod tests;

use super::rate::Rate;
use segment::Segment;
use std::sync::Arc;
use std::time::Duration;

/// A day in steps of a minute and a half; more is a trace.
pub const ITEMS_MAX: usize = 1_000;

/// An offered rate over time. `FromStr` and [`Profile::parse`] read it, `Display` writes it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// As typed, for `Display`.
    items: Vec<Item>,
    segments: Arc<[Segment]>,
    end: Option<Duration>,
}

impl Profile {
    /// The same rate for ever.
    pub fn constant(rate: Rate) -> Self {
        Self::of(vec![Item::Knot {
            at: Duration::ZERO,
            rate: rate.per_second(),
        }])
    }

    /// The rate at a time, per second; at a jump the new one, after the end none.
    pub fn rate_at(&self, t: Duration) -> f64 {
        if self.end.is_some_and(|end| end <= t) {
            return 0.0;
        }
        self.segment_at(t).map_or(0.0, |segment| segment.rate_at(t))
    }

    /// Λ(t): how many arrivals are expected before a time.
    pub fn count_by(&self, t: Duration) -> f64 {
        self.segment_at(t).map_or(0.0, |segment| segment.count_by(t))
    }

    /// Λ⁻¹: when the expected number of arrivals passes `count`, to the nanosecond; `None` if it never does.
    pub fn time_of(&self, count: f64) -> Option<Duration> {
        let index = self.segments.partition_point(|s| s.count_after() <= count);
        self.segments.get(index).map(|segment| segment.time_of(count))
    }

    /// When a last step ends; `None` if a last knot is held for ever, at whatever rate (0 included).
    pub fn end(&self) -> Option<Duration> {
        self.end
    }

    /// The highest rate that is reached or approached.
    pub fn rate_max(&self) -> f64 {
        self.segments
            .iter()
            .fold(0.0, |most, segment| segment.rate_max().max(most))
    }

    /// Whether it is one rate for ever, however it was typed.
    pub fn is_constant(&self) -> bool {
        let rate = self.rate_at(Duration::ZERO);
        self.end.is_none() && self.segments.iter().all(|segment| segment.is_flat_at(rate))
    }

    /// For counts that never decrease: the inverse without a search.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor {
            segments: Arc::clone(&self.segments),
            index: 0,
        }
    }

    /// The segment that a time falls into; after the end, the last one.
    fn segment_at(&self, t: Duration) -> Option<&Segment> {
        let begun = self.segments.partition_point(|segment| segment.start() <= t);
        self.segments.get(begun.saturating_sub(1))
    }

    fn of(items: Vec<Item>) -> Self {
        let mut line = Line::default();
        for item in &items {
            match *item {
                Item::Knot { at, rate } => {
                    // before the first knot there is no rate to ramp from
                    let from = line.rate.unwrap_or(rate);
                    line.draw(from, rate, at.saturating_sub(line.end));
                }
                Item::Step { rate, length } => line.draw(rate, rate, length),
            }
        }
        let held = matches!(items.last(), Some(Item::Knot { .. }));
        let (end, rate) = (line.end, line.rate.unwrap_or(0.0));
        if held {
            line.draw(rate, rate, Duration::MAX);
        }
        Self {
            items,
            segments: line.segments.into(),
            end: (!held).then_some(end),
        }
    }
}

/// Λ⁻¹ of counts that never decrease.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    segments: Arc<[Segment]>,
    index: usize,
}

impl Cursor {
    pub(super) fn time_of(&mut self, count: f64) -> Option<Duration> {
        loop {
            let segment = self.segments.get(self.index)?;
            if count < segment.count_after() {
                return Some(segment.time_of(count));
            }
            self.index += 1;
        }
    }
}

/// What is typed between two commas; rates per second.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Item {
    Knot { at: Duration, rate: f64 },
    Step { rate: f64, length: Duration },
}

/// A profile under construction.
#[derive(Default)]
struct Line {
    segments: Vec<Segment>,
    end: Duration,
    rate: Option<f64>,
}

impl Line {
    fn draw(&mut self, from: f64, to: f64, length: Duration) {
        self.rate = Some(to);
        if length.is_zero() {
            return;
        }
        let before = self.segments.last().map_or(0.0, Segment::count_after);
        self.segments
            .push(Segment::new(self.end, length, [from, to], before));
        self.end = self.end.saturating_add(length);
    }
}
