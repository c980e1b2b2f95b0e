//! Documents are true: every file says what it is for, what they name exists, and the required ones are there.

use super::tree::Tree;

/// Documents that every project of this kind has, each with words that only the real one contains.
const REQUIRED: [(&str, &str); 6] = [
    ("README.md", "cargo experiment tax"),
    ("ARCHITECTURE.md", "nvariant"),
    ("CHANGELOG.md", "Keep a Changelog"),
    ("LICENSE-MIT", "Permission is hereby granted, free of charge"),
    (
        "LICENSE-APACHE",
        "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
    ),
    ("deny.toml", "[licenses]"),
];
/// Endings that make a word without a slash a file's name.
const ENDINGS: [&str; 8] = [".rs", ".toml", ".md", ".yaml", ".yml", ".json", ".html", ".svg"];

/// Source files that do not begin with what they are for.
pub(crate) fn headed(tree: &Tree) -> Vec<String> {
    let bare = |text: &str| {
        !text
            .lines()
            .next()
            .is_some_and(|line| line.starts_with("//! ") && line.len() > 8)
    };
    tree.sources()
        .filter(|(_, text)| bare(text))
        .map(|(path, _)| format!("{path}: line 1 does not say what the file is for (`//! …`)"))
        .collect()
}

/// Documents that are missing, or not what they are called.
pub(crate) fn required(tree: &Tree) -> Vec<String> {
    let wrong = REQUIRED
        .iter()
        .filter(|(path, words)| !tree.text(path).is_some_and(|text| text.contains(words)));
    wrong
        .map(|(path, words)| format!("{path}: missing, or without {words:?}"))
        .collect()
}

/// Paths in backticks in ARCHITECTURE.md, and link targets in every document outside of the reports, that do not exist.
pub(crate) fn paths(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree
        .files()
        .filter(|(path, _)| path.ends_with(".md") && !path.starts_with("reports/"))
    {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in links(text) {
            if !tree.has(&joined(folder, &target)) {
                out.push(format!("{path}:{line}: links to {target}, which does not exist"));
            }
        }
        if path == "ARCHITECTURE.md" {
            for (line, name) in named_paths(text) {
                if !exists(tree, &name) {
                    out.push(format!("{path}:{line}: names {name}, which does not exist"));
                }
            }
        }
    }
    out
}

/// From the root, or from a crate, or from a crate's sources.
fn exists(tree: &Tree, name: &str) -> bool {
    tree.has(name)
        || tree
            .crates()
            .any(|c| tree.has(&format!("{c}/{name}")) || tree.has(&format!("{c}/src/{name}")))
}

/// Words in backticks that are paths: with a slash inside or a known ending, and without a placeholder.
fn named_paths(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for word in line.split('`').skip(1).step_by(2) {
            let plain = !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c));
            let path = word.contains('/') || ENDINGS.iter().any(|ending| word.ends_with(ending));
            // a leading slash is an HTTP path, a leading dot an ending
            let other = word.starts_with('/')
                || ENDINGS.contains(&word)
                || word
                    .chars()
                    .any(|c| c.is_ascii_uppercase() && word.contains("NAME"));
            if plain && path && !other {
                out.push((i + 1, word.to_owned()));
            }
        }
    }
    out
}

/// Relative targets of links and pictures.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                out.push((i + 1, target.to_owned()));
            }
        }
    }
    out
}

fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_bare_files_are_found() {
        let tree = Tree::of(&[
            ("a.rs", "//! What it is for.\n"),
            ("b.rs", "use x;\n"),
            ("c.rs", "//!\n"),
            ("d.rs", ""),
        ]);
        let found = headed(&tree);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(!found.iter().any(|f| f.starts_with("a.rs")));
    }

    #[test]
    fn planted_dead_names_are_found() {
        let tree = Tree::of(&[
            (
                "ARCHITECTURE.md",
                "`gateway/src/app.rs` `route/` `gone.rs` `old/mod.rs` `/healthz` `cargo run` `reports/<name>/x.md`\n",
            ),
            (
                "README.md",
                "`gone.rs` [a](docs/a.md#top) ![b](docs/b.svg) [c](https://example.org/c.md)\n",
            ),
            ("docs/a.md", "[up](../README.md) [down](below.md)\n"),
            ("gateway/Cargo.toml", ""),
            ("gateway/src/app.rs", ""),
            ("gateway/src/route/mod.rs", ""),
        ]);
        let expected = [
            "ARCHITECTURE.md:1: names gone.rs, which does not exist",
            "ARCHITECTURE.md:1: names old/mod.rs, which does not exist",
            "README.md:1: links to docs/b.svg, which does not exist",
            "docs/a.md:1: links to below.md, which does not exist",
        ];
        assert_eq!(paths(&tree), expected);
    }

    #[test]
    fn missing_and_empty_documents_are_found() {
        let found = required(&Tree::of(&[
            ("LICENSE-MIT", ""),
            ("README.md", "run `cargo experiment tax`"),
        ]));
        assert_eq!(found.len(), REQUIRED.len() - 1, "{found:?}");
    }
}
