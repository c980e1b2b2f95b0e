//! Two results, or many runs of two targets, set side by side: what differs, by how much, and how sure that is.
//!
//! A difference is claimed only where an interval leaves out zero, and an interval comes only from repetition: intervals
//! of time within a run, or rounds of runs. One figure of one run against another is a difference of two numbers, and
//! says nothing about the next run.

mod blocks;
mod comparison;
mod figures;
mod rounds;
#[cfg(test)]
mod tests;
pub mod text;
mod two;

pub use comparison::{Band, Basis, Compared, Comparison, Finding, Of, Question};
pub use figures::Figures;
pub use rounds::paired;
pub use two::{Source, two_results};
