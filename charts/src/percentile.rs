//! Latency by percentile, on HdrHistogram's axis.
//!
//! x is 1 / (1 − q) on a logarithmic scale, so that 90 %, 99 %, 99.9 % stand equally far apart and the tail gets
//! the room it deserves (G. Tene, "How NOT to Measure Latency"). The maximum (q = 1) has no place on such an
//! axis and is left out: name it in the note or in a table.
//!
//! ```
//! use charts::{Axis, Percentile};
//! let svg = Percentile::new("Response time", Axis::new("latency", "ms").log())
//!     .series("direct", [(0.0, 0.1), (0.5, 0.2), (0.9, 0.3), (0.99, 0.8), (0.999, 2.0)])
//!     .draw()?;
//! # Ok::<(), charts::Error>(())
//! ```

use crate::frame::Head;
use crate::scale::Tick;
use crate::xy::{self, Limit, Pane, Series, Sheet, XTicks};
use crate::{Axis, Error, Svg};

/// The axis shows at least 99 % and at most 99.99999 %: a run has no more than 10⁷ requests.
const DECADES: std::ops::RangeInclusive<i32> = 2..=7;

/// Quantile curves. Values belong to quantiles from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Percentile {
    sheet: Sheet,
    pane: Pane,
    curves: Vec<Curve>,
}

#[derive(Debug, Clone, PartialEq)]
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
    band: Vec<(f64, f64, f64)>,
    colour: Option<usize>,
}

impl Percentile {
    /// `y` is the axis of the values: linear, or logarithmic where tails differ by magnitudes.
    pub fn new(title: impl Into<String>, y: Axis) -> Self {
        let mut sheet = Sheet::new(Head::titled(title), Axis::new("percentile", "%").log());
        sheet.x_caption = "percentile (spaced by 1 / (1 − q))".to_owned();
        Self {
            sheet,
            pane: Pane::new(y, 300.0),
            curves: Vec::new(),
        }
    }

    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.sheet.head.subtitle = subtitle.into();
        self
    }

    /// Small print below: source, method, seed.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.sheet.head.note = note.into();
        self
    }

    /// A curve of (quantile, value): 99 % is 0.99.
    pub fn series(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points = points.into_iter().collect();
        self.curves.push(Curve {
            name: name.into(),
            points,
            band: Vec::new(),
            colour: None,
        });
        self
    }

    /// A shaded interval (quantile, low, high) around the last curve.
    pub fn band(mut self, intervals: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        if let Some(curve) = self.curves.last_mut() {
            curve.band = intervals.into_iter().collect();
        }
        self
    }

    /// The last curve in the theme's colour number `index` (from 0).
    pub fn colour(mut self, index: usize) -> Self {
        if let Some(curve) = self.curves.last_mut() {
            curve.colour = Some(index);
        }
        self
    }

    pub fn limit(mut self, limit: Limit) -> Self {
        self.pane.limits.push(limit);
        self
    }

    /// Height of the plot without its surroundings, in px (300 unless told; 80 to 1200).
    pub fn height(mut self, px: f64) -> Self {
        self.pane.set_height(px);
        self
    }

    pub fn draw(&self) -> Result<Svg, Error> {
        let (mut sheet, mut pane) = (self.sheet.clone(), self.pane.clone());
        for curve in &self.curves {
            let place = format!("series {:?}", curve.name);
            check(&place, curve.points.iter().map(|p| p.0))?;
            check(&format!("the band of {place}"), curve.band.iter().map(|b| b.0))?;
            let points = curve
                .points
                .iter()
                .filter(|p| p.0 < 1.0)
                .map(|p| (stretch(p.0), p.1));
            let band = curve
                .band
                .iter()
                .filter(|b| b.0 < 1.0)
                .map(|b| (stretch(b.0), b.1, b.2));
            let mut series = Series::new(&curve.name, points).band(band);
            series.colour = curve.colour;
            pane.series.push(series);
        }
        let furthest = pane.xs().fold(1.0, f64::max);
        let decades =
            (libm::ceil(libm::log10(furthest) - 1e-9) as i32).clamp(*DECADES.start(), *DECADES.end());
        sheet.x.range = Some((1.0, libm::pow(10.0, f64::from(decades))));
        sheet.x_ticks = XTicks::Given(ticks(decades));
        xy::draw(&sheet, &[pane])
    }
}

fn check(place: &str, quantiles: impl Iterator<Item = f64>) -> Result<(), Error> {
    for (index, value) in quantiles.enumerate() {
        if !(0.0..=1.0).contains(&value) {
            return Err(Error::NotAQuantile {
                place: place.to_owned(),
                index,
                value,
            });
        }
    }
    Ok(())
}

fn stretch(quantile: f64) -> f64 {
    1.0 / (1.0 - quantile)
}

/// 0 %, 50 %, 90 %, 99 %, 99.9 % … up to 1 − 10⁻ᵈ.
fn ticks(decades: i32) -> Vec<Tick> {
    let named = |value, text: &str| Tick {
        value,
        text: format!("{text} %"),
    };
    let nines = (1..=decades).map(|d| {
        let text = match d {
            1 => "90".to_owned(),
            2 => "99".to_owned(),
            _ => format!("99.{}", "9".repeat(d as usize - 2)),
        };
        named(libm::pow(10.0, f64::from(d)), &text)
    });
    [named(1.0, "0"), named(2.0, "50")]
        .into_iter()
        .chain(nines)
        .collect()
}
