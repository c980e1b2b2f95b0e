//! Nothing in the repository knows the machine it was written on, or what lies beside it there.
//!
//! Reports are looked through like everything else: they are committed, and their provenance is text.

use super::code;
use super::tree::Tree;

/// The forbidden names, in halves so that this file is not the first violation.
const NAMES: [(&str, &str); 5] = [
    ("../", "shared"),
    ("/work", "/"),
    ("/root", "/"),
    ("/Users", "/"),
    ("/home", "/"),
];

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree.files() {
        for (first, second) in NAMES {
            let name = format!("{first}{second}");
            for (at, _) in text.match_indices(&name) {
                // the beginning of a path, not its middle: `src/work/` is a folder like any other
                let inside = text[..at]
                    .chars()
                    .next_back()
                    .is_some_and(|c| c.is_alphanumeric() || "_-./}".contains(c));
                if !inside {
                    out.push(format!(
                        "{path}:{}: names {name}, which is not part of the project",
                        code::line(text, at)
                    ));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_paths_are_found() {
        let leak = ["see ../", "shared/X.md\n\"/work", "/a\" src/work/b\n"].concat();
        let found = check(&Tree::of(&[
            ("README.md", &leak),
            ("reports/tax/run.json", "{\"cwd\": \"target/x\"}"),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("README.md:1") && found[1].starts_with("README.md:2"),
            "{found:?}"
        );
    }
}
