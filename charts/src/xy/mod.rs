//! Drawings over two number axes, whatever they mean: the engine under `Line` and `Percentile`.
//!
//! A [`Plot`] is plain data; [`check`] refuses impossible input, [`draw`] turns the rest into a picture. Series are
//! named at their right end, outside the plot; where names are too many or too long for that, in rows above it.
//! The x axis spans the data exactly, the y axis ends on ticks.

mod axes;
mod layout;
mod marks;
mod plot;

pub(crate) use layout::draw;
pub use plot::{Band, Limit, Series, Span};
pub(crate) use plot::{Plot, XTicks, check};
