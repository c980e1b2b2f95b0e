//! Lists of targets in vegeta's two formats, told apart by their first character: `{` begins JSON.
//!
//! Arrival k makes request k mod n, as vegeta's static targeter goes round. Where this is stricter or more than vegeta: every
//! error is told, with its line; keys that the JSON schema does not know are refused; URLs and header values may hold
//! placeholders; a header given for all is replaced by a target's own, not sent beside it.
//!
//! The formats are documented in vegeta's README ("-format", "-targets") and `lib/target.schema.json`.

mod entry;
mod http;
mod json;
mod list;

#[cfg(test)]
mod tests;

pub use list::parse;
