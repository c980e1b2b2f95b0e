//! Routing: which route takes a request, by its host, path and other parts of its head; and what a route does.
//!
//! Precedence, first match wins:
//! 1. the exact host before wildcards, a longer wildcard before a shorter one, rules for any host last;
//! 2. the exact path before templates, templates before prefixes. Of templates the one that has a literal segment
//!    where the other has a variable, or a variable where the other has a rest, at the first segment in which they
//!    differ. Of prefixes the longer one;
//! 3. more conditions before fewer: a list of methods is one, and so is each header, cookie and parameter of the query.
//!
//! A rule that does not match gives way to the next, over all hosts. Two rules that are equal in all three and that one
//! request could match are refused by [`Table::try_new`] ([`BadTable::Ambiguous`]). A request that misses every rule for
//! its method alone is told so apart ([`Miss::OtherMethod`]).
//!
//! Prefixes are segment-wise: `/a` matches `/a`, `/a/` and `/a/b`, and never `/ab`. Hosts compare without
//! case, port and trailing dot. Paths compare byte by byte, so they have to be in normal form first: that
//! is [`normal_path`], which the proxy applies before anything looks at a path.
//!
//! `docs/routing.md` tells users of it, beside what other gateways do.

mod action;
mod condition;
mod head;
mod host;
mod hosts;
mod id;
mod path;
mod precedence;
mod redirect;
mod rewrite;
mod rule;
mod slots;
mod split;
mod table;
mod template;
mod trie;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use action::{Action, FIXED_BYTES_MAX, Fixed};
pub use condition::{Condition, Conditions, Methods, Subject, Test};
pub use head::Head;
pub use host::{BadHost, Host};
pub use id::{ROUTES_MAX, RouteId};
pub use path::{PathFault, normal_path, path_is_plain};
pub use precedence::precedence;
pub use redirect::{Authority, Redirect, STATUSES, Scheme};
pub use rewrite::{Piece, Rewrite};
pub use rule::{PathRule, Rule};
pub use split::{BRANCHES_MAX, Branch, Split, WEIGHT_MAX};
pub use table::{ALIKE_MAX, Ambiguous, BadTable, Miss, Table};
pub use template::{BadPath, Template};
