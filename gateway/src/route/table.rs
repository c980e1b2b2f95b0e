//! The routing table: rules sorted so that finding one takes a few binary searches and no allocation.

use super::host::{self, Host};
use super::id::{ROUTES_MAX, RouteId};
use super::paths::Paths;
use super::rule::Rule;

/// Immutable; its size does not matter much to [`Table::find`]: each step is a binary search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    hosts: Vec<(Host, Paths)>,
    any: Paths,
}

/// Two rules, by their places, that one request can match with nothing to tell which goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous {
    pub first: usize,
    pub second: usize,
}

/// Why rules make no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadTable {
    /// More than [`ROUTES_MAX`].
    TooMany(usize),
    Ambiguous(Vec<Ambiguous>),
}

impl Table {
    /// The rule at place `n` becomes [`RouteId`] `n`. On error every later rule is named with the first
    /// one it collides with.
    pub fn try_new(rules: &[Rule]) -> Result<Table, BadTable> {
        if rules.len() > ROUTES_MAX {
            return Err(BadTable::TooMany(rules.len()));
        }
        let mut order: Vec<usize> = (0..rules.len()).collect();
        // equal rules come to stand together, the first of them first
        order.sort_by(|&a, &b| key(&rules[a]).cmp(&key(&rules[b])));
        let mut ambiguous = Vec::new();
        for same in order.chunk_by(|&a, &b| key(&rules[a]) == key(&rules[b])) {
            ambiguous.extend(same[1..].iter().map(|&second| Ambiguous {
                first: same[0],
                second,
            }));
        }
        if !ambiguous.is_empty() {
            ambiguous.sort_by_key(|pair| pair.second);
            return Err(BadTable::Ambiguous(ambiguous));
        }
        let mut table = Table::default();
        for same_host in order.chunk_by(|&a, &b| rules[a].host == rules[b].host) {
            let paths = paths(rules, same_host);
            match &rules[same_host[0]].host {
                Some(host) => table.hosts.push((host.clone(), paths)),
                None => table.any = paths,
            }
        }
        Ok(table)
    }

    /// `host`: the `Host` header or the target's authority, in any case, with or without port.
    /// `path`: in the form that [`normal_path`](super::normal_path) gives, without the query.
    pub fn find(&self, host: &str, path: &str) -> Option<RouteId> {
        if !path.starts_with('/') {
            return None;
        }
        if self.hosts.is_empty() {
            return self.any.find(path);
        }
        let bare = host::bare(host);
        let own = match self.hosts.binary_search_by(|(host, _)| host.cmp_bare(bare)) {
            Ok(at) => self.hosts[at].1.find(path),
            Err(_) => None,
        };
        own.or_else(|| self.any.find(path))
    }
}

fn key(rule: &Rule) -> (Option<&Host>, bool, &str) {
    (rule.host.as_ref(), rule.path.is_exact(), rule.path.path())
}

fn paths(rules: &[Rule], places: &[usize]) -> Paths {
    let mut exact = Vec::new();
    let mut prefixes = Vec::new();
    for &place in places {
        let Some(id) = RouteId::from_index(place) else {
            continue;
        };
        let list = if rules[place].path.is_exact() {
            &mut exact
        } else {
            &mut prefixes
        };
        list.push((rules[place].path.path().into(), id));
    }
    Paths::new(exact, prefixes)
}
