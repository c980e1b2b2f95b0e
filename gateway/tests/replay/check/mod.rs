//! What fuzzing checks, as plain functions of bytes: shared by the fuzz targets and by the replay of their seeds.

pub(crate) mod config;
pub(crate) mod path;
