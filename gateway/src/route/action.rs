//! What becomes of a request that a rule took.

use super::redirect::Redirect;
use super::split::Split;

/// Bytes of a fixed answer's body: a page that says something, not a site.
pub const FIXED_BYTES_MAX: usize = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Index into the plan's upstreams.
    Upstream(usize),
    Split(Split),
    Redirect(Redirect),
    Respond(Fixed),
}

/// An answer that is always the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// 200 to 599. 204, 205 and 304 come without a body.
    pub status: u16,
    pub body: Box<str>,
    /// A valid field value; `None` only without a body.
    pub content_type: Option<Box<str>>,
}

impl Action {
    /// The upstreams that requests may go to, as indices.
    pub fn upstreams(&self) -> Vec<usize> {
        match self {
            Action::Upstream(upstream) => vec![*upstream],
            Action::Split(split) => split.branches().iter().map(|branch| branch.upstream).collect(),
            Action::Redirect(_) | Action::Respond(_) => Vec::new(),
        }
    }
}
