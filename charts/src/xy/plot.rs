//! A drawing over two axes as data: a sheet with one x axis, and panes one below the other on it.

use super::cells::Heat;
use super::lanes::Lanes;
use super::series::{Limit, Series, Span};
use crate::frame::Head;
use crate::scale::{Axis, Tick};
use crate::theme;

/// Which ticks the x axis has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum XTicks {
    Auto,
    /// These, but for those whose text would touch its left neighbour's.
    Given(Vec<Tick>),
}

/// What all panes share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) head: Head,
    pub(crate) x: Axis,
    pub(crate) x_ticks: XTicks,
    /// The x axis' title where it is not the axis' own caption.
    pub(crate) x_caption: String,
    pub(crate) spans: Vec<Span>,
}

impl Sheet {
    pub(crate) fn new(head: Head, x: Axis) -> Self {
        Self {
            x_caption: x.caption(),
            head,
            x: x.fit(),
            x_ticks: XTicks::Auto,
            spans: Vec::new(),
        }
    }
}

/// One plot with a y axis of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pane {
    pub(crate) y: Axis,
    pub(crate) height: f64,
    pub(crate) series: Vec<Series>,
    pub(crate) limits: Vec<Limit>,
    /// Shaded cells below the curves.
    pub(crate) heat: Option<Heat>,
    /// In place of a y axis and curves: the pane is as high as they need.
    pub(crate) lanes: Option<Lanes>,
}

impl Pane {
    pub(crate) fn new(y: Axis, height: f64) -> Self {
        Self {
            y,
            height,
            series: Vec::new(),
            limits: Vec::new(),
            heat: None,
            lanes: None,
        }
    }

    /// Sets the height to `px`, or to the nearest that a reader can take in at once.
    pub(crate) fn set_height(&mut self, px: f64) {
        if px.is_finite() {
            self.height = px.clamp(80.0, 1200.0);
        }
    }

    pub(crate) fn has_data(&self) -> bool {
        let shades = || self.heat.as_ref().is_some_and(|heat| heat.cells.greatest() > 0);
        self.xs().next().is_some() || self.lanes.is_some() || shades()
    }

    /// Where the curves' points and bands lie.
    pub(crate) fn xs(&self) -> impl Iterator<Item = f64> + '_ {
        let points = self.series.iter().flat_map(|s| s.points().map(|p| p.0));
        let bands = self.series.iter().flat_map(|s| s.band.iter().map(|b| b.0));
        let hollow = self
            .series
            .iter()
            .flat_map(|s| s.hollow.points.iter().map(|p| p.0));
        let lanes = self.lanes.iter().flat_map(|lanes| [lanes.from, lanes.to]);
        points.chain(bands).chain(hollow).chain(lanes)
    }

    /// What the y axis must hold.
    pub(crate) fn ys(&self) -> impl Iterator<Item = f64> + '_ {
        let points = self.series.iter().flat_map(|s| s.points().map(|p| p.1));
        let bands = self
            .series
            .iter()
            .flat_map(|s| s.band.iter().flat_map(|b| [b.1, b.2]));
        let hollow = self
            .series
            .iter()
            .flat_map(|s| s.hollow.points.iter().map(|p| p.1));
        points
            .chain(bands)
            .chain(hollow)
            .chain(self.limits.iter().map(|l| l.y))
    }

    /// The class of a series' line: colour, and a dash once colours repeat.
    pub(crate) fn line_class(&self, index: usize) -> String {
        let colour = self.series[index].colour.unwrap_or(index);
        let dash = match colour / theme::COLOURS % 3 {
            0 => "",
            1 => " c-dash1",
            _ => " c-dash2",
        };
        format!("c-line c-s{}{dash}", colour % theme::COLOURS + 1)
    }
}
