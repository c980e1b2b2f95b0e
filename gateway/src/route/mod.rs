//! Routing: which route takes a request, by its host and path.
//!
//! Precedence, first match wins:
//! 1. rules with the request's host before rules for any host;
//! 2. the exact path before prefixes;
//! 3. a longer prefix before a shorter one.
//!
//! A rule of the request's host that does not match its path gives way to the rules for any host. Two rules
//! that are equal in all three would both match; [`Table::try_new`] refuses them ([`BadTable::Ambiguous`]).
//!
//! Prefixes are segment-wise: `/a` matches `/a`, `/a/` and `/a/b`, and never `/ab`. Hosts compare without
//! case, port and trailing dot. Paths compare byte by byte, so they have to be in normal form first: that
//! is [`normal_path`], which the proxy applies before anything looks at a path.
//!
//! Not here: methods, headers, weights; what happens to a request that no rule matches.

mod host;
mod id;
mod path;
mod paths;
mod rule;
mod table;

#[cfg(test)]
mod tests;

pub use host::{BadHost, Host};
pub use id::{ROUTES_MAX, RouteId};
pub use path::{PathFault, normal_path, path_is_plain};
pub use rule::{BadPath, PathRule, Rule};
pub use table::{Ambiguous, BadTable, Table};
