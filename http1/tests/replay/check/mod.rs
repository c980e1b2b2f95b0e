//! What fuzzing checks, as plain functions of bytes: shared by the fuzz targets and by the replay of their corpora.
//!
//! Each check panics if the engine and an independent reader disagree. The readers share no code with the engine (a judge
//! that is the accused proves nothing): [`tiny`] and [`chunks`] are written from the grammar, [`lenient`] takes
//! whatever it can, and [`by_hyper`] is hyper's server.

pub(crate) mod answer;
mod by_hyper;
pub(crate) mod chunked;
mod chunks;
mod lenient;
mod message;
mod pieces;
pub(crate) mod proxy;
pub(crate) mod request;
mod rewrite;
mod tiny;
