//! `loadgen plot`: pictures of results that were written before, as SVG files or as one page.

mod args;
mod course;
mod kind;
mod other;

pub(super) use args::PlotArgs;
pub(super) use course::plot;
