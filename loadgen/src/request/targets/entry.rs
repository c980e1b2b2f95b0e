//! A target as it stands in a list, before anything about it was judged.

use bytes::Bytes;

/// A target; `line` is where it begins.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Content>,
}

/// Its body.
#[derive(Debug)]
pub(super) enum Content {
    File(String),
    Bytes(Bytes),
}

/// A problem and its line.
pub(super) type Problem = (usize, String);
