//! What makes input impossible to draw.
//!
//! Kind plus place: every error names the drawing's part (series, axis, column) and, where one exists, the
//! index of the value, so that the caller can find it in their data. Texts are fragments that fit
//! "failed to {error}". Empty input is not an error: it draws a picture that says "no data".

use std::fmt;

/// Why a drawing, table or page could not be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// NaN or an infinity. `place` names the series or axis, `index` the point within it.
    NotFinite { place: String, index: usize },
    /// A magnitude above [`VALUE_MAX`](crate::VALUE_MAX): more digits than a label can carry.
    TooLarge { place: String, index: usize, value: f64 },
    /// Zero or less on a logarithmic axis.
    NotPositive { place: String, index: usize, value: f64 },
    /// An interval, range or span whose low end is not below (or at) its high end.
    Reversed { place: String, low: f64, high: f64 },
    /// A quantile outside 0 to 1.
    NotAQuantile { place: String, index: usize, value: f64 },
    /// Bars on an axis that is logarithmic or leaves out zero, where their length would say nothing.
    BarAxis { place: String },
    /// A negative part in a stack, where heights add up.
    NegativePart { place: String, index: usize, value: f64 },
    /// A row or series that has another length than its header or categories.
    Length {
        place: String,
        expected: usize,
        found: usize,
    },
    /// More of something than the drawing is made for.
    TooMany {
        place: String,
        limit: usize,
        found: usize,
    },
    /// A drawing without the part that it is made of: no panel, no column.
    Nothing { place: String },
    /// A link target that is neither relative nor http(s).
    Link { target: String },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { place, index } => {
                write!(
                    f,
                    "draw {place}: value {index} is not a finite number; leave such points out"
                )
            }
            Self::TooLarge { place, index, value } => {
                write!(
                    f,
                    "draw {place}: value {index} ({value:e}) is too large; choose a larger unit"
                )
            }
            Self::NotPositive { place, index, value } => {
                write!(
                    f,
                    "draw {place}: value {index} ({value}) is not positive, and the axis is logarithmic; \
                     leave it out or choose a linear axis"
                )
            }
            Self::Reversed { place, low, high } => {
                write!(
                    f,
                    "draw {place}: its low end {low} lies above its high end {high}; swap them"
                )
            }
            Self::NotAQuantile { place, index, value } => {
                write!(
                    f,
                    "draw {place}: quantile {index} ({value}) is not within 0 to 1; 99 % is 0.99"
                )
            }
            Self::BarAxis { place } => {
                write!(
                    f,
                    "draw bars on {place}: their length needs a linear axis that holds zero; use dots on a line"
                )
            }
            Self::NegativePart { place, index, value } => {
                write!(
                    f,
                    "stack {place}: value {index} ({value}) is negative; use grouped bars"
                )
            }
            Self::Length {
                place,
                expected,
                found,
            } => {
                write!(f, "draw {place}: expected {expected} values, found {found}")
            }
            Self::TooMany { place, limit, found } => {
                write!(
                    f,
                    "draw {place}: {found} are more than the {limit} that stay readable; split them"
                )
            }
            Self::Nothing { place } => {
                write!(f, "draw {place}: there are none; one is the least")
            }
            Self::Link { target } => {
                write!(
                    f,
                    "link to {target:?}: use a relative path, #anchor, http:// or https://"
                )
            }
        }
    }
}

impl std::error::Error for Error {}
