//! Line drawings: a quantity over time, or over another quantity.
//!
//! ```
//! use charts::{Axis, Limit, Line, Series, Span};
//! let svg = Line::new("Latency through an outage", Axis::new("time", "s"), Axis::new("latency", "ms"))
//!     .series(Series::new("p99", [(0.0, 1.2), (1.0, 1.3), (2.0, 9.8), (3.0, 1.2)]))
//!     .span(Span::new("replica down", 1.5, 2.5))
//!     .limit(Limit::new("promised", 2.0))
//!     .draw()?;
//! assert!(svg.standalone().starts_with("<svg"));
//! # Ok::<(), charts::Error>(())
//! ```

use crate::frame::Head;
use crate::xy::{self, Limit, Pane, Series, Sheet, Span};
use crate::{Axis, Error, Svg};

/// Curves over two number axes. The x axis spans the data; the y axis starts at zero unless told to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    sheet: Sheet,
    pane: Pane,
}

impl Line {
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            sheet: Sheet::new(Head::titled(title), x),
            pane: Pane::new(y, 300.0),
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

    pub fn series(mut self, series: Series) -> Self {
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
