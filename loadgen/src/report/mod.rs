//! What was measured, in figures, judged, and written down.

mod document;
mod hgrm;
pub mod hlog;
mod model;
mod openmetrics;
mod ratio;
mod series_csv;
mod slo;
pub mod text;
mod validity;
mod words;

pub use document::{Document, FORMAT, Generator, PlanCheck, Run, SeriesRow, SeriesTable};
pub use hgrm::hgrm;
pub use model::{Latency, PartReport, PhasesUs, Report};
pub use openmetrics::openmetrics;
pub use series_csv::series_csv;
pub use slo::{Judged, Slo};
pub use validity::{LagLimit, Limits, Verdict, Witness};
pub(crate) use words::{duration, number};
