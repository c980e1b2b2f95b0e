//! Heat maps: how many values lay where, over time. What percentile lines hide shows: two modes, a plateau, a few
//! stragglers.
//!
//! y is logarithmic, and a cell's shade follows the logarithm of its count, so that one slow request in a thousand
//! is seen beside the others (B. Gregg, "Visualizing System Latency", 2010). The key says which shade is how many.
//!
//! ```
//! use charts::{Axis, Cells, HeatMap, Series, Span};
//! let mut cells = Cells::new((0.0, 60.0), 60, (0.1, 1000.0), 80)?;
//! for second in 0..60 {
//!     cells.add(f64::from(second), 1.2, 950)?;
//!     cells.add(f64::from(second), 40.0, 50)?;
//! }
//! let svg = HeatMap::new("Latency", Axis::new("time", "s"), Axis::new("latency", "ms"), cells)
//!     .counting("requests")
//!     .series(Series::new("p99", [(0.0, 40.0), (60.0, 40.0)]))
//!     .span(Span::at("reload", 30.0))
//!     .draw()?;
//! # Ok::<(), charts::Error>(())
//! ```

use crate::frame::Head;
use crate::xy::{self, Cells, Heat, Limit, Pane, Series, Sheet, Span};
use crate::{Axis, Error, Svg};

/// Counts per cell as shades, with curves over them.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    sheet: Sheet,
    pane: Pane,
}

impl HeatMap {
    /// The axes span the cells, whatever range they have; `y` is logarithmic.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis, cells: Cells) -> Self {
        let x = Axis { log: false, ..x };
        let sheet = Sheet::new(Head::titled(title), x.range(cells.x.0, cells.x.1));
        let mut pane = Pane::new(y.log().range(cells.y.0, cells.y.1), 300.0);
        let counted = "count".to_owned();
        pane.heat = Some(Heat { cells, counted });
        Self { sheet, pane }
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

    /// What is counted: "requests".
    pub fn counting(mut self, what: impl Into<String>) -> Self {
        if let Some(heat) = &mut self.pane.heat {
            heat.counted = what.into();
        }
        self
    }

    /// A curve over the cells; unless told, not in the theme's first colour, which is that of the shades.
    pub fn series(mut self, mut series: Series) -> Self {
        series.colour = series.colour.or(Some(self.pane.series.len() + 1));
        self.pane.series.push(series);
        self
    }

    pub fn span(mut self, span: Span) -> Self {
        self.sheet.spans.push(span);
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
        xy::draw(&self.sheet, std::slice::from_ref(&self.pane))
    }
}
