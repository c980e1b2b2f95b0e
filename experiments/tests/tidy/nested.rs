//! Below the top level modules have no ranks, but they must not import each other in circles either: a circle is one
//! module in several files, and can only be understood as a whole.

use super::graph::{Edge, Graph};
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let found = tree
        .crates()
        .flat_map(|name| circles(name, &Graph::of(tree, name)));
    found.map(|(place, what)| format!("{place}: {what}")).collect()
}

/// (module, which of its children import each other).
fn circles(name: &str, graph: &Graph) -> Vec<(String, String)> {
    let mut levels: BTreeMap<&[String], Vec<&Edge>> = BTreeMap::new();
    for edge in graph.edges.iter().filter(|edge| !edge.level.is_empty()) {
        levels.entry(&edge.level).or_default().push(edge);
    }
    let mut out = Vec::new();
    for (level, edges) in levels {
        let children: BTreeSet<&str> = edges.iter().map(|edge| edge.from.as_str()).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for child in children {
            let reached = reach(child, &edges);
            if reached.contains(child) && !seen.contains(child) {
                let back = |other: &&str| reach(other, &edges).contains(child);
                let circle: Vec<&str> = reached.iter().copied().filter(back).collect();
                seen.extend(&circle);
                let places: Vec<&str> = edges
                    .iter()
                    .filter(|e| circle.contains(&e.from.as_str()) && circle.contains(&e.to.as_str()))
                    .map(|e| e.place.as_str())
                    .collect();
                let (level, circle) = (level.join("::"), circle.join(", "));
                let what = format!("{circle} import each other in a circle ({})", places.join(", "));
                out.push((format!("{name}::{level}"), what));
            }
        }
    }
    out
}

/// Every module reached from `start` by one edge or more.
fn reach<'a>(start: &str, edges: &[&'a Edge]) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(module) = open.pop() {
        for edge in edges.iter().filter(|edge| edge.from == module) {
            if reached.insert(edge.to.as_str()) {
                open.push(&edge.to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_circle_is_found_once() {
        let tree = Tree::of(&[
            ("a/Cargo.toml", ""),
            ("a/src/m/mod.rs", "mod x; mod y; mod z; mod w;\n"),
            ("a/src/m/x.rs", "use super::y::A;\n"),
            ("a/src/m/y.rs", "use crate::m::z::B;\n"),
            ("a/src/m/z.rs", "use super::x::C;\n"),
            ("a/src/m/w.rs", "use super::x::C;\n"),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("a::m: x, y, z import each other in a circle"),
            "{found:?}"
        );
    }
}
