//! What happens to the header fields of a message on its way: pure, without I/O, clock or chance.
//!
//! ```text
//! names      fields that a client is not believed about, in any spelling
//! table      a set of names, made at load, asked for each field
//! check      which names and values a config may edit
//! lines      the fields that a config writes and removes
//! edits      what a route sets, adds, removes and lets pass, compiled
//! security   the fields that tell browsers to be careful
//! hops       X-Forwarded-For and Forwarded: who the client is, and what we say of him
//! ```
//!
//! A route without edits has none of this: it is asked once per request whether there are any.

mod check;
mod edits;
mod hops;
mod lines;
mod names;
mod security;
mod table;

pub use check::{BadEdit, Direction, check_listed, check_name, check_value};
pub use edits::{Headers, Pass, RequestEdits, ResponseEdits};
pub use hops::Forwarded;
pub(crate) use hops::{client, element};
pub use lines::{Line, Lines};
pub(crate) use names::{is_forged_for_cgi, is_identity, speaks_of_hops};
pub use security::{SECURITY, Security, SecurityField};
pub use table::Names;
