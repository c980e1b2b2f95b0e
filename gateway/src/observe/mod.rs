//! What an operator reads afterwards: the access log. (Metrics are counted in `state`, their text is `admin`'s.)

mod access;
mod line;
mod writer;

pub(crate) use access::{AccessLog, Outcome, Record};
pub(crate) use writer::LogWriter;
