//! The paths of one host: the exact ones and the prefixes, each sorted, each found by one binary search.
//!
//! Prefixes are ordered by segments, which is the order of bytes with `/` below every other byte. In that
//! order a prefix comes right before everything below it. So of all prefixes that contain a path, each is
//! the last one not greater than the path or an ancestor of that; ancestors are linked when the table is
//! built, and the answer is the first one on that chain that is no longer than what the path shares with
//! its start. One search and a walk over numbers, instead of a search per segment: a path of 4 000
//! segments costs no more than its bytes.

use std::cmp::Ordering;

use super::id::RouteId;

/// Sorted, immutable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Paths {
    exact: Vec<(Box<str>, RouteId)>,
    prefixes: Vec<Prefix>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Prefix {
    /// Without the trailing slash: that of everything is empty.
    path: Box<str>,
    /// The longest other prefix that contains this one, by its place; always before this.
    parent: Option<usize>,
    route: RouteId,
}

impl Paths {
    /// Both lists in any order; no path twice in either.
    pub(super) fn new(mut exact: Vec<(Box<str>, RouteId)>, prefixes: Vec<(Box<str>, RouteId)>) -> Paths {
        exact.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut sorted: Vec<Prefix> = prefixes
            .into_iter()
            .map(|(path, route)| Prefix {
                path: path.trim_end_matches('/').into(),
                parent: None,
                route,
            })
            .collect();
        sorted.sort_unstable_by(|a, b| by_segments(&a.path, &b.path));
        for at in 1..sorted.len() {
            // the one before is the parent, or a descendant of the parent, or there is none
            let mut parent = Some(at - 1);
            while let Some(candidate) = parent {
                if contains(&sorted[candidate].path, &sorted[at].path) {
                    break;
                }
                parent = sorted[candidate].parent;
            }
            sorted[at].parent = parent;
        }
        Paths {
            exact,
            prefixes: sorted,
        }
    }

    pub(super) fn find(&self, path: &str) -> Option<RouteId> {
        if let Ok(at) = self.exact.binary_search_by(|(exact, _)| (**exact).cmp(path)) {
            return Some(self.exact[at].1);
        }
        let not_greater = self
            .prefixes
            .partition_point(|prefix| by_segments(&prefix.path, path) != Ordering::Greater);
        let mut candidate = self.prefixes.get(not_greater.checked_sub(1)?)?;
        let shared = shared_bytes(&candidate.path, path);
        loop {
            if candidate.path.len() <= shared && ends_segment(path, candidate.path.len()) {
                return Some(candidate.route);
            }
            candidate = self.prefixes.get(candidate.parent?)?;
        }
    }
}

fn by_segments(a: &str, b: &str) -> Ordering {
    let shared = shared_bytes(a, b);
    let rank = |byte: &u8| if *byte == b'/' { 0 } else { u16::from(*byte) + 1 };
    a.as_bytes()
        .get(shared)
        .map(rank)
        .cmp(&b.as_bytes().get(shared).map(rank))
}

fn shared_bytes(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

fn contains(prefix: &str, path: &str) -> bool {
    path.starts_with(prefix) && ends_segment(path, prefix.len())
}

/// Whether a segment of `path` ends at this byte.
fn ends_segment(path: &str, at: usize) -> bool {
    matches!(path.as_bytes().get(at), None | Some(b'/'))
}
