//! Which module of a crate refers to which: the edges that ranks and circles are judged by.
//!
//! Sources are `use` declarations and paths in the code that begin with `crate`, `super` or `self`. A name that a
//! parent re-exports (`pub use layout::draw`) counts as its origin, so that a detour over the parent hides nothing.
//! Code under `#[cfg(test)]` and test files are left out: a test may look at anything. Programs (`main.rs`) and
//! `lib.rs` stand above all modules and are no sources themselves.

use super::code;
use super::imports;
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// One reference between two children of one module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// The parent of both; empty for the crate's root.
    pub(crate) level: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    /// `path:line` of the reference.
    pub(crate) place: String,
}

/// The modules of one crate, without its tests.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) modules: BTreeSet<Vec<String>>,
    pub(crate) edges: Vec<Edge>,
}

impl Graph {
    pub(crate) fn of(tree: &Tree, name: &str) -> Self {
        let root = format!("{name}/src/");
        let files: Vec<(&str, Vec<String>, String)> = tree
            .sources()
            .filter_map(|(path, text)| {
                let inner = path.strip_prefix(&root).filter(|_| !code::is_test_file(path))?;
                Some((path, module(inner), without_tests(text)))
            })
            .collect();
        let modules: BTreeSet<Vec<String>> = files.iter().map(|(_, module, _)| module.clone()).collect();
        let mut exports: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (_, module, code) in &files {
            for (_, path) in imports::of(code) {
                let target: Vec<String> = [module.clone(), split(&path)].concat();
                if modules.contains(&target[..=module.len()]) && target.len() > module.len() + 1 {
                    let name = target[target.len() - 1].clone();
                    exports.insert([module.clone(), vec![name]].concat(), target);
                }
            }
        }
        let mut graph = Self {
            modules,
            edges: Vec::new(),
        };
        for (path, module, code) in files.iter().filter(|(_, module, _)| !module.is_empty()) {
            for (at, target) in references(code) {
                let Some(target) = absolute(module, &target) else {
                    continue;
                };
                let target = exports.get(&target).cloned().unwrap_or(target);
                graph.add(module, &target, format!("{path}:{}", code::line(code, at)));
            }
        }
        graph.edges.sort();
        graph.edges.dedup();
        graph
    }

    fn add(&mut self, source: &[String], target: &[String], place: String) {
        let shared = source.iter().zip(target).take_while(|(a, b)| a == b).count();
        let (Some(from), Some(to)) = (source.get(shared), target.get(shared)) else {
            return;
        };
        // otherwise the target is an item of the parent itself
        if self.modules.contains(&target[..=shared]) {
            let level = source[..shared].to_vec();
            self.edges.push(Edge {
                level,
                from: from.clone(),
                to: to.clone(),
                place,
            });
        }
    }
}

/// The module path of a file below `src/`; empty for the roots of library and programs.
fn module(inner: &str) -> Vec<String> {
    let mut parts: Vec<String> = split_by(inner.trim_end_matches(".rs"), '/');
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    let root = parts.len() == 1 && ["lib", "main"].contains(&parts[0].as_str());
    if root || parts.first().is_some_and(|first| first == "bin") {
        Vec::new()
    } else {
        parts
    }
}

fn without_tests(text: &str) -> String {
    let mut code = code::stripped(text);
    for range in code::test_ranges(&code) {
        let blank: String = code[range.clone()]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        code.replace_range(range, &blank);
    }
    code
}

/// Imports, and paths in expressions and types.
fn references(code: &str) -> Vec<(usize, String)> {
    let mut out = imports::of(code);
    for root in ["crate", "super"] {
        for at in code::words(code, root) {
            // not the middle of a chain of `super`s
            if !code[..at].ends_with("::") {
                let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let end = code[at..].find(|c| !part(c)).map_or(code.len(), |i| at + i);
                out.push((at, code[at..end].trim_end_matches(':').to_owned()));
            }
        }
    }
    out
}

/// A path from the crate's root, if it begins at a known place.
fn absolute(module: &[String], path: &str) -> Option<Vec<String>> {
    let parts = split(path);
    let rest = |from: usize| parts[from..].to_vec();
    match parts.first().map(String::as_str) {
        Some("crate") => Some(rest(1)),
        Some("self") => Some([module.to_vec(), rest(1)].concat()),
        Some("super") => {
            let up = parts.iter().take_while(|part| *part == "super").count();
            let base = module.len().checked_sub(up)?;
            Some([module[..base].to_vec(), rest(up)].concat())
        }
        _ => None,
    }
}

fn split(path: &str) -> Vec<String> {
    path.split("::")
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn split_by(path: &str, separator: char) -> Vec<String> {
    path.split(separator).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_seen_however_they_are_written() {
        let tree = Tree::of(&[
            (
                "a/src/lib.rs",
                "mod low; mod mid; mod high;\npub use low::Thing;\n",
            ),
            (
                "a/src/low.rs",
                "pub struct Thing;\n#[cfg(test)]\nmod tests { use crate::high::X; }\n",
            ),
            (
                "a/src/mid/mod.rs",
                "mod one; mod two;\npub use one::draw;\nuse crate::{low::Thing, Other};\n",
            ),
            ("a/src/mid/one.rs", "fn f() { super::two::g() }\n"),
            (
                "a/src/mid/two.rs",
                "use super::draw;\nfn f() -> crate::Thing {}\n",
            ),
            ("a/src/high.rs", "use super::mid;\n"),
        ]);
        let graph = Graph::of(&tree, "a");
        let edges: Vec<String> = graph
            .edges
            .iter()
            .map(|e| format!("{}:{}>{}", e.level.join("/"), e.from, e.to))
            .collect();
        for wanted in [":mid>low", ":high>mid", "mid:one>two", "mid:two>one"] {
            assert!(
                edges.iter().any(|edge| edge == wanted),
                "{wanted} is not in {edges:?}"
            );
        }
        assert!(
            !edges.iter().any(|edge| edge == ":low>high"),
            "tests may look at anything: {edges:?}"
        );
    }
}
