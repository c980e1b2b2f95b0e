//! The highest rate that a target carries within its service levels, and that this generator can offer validly.
//!
//! The decisions are a pure machine ([`Search`]): what was measured goes in, what to measure next comes out.

mod machine;
mod result;
pub mod text;

pub use machine::{Outcome, Search, SearchSpec, Step};
pub use result::{Asked, Level, Limit, SearchResult, SearchRun, unloaded_slos};
