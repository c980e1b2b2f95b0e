//! Pictures of a run, of several runs, and of a search: figures in, charts out.
//!
//! Pure: no clock, no chance, no file; the same document gives the same bytes. A picture that a document has nothing
//! for (no time series, nothing answered) is `None`, never an empty frame; an error means figures that no run can
//! have measured. Latencies are in the unit that fits the greatest of them, times on an axis count from the start of
//! the run, warm-up included, and quantiles are drawn as far as [`BEYOND_MIN`] requests lie beyond them.

mod bands;
mod ccdf;
mod columns;
mod difference;
mod heat_map;
mod hockey_stick;
mod load;
mod named;
mod page;
mod percentiles;
mod quantile;
#[cfg(test)]
mod tests;
mod unit;
mod windows;

pub use bands::bands;
pub use ccdf::ccdf;
pub use difference::{Difference, difference, differences};
pub use heat_map::heat_map;
pub use hockey_stick::{Goal, Point, highest, hockey_stick};
pub use load::load;
pub use named::Named;
pub use page::page;
pub use percentiles::percentiles;
pub use quantile::BEYOND_MIN;
