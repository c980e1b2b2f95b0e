//! What an operator reads afterwards: the access log, and spans. (Metrics are counted in `state`, their text is `admin`'s.)

mod access;
mod export;
mod line;
mod span;
mod writer;

pub(crate) use access::{AccessLog, Outcome, Record};
pub(crate) use export::{Collector, Exporter};
pub(crate) use span::{Dropped, Recorded, RecordedAttempt, SpanCounts, Tracer, cut};
pub(crate) use writer::LogWriter;
