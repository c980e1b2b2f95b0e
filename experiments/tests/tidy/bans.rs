//! What must not stand in the code: hidden clocks, hidden entropy, unordered maps; and unfinished work.
//!
//! clippy forbids most of this too (`clippy.toml` has the reasons). Here it is checked again on the text, because a
//! lint can be switched off where a test cannot, and because re-exports and macros hide calls from it.

use super::code;
use super::imports;
use super::tree::Tree;

/// Crates whose decisions must be a function of (seed, time given to them, messages).
const DETERMINED: [&str; 6] = ["http1", "gateway", "upstream-stub", "loadgen", "scenarios", "sim"];
/// Calls that let time, chance or order in by a side door.
const CALLS: [&str; 11] = [
    "std::time::Instant::now",
    "SystemTime::now",
    "UNIX_EPOCH.elapsed",
    "HashMap::new",
    "HashSet::new",
    "tokio::spawn",
    "tokio::task::spawn",
    "thread::sleep",
    "rand::rng(",
    "rand::random",
    "thread_rng",
];
/// Imports that make such a call look harmless: `Instant::now` is tokio's or the system's.
const IMPORTS: [&str; 6] = [
    "std::time::Instant",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "tokio::spawn",
    "tokio::task::spawn",
    "rand::rng",
];
/// What says "later" or "not now".
const UNFINISHED: [&str; 6] = [
    "todo!",
    "unimplemented!",
    "#[ignore",
    "#[allow(",
    "#![allow(",
    "dbg!",
];

/// Violations in the determined crates, but for lines that carry (or follow one that carries) an `expect(`.
pub(crate) fn side_doors(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    let determined = |path: &str| {
        DETERMINED
            .iter()
            .any(|name| path.starts_with(&format!("{name}/src/")))
    };
    for (path, text) in tree.sources().filter(|(path, _)| determined(path)) {
        let code = code::stripped(text);
        let calls = CALLS
            .iter()
            .flat_map(|call| code.match_indices(call).map(move |(at, _)| (at, *call)));
        // `task::spawn_local` begins like `task::spawn`
        let whole = |(at, call): &(usize, &str)| !code[at + call.len()..].starts_with(['_', 'a', 'b', 'l']);
        let imported = imports::of(&code).into_iter();
        let imported =
            imported.filter_map(|(at, path)| IMPORTS.iter().find(|i| **i == path).map(|i| (at, *i)));
        for (at, what) in calls.filter(whole).chain(imported) {
            let line = code::line(&code, at);
            if !excepted(text, line) {
                out.push(format!(
                    "{path}:{line}: {what} lets time, chance or order in by a side door"
                ));
            }
        }
    }
    out
}

/// Unfinished or switched off code anywhere, tests included.
pub(crate) fn unfinished(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree.sources() {
        let code = code::stripped(text);
        for what in UNFINISHED {
            for (at, _) in code.match_indices(what) {
                out.push(format!(
                    "{path}:{}: {what} is not a way to finish",
                    code::line(&code, at)
                ));
            }
        }
    }
    out
}

/// Whether a line, or the one above, carries an exception with its reason.
fn excepted(text: &str, line: usize) -> bool {
    let carries = |number: usize| text.lines().nth(number).is_some_and(|l| l.contains("expect("));
    carries(line - 1) || line >= 2 && carries(line - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_side_doors_are_found() {
        let source = "//! d\nuse std::time::{Duration, Instant};\nfn a() { tokio::spawn(b()); }\n\
                      // tokio::spawn in a comment\nconst S: &str = \"HashMap::new\";\n\
                      fn c() { tokio::task::spawn_local(d()); }\nfn e() { std::thread::sleep(D); }\n";
        let found = side_doors(&Tree::of(&[
            ("sim/src/a.rs", source),
            ("charts/src/a.rs", source),
        ]));
        assert_eq!(found.len(), 3, "{found:?}");
        for (line, what) in [
            (2, "std::time::Instant"),
            (3, "tokio::spawn"),
            (7, "thread::sleep"),
        ] {
            assert!(
                found
                    .iter()
                    .any(|f| f.starts_with(&format!("sim/src/a.rs:{line}: {what}"))),
                "{found:?}"
            );
        }
    }

    #[test]
    fn an_exception_with_its_reason_is_one() {
        let excepted =
            "//! d\n#[expect(clippy::disallowed_methods, reason = \"r\")]\nlet t = SystemTime::now();\n";
        assert!(side_doors(&Tree::of(&[("sim/src/a.rs", excepted)])).is_empty());
        let far = "//! d\n#[expect(x)]\nfn f() {\nlet t = SystemTime::now();\n}\n";
        assert_eq!(side_doors(&Tree::of(&[("sim/src/a.rs", far)])).len(), 1);
    }

    #[test]
    fn planted_unfinished_work_is_found() {
        let source = "//! todo! in a doc\nfn a() { todo!() }\n#[ignore]\n#[test]\nfn b() {}\n#[allow(dead_code)]\nfn c() {}\n";
        let found = unfinished(&Tree::of(&[("charts/tests/a.rs", source)]));
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
