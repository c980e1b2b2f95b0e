//! Panels: several plots one below the other on one x axis, so that what happened at once stands in one line.
//!
//! Each panel has a y axis and names of its own; ticks of x stand below the last one only, and spans go through
//! all of them.
//!
//! ```
//! use charts::{Axis, Panel, Panels, Series, Span};
//! let latency = Panel::new(Axis::new("latency", "ms").log())
//!     .series(Series::new("p50", [(0.0, 1.0), (60.0, 1.1)]))
//!     .series(Series::new("p99", [(0.0, 4.0), (60.0, 9.0)]));
//! let rate = Panel::new(Axis::new("rate", "requests/s"))
//!     .series(Series::new("offered", [(0.0, 100.0), (60.0, 100.0)]));
//! let svg = Panels::new("One run", Axis::new("time", "s"))
//!     .panel(latency.height(200.0))
//!     .panel(rate)
//!     .span(Span::new("replica down", 20.0, 30.0))
//!     .draw()?;
//! # Ok::<(), charts::Error>(())
//! ```

use crate::frame::Head;
use crate::xy::{self, Lanes, Limit, Pane, Series, Sheet, Span};
use crate::{Axis, Error, Svg};

/// A drawing of one panel or more.
#[derive(Debug, Clone, PartialEq)]
pub struct Panels {
    sheet: Sheet,
    panes: Vec<Pane>,
}

/// One panel: curves over the shared x axis and a y axis of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pane: Pane,
}

impl Panels {
    pub fn new(title: impl Into<String>, x: Axis) -> Self {
        Self {
            sheet: Sheet::new(Head::titled(title), x),
            panes: Vec::new(),
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

    /// One more panel, below those before it; at most 8.
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panes.push(panel.pane);
        self
    }

    /// A span through all panels.
    pub fn span(mut self, span: Span) -> Self {
        self.sheet.spans.push(span);
        self
    }

    pub fn draw(&self) -> Result<Svg, Error> {
        xy::draw(&self.sheet, &self.panes)
    }
}

impl Panel {
    /// Lanes in place of curves: who did what when. `caption` says what is to be seen, as an axis' title does.
    pub fn lanes(caption: impl Into<String>, lanes: Lanes) -> Self {
        let mut new = Self::new(Axis::new(caption, ""));
        new.pane.lanes = Some(lanes);
        new
    }

    pub fn new(y: Axis) -> Self {
        Self {
            pane: Pane::new(y, 130.0),
        }
    }

    pub fn series(mut self, series: Series) -> Self {
        self.pane.series.push(series);
        self
    }

    pub fn limit(mut self, limit: Limit) -> Self {
        self.pane.limits.push(limit);
        self
    }

    /// Height of the plot without its surroundings, in px (130 unless told; 80 to 1200).
    pub fn height(mut self, px: f64) -> Self {
        self.pane.set_height(px);
        self
    }
}
