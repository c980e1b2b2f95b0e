//! Reports: one folder each, written whole or not at all, and drawn from its own data files only.
//!
//! A folder holds data (`run.json`, `claims.json`, CSVs, `.hlog`) and what is drawn from it (`index.html`,
//! `report.md`, SVGs). Drawing is a function of the data: `experiments render` gives the same bytes as the run did.
//! New folders are made beside the old ones and swapped in, so an interrupted run never costs an old report.

mod files;
mod index;
mod parts;
mod source;
mod staging;
mod write;

pub use files::{read_csv, read_csv_if_any, read_json, write_csv, write_csv_if_any, write_json};
pub use index::{Entry, write_index};
pub use parts::{begin, figure, finish};
pub use source::Source;
pub use staging::Staging;
pub use write::write_page;
