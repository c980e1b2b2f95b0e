//! What is done with results once they are measured: read back, merged, compared, and searched with.
//!
//! All of it is pure but [`load`], which reads a file: figures come from recordings, chance from a seed that is given,
//! and what to measure next is returned, never measured here.

mod bars;
mod chance;
mod compare;
mod figure;
mod load;
mod log;
pub mod log_text;
mod merge;
mod search;
#[cfg(test)]
mod tests;

pub use bars::Bars;
pub use chance::Interval;
pub use compare::{
    Band, Basis, Compared, Comparison, Figures, Finding, Of, Question, Source, paired, text as compare_text,
    two_results,
};
pub use figure::Figure;
pub use load::{LOAD_BYTES_MAX, Loaded, load, parse_document};
pub use log::{Log, LogRow, Unit};
pub use merge::{Merged, merge_documents, merge_logs};
pub use search::{
    Asked, Level, Limit, Outcome, Search, SearchResult, SearchRun, SearchSpec, Step, text as search_text,
    unloaded_slos,
};
