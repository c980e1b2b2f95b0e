//! Files and functions stay small enough to be read in one go.
//!
//! Functions in tests are exempt: a table of cases may be long and still be simple.

use super::code;
use super::tree::Tree;

/// Lines of a file.
const FILE_MAX: usize = 500;
/// Lines of a function, from `fn` to its closing brace.
const FUNCTION_MAX: usize = 70;

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree.sources() {
        let lines = text.lines().count();
        if lines > FILE_MAX {
            out.push(format!(
                "{path}: {lines} lines; {FILE_MAX} are the most, so split it"
            ));
        }
        if !code::is_test_file(path) {
            out.extend(long_functions(path, text));
        }
    }
    out
}

/// The median length of a source file.
pub(crate) fn median(tree: &Tree) -> usize {
    let mut lengths: Vec<usize> = tree.sources().map(|(_, text)| text.lines().count()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

fn long_functions(path: &str, text: &str) -> Vec<String> {
    let code = code::stripped(text);
    let tests = code::test_ranges(&code);
    let mut out = Vec::new();
    for at in code::words(&code, "fn").filter(|at| !tests.iter().any(|range| range.contains(at))) {
        // a type of functions has no name
        if code[at + 2..].starts_with('(') {
            continue;
        }
        let Some(body) = code::body(&code, at) else {
            continue;
        };
        let (first, last) = (code::line(&code, at), code::line(&code, body.end));
        let lines = last - first + 1;
        if lines > FUNCTION_MAX {
            let name = code[at + 2..].split(['(', '<']).next().unwrap_or_default().trim();
            out.push(format!(
                "{path}:{first}: fn {name} has {lines} lines; {FUNCTION_MAX} are the most"
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_long_ones_are_found() {
        let body = "    let x = \"}\";\n".repeat(FUNCTION_MAX);
        let long = format!("//! d\nfn long() {{\n{body}}}\n");
        let exempt = format!("//! d\n#[cfg(test)]\nmod tests {{\nfn long() {{\n{body}}}\n}}\n");
        let file = "//! d\n".repeat(FILE_MAX + 1);
        let tree = Tree::of(&[
            ("a/src/long.rs", &long),
            ("a/src/exempt.rs", &exempt),
            ("a/src/file.rs", &file),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("a/src/file.rs: 501 lines"), "{found:?}");
        assert!(
            found[1].starts_with("a/src/long.rs:2: fn long has 72 lines"),
            "{found:?}"
        );
        assert_eq!(median(&tree), 76);
    }
}
