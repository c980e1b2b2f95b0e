//! `docs/hardening.md` names a test for each of its rows, and each of the tests it names exists.

use std::path::Path;

const TABLE: &str = include_str!("../../docs/hardening.md");

/// The tests that each row names, as file and function.
fn rows() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let cells = TABLE.lines().filter(|line| line.starts_with("| ")).skip(1);
    cells
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let named = cells[cells.len() - 1]
                .split('`')
                .filter_map(|word| word.split_once(".rs::"));
            (cells[0], named.collect())
        })
        .collect()
}

/// Whether a file has a test of this name: the function, and right above it what makes it one.
fn has_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let mut before = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with(&head) {
            return before == "#[test]";
        }
        before = line;
    }
    false
}

#[test]
fn every_row_has_tests_that_exist() {
    let rows = rows();
    assert!(rows.len() > 20, "the table is not read: {} rows", rows.len());
    for (risk, tests) in rows {
        assert!(!tests.is_empty(), "{risk}");
        for (file, name) in tests {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(format!("{file}.rs"));
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}.rs: {error}"));
            assert!(has_test(&text, name), "{risk}: {file}.rs has no test {name}");
        }
    }
}

#[test]
fn what_is_no_test_is_seen() {
    let text = "#[test]\nfn a() {}\nfn b() {}\nproptest! {\n    #[test]\n    fn c(x in 0..1) {}\n}\n";
    let found: Vec<bool> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| has_test(text, name))
        .collect();
    assert_eq!(found, [true, false, true, false]);
}
