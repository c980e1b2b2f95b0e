//! The routing table: which rule takes a request, in a number of steps that does not depend on how many rules there are.

use std::ops::ControlFlow;

use super::condition::{Conditions, Verdict};
use super::head::Head;
use super::host::Host;
use super::hosts::Hosts;
use super::id::{ROUTES_MAX, RouteId};
use super::rule::Rule;
use super::trie::{Builder, Candidate, Trie};

/// Rules that share host and path and differ in conditions only. They are looked at one by one, and who
/// needs more means something that should be in the path.
pub const ALIKE_MAX: usize = 64;

/// Immutable. Finding allocates nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    hosts: Hosts,
    paths: Trie,
}

/// Why no rule takes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    NoRoute,
    /// Rules would take it if its method were another: [`Table::allowed`] says which.
    OtherMethod,
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
    /// The places of rules that come to more than [`ALIKE_MAX`] of one host and path, a list for each such path.
    TooManyAlike(Vec<Vec<usize>>),
    Ambiguous(Vec<Ambiguous>),
}

impl Table {
    /// The rule at place `n` becomes [`RouteId`] `n`. On error every later rule is named with the first
    /// one it collides with.
    pub fn try_new(rules: &[Rule]) -> Result<Table, BadTable> {
        if rules.len() > ROUTES_MAX {
            return Err(BadTable::TooMany(rules.len()));
        }
        let mut distinct: Vec<Host> = rules.iter().filter_map(|rule| rule.host.clone()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut builder = Builder::new(distinct.len() + 1);
        for (place, rule) in rules.iter().enumerate() {
            let host = rule.host.as_ref().map(|host| distinct.binary_search(host));
            let (Some(id), Ok(root)) = (RouteId::from_index(place), host.unwrap_or(Ok(distinct.len())))
            else {
                continue;
            };
            let conditions = (rule.conditions.count() > 0).then(|| Box::new(rule.conditions.clone()));
            builder.insert(root as u32, &rule.path, Candidate { id, conditions });
        }
        let paths = builder.build();
        check(&paths)?;
        let any = rules.iter().any(|rule| rule.host.is_none());
        Ok(Table {
            hosts: Hosts::new(distinct, any),
            paths,
        })
    }

    /// Whether [`Head::host`] makes a difference.
    pub fn asks_for_host(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// The route of a request.
    pub fn find(&self, head: &Head<'_>) -> Result<RouteId, Miss> {
        let mut miss = Miss::NoRoute;
        let found = self.each(head, &mut |candidates| {
            for candidate in candidates {
                let verdict = match &candidate.conditions {
                    Some(conditions) => conditions.judge(head),
                    None => Verdict::Met,
                };
                match verdict {
                    Verdict::Met => return ControlFlow::Break(candidate.id),
                    Verdict::OtherMethod => miss = Miss::OtherMethod,
                    Verdict::Unmet => {}
                }
            }
            ControlFlow::Continue(())
        });
        match found {
            ControlFlow::Break(id) => Ok(id),
            ControlFlow::Continue(()) => Err(miss),
        }
    }

    /// The methods with which a request would have found a route, as `Allow` has them (RFC 9110 §10.2.1).
    pub fn allowed(&self, head: &Head<'_>) -> String {
        let mut allowed: Vec<&str> = Vec::new();
        let _: ControlFlow<()> = self.each(head, &mut |candidates| {
            let conditions = candidates
                .iter()
                .filter_map(|candidate| candidate.conditions.as_deref());
            let other = conditions.filter(|conditions| conditions.judge(head) == Verdict::OtherMethod);
            allowed.extend(
                other
                    .filter_map(Conditions::methods)
                    .flat_map(|methods| methods.names()),
            );
            ControlFlow::Continue(())
        });
        allowed.sort_unstable();
        allowed.dedup();
        allowed.join(", ")
    }

    /// All rules of the request's host and path, those of one precedence together, the most specific first.
    fn each<'a, B>(
        &'a self,
        head: &Head<'_>,
        visit: &mut impl FnMut(&'a [Candidate]) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if !head.path.starts_with('/') {
            return ControlFlow::Continue(());
        }
        let mut host = self.hosts.first(head.host);
        while let Some(root) = host {
            self.paths.each(root, head.path, visit)?;
            host = self.hosts.next(root);
        }
        ControlFlow::Continue(())
    }
}

/// Whether conditions tell all rules apart that nothing else does.
fn check(paths: &Trie) -> Result<(), BadTable> {
    let places = |list: &[Candidate]| list.iter().map(|candidate| candidate.id.index()).collect();
    let crowds: Vec<Vec<usize>> = paths
        .lists()
        .filter(|list| list.len() > ALIKE_MAX)
        .map(places)
        .collect();
    if !crowds.is_empty() {
        return Err(BadTable::TooManyAlike(crowds));
    }
    let mut ambiguous = Vec::new();
    for list in paths.lists() {
        for (at, second) in list.iter().enumerate() {
            let first = list[..at].iter().find(|first| collide(first, second));
            ambiguous.extend(first.map(|first| Ambiguous {
                first: first.id.index(),
                second: second.id.index(),
            }));
        }
    }
    if ambiguous.is_empty() {
        return Ok(());
    }
    ambiguous.sort_by_key(|pair| pair.second);
    Err(BadTable::Ambiguous(ambiguous))
}

fn collide(a: &Candidate, b: &Candidate) -> bool {
    let overlap = match (&a.conditions, &b.conditions) {
        (Some(a), Some(b)) => a.overlap(b),
        _ => true,
    };
    a.count() == b.count() && overlap
}
