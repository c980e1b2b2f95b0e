//! The data of a drawing over two axes, and what is refused of it.
//!
//! Values are in the units of the axes. Points are drawn in the order given; x need not rise (a loop is a
//! legitimate picture). Gaps are made with [`Series::then`], not with NaN.

use crate::frame::Head;
use crate::scale::{self, Axis, Tick};
use crate::{Error, theme};

/// More series than this cannot be told apart, dashes or not.
const SERIES_MAX: usize = 3 * theme::COLOURS;
/// Spans, limits and bands: more would cover the data.
const DECORATIONS_MAX: usize = 24;

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) runs: Vec<Vec<(f64, f64)>>,
    pub(crate) colour: Option<usize>,
    pub(crate) dots: bool,
    pub(crate) steps: bool,
    pub(crate) band: Vec<Band>,
}

/// An interval of y at x: (x, low, high).
pub type Band = (f64, f64, f64);

impl Series {
    /// A curve through `points` (x, y).
    pub fn new(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self {
            name: name.into(),
            runs: vec![points.into_iter().collect()],
            colour: None,
            dots: false,
            steps: false,
            band: Vec::new(),
        }
    }

    /// Goes on after a gap.
    pub fn then(mut self, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.runs.push(points.into_iter().collect());
        self
    }

    /// In the theme's colour number `index` (from 0), so that one variant keeps its colour over several drawings.
    pub fn colour(mut self, index: usize) -> Self {
        self.colour = Some(index);
        self
    }

    /// With a dot at every point.
    pub fn dots(mut self) -> Self {
        self.dots = true;
        self
    }

    /// Each value holds until the next x: for states and counts in windows.
    pub fn steps(mut self) -> Self {
        self.steps = true;
        self
    }

    /// With a shaded interval around it, given as (x, low, high): a 95 % interval, a range over rounds.
    pub fn band(mut self, intervals: impl IntoIterator<Item = Band>) -> Self {
        self.band = intervals.into_iter().collect();
        self
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.runs.iter().flatten().copied()
    }
}

/// A named stretch of x, shaded ("replica down"); of no width, a moment ("reload").
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub(crate) name: String,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Span {
    pub fn new(name: impl Into<String>, from: f64, to: f64) -> Self {
        Self {
            name: name.into(),
            from,
            to,
        }
    }

    /// A moment, drawn as a line.
    pub fn at(name: impl Into<String>, x: f64) -> Self {
        Self::new(name, x, x)
    }
}

/// A named height of y, drawn as a dashed line across: what a claim promises.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    pub(crate) name: String,
    pub(crate) y: f64,
}

impl Limit {
    pub fn new(name: impl Into<String>, y: f64) -> Self {
        Self { name: name.into(), y }
    }
}

/// Which ticks the x axis has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum XTicks {
    Auto,
    /// These, but for those whose text would touch its left neighbour's.
    Given(Vec<Tick>),
}

/// A whole drawing as data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plot {
    pub(crate) head: Head,
    pub(crate) x: Axis,
    pub(crate) x_ticks: XTicks,
    /// The x axis' title where it is not the axis' own caption.
    pub(crate) x_caption: String,
    pub(crate) y: Axis,
    pub(crate) height: f64,
    pub(crate) series: Vec<Series>,
    pub(crate) spans: Vec<Span>,
    pub(crate) limits: Vec<Limit>,
}

impl Plot {
    pub(crate) fn new(head: Head, x: Axis, y: Axis) -> Self {
        Self {
            x_caption: x.caption(),
            head,
            x: x.fit(),
            x_ticks: XTicks::Auto,
            y,
            height: 300.0,
            series: Vec::new(),
            spans: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Sets the height to `px`, or to the nearest that a reader can take in at once.
    pub(crate) fn set_height(&mut self, px: f64) {
        if px.is_finite() {
            self.height = px.clamp(80.0, 1200.0);
        }
    }

    pub(crate) fn xs(&self) -> impl Iterator<Item = f64> + '_ {
        let points = self.series.iter().flat_map(|s| s.points().map(|p| p.0));
        points.chain(self.series.iter().flat_map(|s| s.band.iter().map(|b| b.0)))
    }

    pub(crate) fn ys(&self) -> impl Iterator<Item = f64> + '_ {
        let points = self.series.iter().flat_map(|s| s.points().map(|p| p.1));
        let bands = self
            .series
            .iter()
            .flat_map(|s| s.band.iter().flat_map(|b| [b.1, b.2]));
        points.chain(bands).chain(self.limits.iter().map(|l| l.y))
    }
}

/// The class of a series' line: colour, and a dash once colours repeat.
pub(crate) fn line_class(plot: &Plot, index: usize) -> String {
    let colour = plot.series[index].colour.unwrap_or(index);
    let dash = match colour / theme::COLOURS % 3 {
        0 => "",
        1 => " c-dash1",
        _ => " c-dash2",
    };
    format!("c-line c-s{}{dash}", colour % theme::COLOURS + 1)
}

/// Refuses what cannot be drawn, naming the series and the point.
pub(crate) fn check(plot: &Plot) -> Result<(), Error> {
    let count = |place: &str, limit, found| {
        if found > limit {
            Err(Error::TooMany {
                place: place.to_owned(),
                limit,
                found,
            })
        } else {
            Ok(())
        }
    };
    count("series", SERIES_MAX, plot.series.len())?;
    count("spans", DECORATIONS_MAX, plot.spans.len())?;
    count("limits", DECORATIONS_MAX, plot.limits.len())?;
    scale::check_axis(&plot.x)?;
    scale::check_axis(&plot.y)?;
    for series in &plot.series {
        let place = |part: &str| format!("{part} of series {:?}", series.name);
        scale::check(&place("x"), plot.x.log, series.points().map(|p| p.0))?;
        scale::check(&place("y"), plot.y.log, series.points().map(|p| p.1))?;
        scale::check(
            &place("x of the band"),
            plot.x.log,
            series.band.iter().map(|b| b.0),
        )?;
        scale::check(
            &place("the band's low end"),
            plot.y.log,
            series.band.iter().map(|b| b.1),
        )?;
        scale::check(
            &place("the band's high end"),
            plot.y.log,
            series.band.iter().map(|b| b.2),
        )?;
        if let Some(&(_, low, high)) = series.band.iter().find(|b| b.1 > b.2) {
            return Err(Error::Reversed {
                place: place("the band"),
                low,
                high,
            });
        }
    }
    for span in &plot.spans {
        let place = format!("span {:?}", span.name);
        scale::check(&place, plot.x.log, [span.from, span.to].into_iter())?;
        if span.from > span.to {
            return Err(Error::Reversed {
                place,
                low: span.from,
                high: span.to,
            });
        }
    }
    let limit = |l: &Limit| scale::check(&format!("limit {:?}", l.name), plot.y.log, std::iter::once(l.y));
    plot.limits.iter().try_for_each(limit)
}
