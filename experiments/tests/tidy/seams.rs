//! Libraries that one part of a crate alone may name: what is pure stays pure by not knowing them.
//!
//! The crate's manifest cannot say it, because it speaks for the whole crate. Any mention counts, not imports alone: a
//! path in an expression is as good a door. Tests may name what they drive the code with.

use super::code;
use super::tree::Tree;

/// (crate, its part, the library that only this part names).
const SEAMS: [(&str, &str, &str); 1] = [
    // heads, framing and connection rules are fuzzed and driven byte by byte, without a runtime
    ("http1", "io", "tokio"),
];

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (name, part, library) in SEAMS {
        let (sources, inside) = (format!("{name}/src/"), format!("{name}/src/{part}"));
        let beyond = |path: &str| {
            let rest = path.strip_prefix(&inside);
            path.starts_with(&sources)
                && !code::is_test_file(path)
                && !rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
        };
        for (path, text) in tree.sources().filter(|(path, _)| beyond(path)) {
            let code = code::stripped(text);
            let tests = code::test_ranges(&code);
            for at in code::words(&code, library).filter(|at| !tests.iter().any(|range| range.contains(at))) {
                let line = code::line(&code, at);
                out.push(format!(
                    "{path}:{line}: {library} is named, which only {inside} may"
                ));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_tokio_in_the_core_is_found() {
        let code = "//! tokio in a doc\nfn f(at: tokio::time::Instant) {}\n\
                    #[cfg(test)]\nmod tests { use tokio::io::duplex; }\n";
        let found = check(&Tree::of(&[
            ("http1/src/head/parse.rs", code),
            ("http1/src/io/mod.rs", code),
            ("http1/src/io/server/mod.rs", code),
            ("http1/src/iodine.rs", "use tokio::io;\n"),
            ("http1/tests/a.rs", code),
            ("gateway/src/app.rs", code),
        ]));
        let expected = [
            "http1/src/head/parse.rs:2: tokio is named, which only http1/src/io may",
            "http1/src/iodine.rs:1: tokio is named, which only http1/src/io may",
        ];
        assert_eq!(found, expected);
    }
}
