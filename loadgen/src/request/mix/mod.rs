//! Mix files: weighted scenarios in YAML, each a request or a short flow of them.
//!
//! Two layers: `tree` is the text as values with their lines, and refuses only what is no YAML; `document` walks it against
//! what there can be, through `reader`, and goes on after an error, so that one look tells every one, with path and line.
//! `loadgen/examples/mix.yaml` shows every key; a test parses it.

mod document;
mod reader;
mod request;
mod tree;

#[cfg(test)]
mod tests;

pub use document::parse;
