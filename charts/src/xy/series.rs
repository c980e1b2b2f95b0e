//! What is drawn over two axes: curves, named stretches of x, named heights of y.
//!
//! Values are in the units of the axes. Points are drawn in the order given; x need not rise (a loop is a
//! legitimate picture). Gaps are made with [`Series::then`], not with NaN.

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) runs: Vec<Vec<(f64, f64)>>,
    pub(crate) colour: Option<usize>,
    pub(crate) dots: bool,
    pub(crate) steps: bool,
    pub(crate) band: Vec<Band>,
    pub(crate) hollow: Hollow,
}

/// Points of a series that do not count, and what they are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Hollow {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// In the colour of what is refuted, not of the curve.
    pub(crate) bad: bool,
}

impl Hollow {
    /// The classes of its dots, where the curve's are these.
    pub(crate) fn class<'a>(&self, curve: &'a str) -> &'a str {
        if self.bad { "c-bad" } else { curve }
    }
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
            hollow: Hollow::default(),
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

    /// With hollow dots at `points`, called `name`: measured, but not to be counted on (a run that was invalid).
    /// A point of the curve may be among them; the others stand off the line. An empty name keeps them out of
    /// the legend.
    pub fn hollow(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.hollow = Hollow {
            name: name.into(),
            points: points.into_iter().collect(),
            bad: false,
        };
        self
    }

    /// As [`Self::hollow`], in red: where the curve is not where it was to be.
    pub fn outside(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut series = self.hollow(name, points);
        series.hollow.bad = true;
        series
    }

    /// The points of the curve.
    pub(crate) fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.runs.iter().flatten().copied()
    }
}

/// A named stretch of x, shaded ("replica down"); of no width, a moment ("reload") or a boundary ("knee").
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub(crate) name: String,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) limit: bool,
}

impl Span {
    pub fn new(name: impl Into<String>, from: f64, to: f64) -> Self {
        Self {
            name: name.into(),
            from,
            to,
            limit: false,
        }
    }

    /// A moment, drawn as a line.
    pub fn at(name: impl Into<String>, x: f64) -> Self {
        Self::new(name, x, x)
    }

    /// A boundary, dashed like a [`Limit`] but upright: the rate at which latency breaks its promise. The x axis
    /// always reaches it.
    pub fn limit(name: impl Into<String>, x: f64) -> Self {
        Self {
            limit: true,
            ..Self::new(name, x, x)
        }
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
