//! Walking the tree: every value with its path and line, every error kept and none of them the last.
//!
//! What is wrong is told and read as if it were not there.

use super::tree::{Node, Value};
use crate::request::wording::{Errors, meant, shown};
use std::collections::BTreeMap;
use std::fmt::Display;

/// What is wrong with a file so far.
pub(super) struct Problems<'a> {
    file: &'a str,
    errors: Errors,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        let errors = Errors::default();
        Self { file, errors }
    }

    pub(super) fn add(&mut self, line: Option<u64>, path: &str, what: impl Display) {
        let line = line.map_or(String::new(), |line| format!(":{line}"));
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("{path}: ")
        };
        self.errors.push(format!("{}{line}: {path}{what}", self.file));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.errors.into_lines()
    }
}

/// A value at its place.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) path: String,
    pub(super) line: Option<u64>,
    value: &'a Value,
}

impl<'a> Found<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            path: String::new(),
            line: node.line,
            value: &node.value,
        }
    }

    pub(super) fn wrong(&self, problems: &mut Problems<'_>, what: impl Display) {
        problems.add(self.line, &self.path, what);
    }

    /// What `parse` makes of the text; its error is told here.
    pub(super) fn read<T>(
        &self,
        problems: &mut Problems<'_>,
        parse: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(problems)?;
        parse(text).map_err(|what| self.wrong(problems, what)).ok()
    }

    pub(super) fn text(&self, problems: &mut Problems<'_>) -> Option<&'a str> {
        match self.value {
            Value::Text(text) => return Some(text),
            Value::Number(_) | Value::Bool(_) => {
                let found = kind(self.value);
                self.wrong(
                    problems,
                    format!("expected text, found {found}: put it in quotes"),
                );
            }
            other => self.wrong(problems, format!("expected text, found {}", kind(other))),
        }
        None
    }

    pub(super) fn number(&self, problems: &mut Problems<'_>) -> Option<f64> {
        match self.value {
            Value::Number(number) => return Some(*number),
            other => self.wrong(problems, format!("expected a number, found {}", kind(other))),
        }
        None
    }

    pub(super) fn list(&self, problems: &mut Problems<'_>) -> Option<Vec<Found<'a>>> {
        let Value::List(list) = self.value else {
            self.wrong(problems, format!("expected a list, found {}", kind(self.value)));
            return None;
        };
        let found = |(i, node): (usize, &'a Node)| Found {
            path: format!("{}[{i}]", self.path),
            line: node.line,
            value: &node.value,
        };
        Some(list.iter().enumerate().map(found).collect())
    }

    /// As [`Found::list`], where one text may stand for a list of one.
    pub(super) fn one_or_more(&self, problems: &mut Problems<'_>) -> Option<Vec<Found<'a>>> {
        match self.value {
            Value::Text(_) => Some(vec![self.clone()]),
            _ => self.list(problems),
        }
    }

    /// A mapping with keys of the user's choice, in its order; a key is told and left out the second time.
    pub(super) fn pairs(&self, problems: &mut Problems<'_>) -> Vec<(&'a str, Found<'a>)> {
        let Value::Map(map) = self.value else {
            self.wrong(
                problems,
                format!("expected a mapping of keys, found {}", kind(self.value)),
            );
            return Vec::new();
        };
        let mut first: BTreeMap<&str, Option<u64>> = BTreeMap::new();
        let mut pairs = Vec::with_capacity(map.len());
        for (key, line, node) in map {
            let path = self.join(key);
            if let Some(before) = first.get(key.as_str()) {
                let before = before.map_or(String::new(), |line| format!(", first in line {line}"));
                problems.add(*line, &path, format!("is given twice{before}"));
                continue;
            }
            first.insert(key, *line);
            let found = Found {
                path,
                line: *line,
                value: &node.value,
            };
            pairs.push((key.as_str(), found));
        }
        pairs
    }

    /// A mapping with the keys that there are; others are told, and so is one that has no value: it may have been meant to
    /// be filled in.
    pub(super) fn fields(&self, known: &[&str], problems: &mut Problems<'_>) -> Fields<'a> {
        let mut fields = Vec::new();
        for (key, found) in self.pairs(problems) {
            if !known.contains(&key) {
                found.wrong(problems, format!("unknown key: {}", meant(key, known)));
            } else if matches!(found.value, Value::Null) {
                found.wrong(problems, "has no value: give it one, or leave the key out");
            } else {
                fields.push((key, found));
            }
        }
        Fields(fields)
    }

    /// The path of a key below this one.
    pub(super) fn join(&self, key: &str) -> String {
        let key = shown(key);
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}{}", self.path, key.trim_matches('"'))
    }
}

/// The keys of a mapping that were there.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(&'a str, Found<'a>)>);

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Found<'a>> {
        self.0
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, found)| found)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(&'a str, Found<'a>)> {
        self.0.iter()
    }
}

/// For "expected …, found …".
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => format!("the number {value}"),
        Value::Text(text) => format!("the text {}", shown(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}
