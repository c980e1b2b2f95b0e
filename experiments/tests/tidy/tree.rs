//! The files that rules read: those of the workspace, or a handful made up by a test.
//!
//! Paths are relative to the workspace's root, with `/`. Only text kinds that people write or reports consist of are
//! read; build output, version control and what an editor leaves behind are not.

use std::collections::BTreeMap;
use std::path::Path;

/// Kinds of files that are read, by how their names end.
const KINDS: [&str; 12] = [
    ".rs", ".toml", ".md", ".yaml", ".yml", ".json", ".html", ".svg", ".csv", ".snap", ".txt", ".lock",
];
/// Files without such an ending that are read too.
const NAMES: [&str; 6] = [
    "justfile",
    "run",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    ".gitignore",
    ".editorconfig",
];
/// Directories that are not looked into.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// Text files by path.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// The workspace this test belongs to.
    pub(crate) fn workspace() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("a crate lies in its workspace");
        let mut tree = Self::default();
        tree.read(root, "");
        assert!(
            tree.files.contains_key("Cargo.toml"),
            "the workspace's root was not found"
        );
        tree
    }

    /// Files made up by a test.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(own).collect(),
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every file: (path, text).
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every Rust file: (path, text).
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Whether a file or a directory of that path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path)
            || self
                .files
                .keys()
                .any(|file| file.starts_with(&format!("{path}/")))
    }

    /// The crates: directories with a `Cargo.toml`.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.files
            .keys()
            .filter_map(|path| path.strip_suffix("/Cargo.toml"))
            .filter(|name| !name.contains('/'))
    }

    fn read(&mut self, directory: &Path, prefix: &str) {
        let entries = std::fs::read_dir(directory).expect("the workspace is readable");
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}/{name}")
            };
            if entry.path().is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    self.read(&entry.path(), &path);
                }
            } else if KINDS.iter().any(|kind| name.ends_with(kind)) || NAMES.contains(&name.as_str()) {
                // what is not UTF-8 is data, not text
                if let Ok(text) = std::fs::read_to_string(entry.path()) {
                    self.files.insert(path, text);
                }
            }
        }
    }
}
