//! The order of precedence, of rules beside each other: what [`Table::find`](super::Table::find) comes to, for people.

use super::host::Host;
use super::rule::{PathRule, Rule};
use super::template::Segment;
use std::cmp::{Ordering, Reverse};

/// `Less`: a request that both match belongs to `a`. Of rules that no request matches both, any fixed order.
pub fn precedence(a: &Rule, b: &Rule) -> Ordering {
    key(a).cmp(&key(b))
}

type Key<'a> = (
    (u8, Reverse<usize>, Option<&'a Host>),
    (u8, Vec<u8>, Reverse<usize>),
    Reverse<usize>,
    String,
);

fn key(rule: &Rule) -> Key<'_> {
    let host = match &rule.host {
        Some(host) if host.is_wildcard() => (1, Reverse(host.as_str().len())),
        Some(_) => (0, Reverse(0)),
        None => (2, Reverse(0)),
    };
    let path = match &rule.path {
        PathRule::Exact(_) => (0, Vec::new(), Reverse(0)),
        PathRule::Template(template) => (1, template.segments.iter().map(kind).collect(), Reverse(0)),
        PathRule::Prefix(path) => (2, Vec::new(), Reverse(path.len())),
    };
    (
        (host.0, host.1, rule.host.as_ref()),
        path,
        Reverse(rule.conditions.count()),
        rule.path.text(),
    )
}

fn kind(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Variable(_) => 1,
        Segment::Rest(_) => 2,
    }
}
