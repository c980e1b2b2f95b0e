//! What a run amounts to: figures, a verdict on the generator itself, and the forms they are written in.

mod document;
pub mod hlog;
mod model;
mod series_csv;
pub mod text;

pub use document::{Document, Generator, SeriesRow, SeriesTable};
pub use model::{Latency, Report};
pub use series_csv::series_csv;
