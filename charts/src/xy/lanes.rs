//! Lanes: who did what when, one lane per part of a system, one row in it per sort of thing.
//!
//! A row is drawn as marks while it has few events, each with words of its own, and as bars of counts per column once
//! it has many, so that thousands of events are as readable as three, and the file stays small. A row's colour and the
//! shape of its marks say the same thing twice, for those who do not see colours.

/// Lanes over one x axis, from `from` to `to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lanes {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) lanes: Vec<Lane>,
}

/// One part of the system.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<Note>,
}

/// How a mark looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Dot,
    Cross,
    Triangle,
}

/// One sort of thing on a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) name: String,
    pub(super) colour: usize,
    pub(super) shape: Shape,
    pub(super) filling: Filling,
}

/// What there is on a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filling {
    /// One after the other, over equal parts of the x axis.
    Bars(Vec<u64>),
    /// Each with its x and its words.
    Marks(Vec<(f64, String)>),
}

/// A stretch of a lane that is shaded, or a moment of it that is flagged.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) label: String,
    pub(super) flag: bool,
}

impl Lanes {
    pub fn new(from: f64, to: f64) -> Self {
        Self {
            from,
            to,
            lanes: Vec::new(),
        }
    }

    /// One more lane, below those before it; at most 24.
    pub fn lane(mut self, lane: Lane) -> Self {
        self.lanes.push(lane);
        self
    }
}

impl Lane {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// One more row, below those before it; at most 6.
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Shades the lane over a stretch: what was broken there. At most 200 of these and flags.
    pub fn shade(mut self, label: impl Into<String>, from: f64, to: f64) -> Self {
        self.notes.push(Note {
            from,
            to,
            label: label.into(),
            flag: false,
        });
        self
    }

    /// Flags a moment, with a line down through all lanes: what must not be overlooked.
    pub fn flag(mut self, label: impl Into<String>, at: f64) -> Self {
        self.notes.push(Note {
            from: at,
            to: at,
            label: label.into(),
            flag: true,
        });
        self
    }
}

impl Row {
    /// Counts per part of the x axis, all parts equal; at most 360.
    pub fn bars(name: impl Into<String>, counts: impl IntoIterator<Item = u64>) -> Self {
        Self::new(name, Filling::Bars(counts.into_iter().collect()))
    }

    /// Events as x and words; at most 64.
    pub fn marks(name: impl Into<String>, marks: impl IntoIterator<Item = (f64, String)>) -> Self {
        Self::new(name, Filling::Marks(marks.into_iter().collect()))
    }

    /// In the theme's colour number `index`, from 0; the first unless told.
    pub fn colour(mut self, index: usize) -> Self {
        self.colour = index;
        self
    }

    /// What its marks look like: dots unless told.
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    fn new(name: impl Into<String>, filling: Filling) -> Self {
        Self {
            name: name.into(),
            colour: 0,
            shape: Shape::Dot,
            filling,
        }
    }
}
