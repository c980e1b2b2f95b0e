//! Drawings over two number axes, whatever they mean: the engine under `Line`, `Percentile`, `Panels` and `HeatMap`.
//!
//! A [`Sheet`] with its [`Pane`]s is plain data; [`draw`] refuses impossible input and turns the rest into a
//! picture. Series are named at their right end, outside the plot; where names are too many or too long for
//! that, in rows above it. The x axis spans the data exactly, a y axis ends on ticks.

mod axes;
mod cells;
mod check;
mod heat;
mod lane_marks;
mod lanes;
mod layout;
mod marks;
mod names;
mod plot;
mod series;

pub use cells::Cells;
pub(crate) use cells::Heat;
pub use lanes::{Lane, Lanes, Row, Shape};
pub(crate) use layout::draw;
pub(crate) use plot::{Pane, Sheet, XTicks};
pub use series::{Band, Limit, Series, Span};
