//! Walking the raw tree: every value with its path, every error kept and none of them the last.
//!
//! A [`Fields`] is opened on a node that should be a mapping, with the keys it may have; opening it reports
//! the keys that it may not have. A value that is wrong is reported and read as absent, so the walk goes on.

use std::collections::BTreeMap;

use super::errors::{ConfigError, ConfigErrors, Position};
use super::hint;
use super::raw::{Entry, Node, Value};

/// Errors that are kept; of more than that only the number. Nobody reads a thousand, and a file that is
/// wrong in every line must not cost many times its size.
const ERRORS_MAX: usize = 1_000;

/// The errors so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    kept: Vec<ConfigError>,
    count: usize,
}

impl Errors {
    pub(super) fn push(&mut self, path: &str, at: Option<Position>, message: impl Into<String>) {
        self.count += 1;
        if self.kept.len() < ERRORS_MAX {
            self.kept.push(ConfigError {
                path: path.to_owned(),
                message: printable(message.into()),
                at,
            });
        }
    }

    /// For telling whether a part of the file was read without errors.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The errors, in the order of the file.
    pub(super) fn into_errors(self) -> ConfigErrors {
        ConfigErrors::new(self.kept, self.count)
    }
}

/// Messages quote what users wrote, and one error is one line.
fn printable(message: String) -> String {
    if !message.contains(char::is_control) {
        return message;
    }
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.to_string()
        }
    };
    message.chars().map(escaped).collect()
}

/// The keys of a mapping.
pub(super) struct Keys {
    pub(super) known: &'static [&'static str],
    /// Keys that the gateway is going to have and has not yet: refused like any other, but with the
    /// reason, since someone may have read of them.
    pub(super) planned: &'static [&'static str],
}

/// A value, its path and its place.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
}

impl<'a> Found<'a> {
    pub(super) fn error(&self, errors: &mut Errors, message: impl Into<String>) {
        errors.push(&self.path, self.node.at, message);
    }

    /// The value by `parse`, whose error is reported here.
    pub(super) fn read<T>(
        &self,
        errors: &mut Errors,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        parse(&self.node.value)
            .map_err(|message| self.error(errors, message))
            .ok()
    }

    /// The elements of a list.
    pub(super) fn list(&self, errors: &mut Errors) -> Option<Vec<Found<'a>>> {
        let Value::List(nodes) = &self.node.value else {
            self.error(
                errors,
                format!("expected a list, found {}", kind(&self.node.value)),
            );
            return None;
        };
        let element = |(index, node)| Found {
            path: format!("{}[{index}]", self.path),
            node,
        };
        Some(nodes.iter().enumerate().map(element).collect())
    }

    /// The entries of a mapping with keys of the user's choice; a key given twice is reported and left out.
    pub(super) fn entries(&self, errors: &mut Errors) -> Option<Vec<(&'a Entry, Found<'a>)>> {
        let map = self.map(errors)?;
        let once = self.once(map, errors).into_iter();
        Some(
            once.map(|entry| {
                (
                    entry,
                    Found {
                        path: join(&self.path, &entry.key),
                        node: &entry.node,
                    },
                )
            })
            .collect(),
        )
    }

    /// The fields of a mapping with given keys.
    pub(super) fn fields(&self, keys: &Keys, errors: &mut Errors) -> Option<Fields<'a>> {
        let map = self.map(errors)?;
        self.once(map, errors);
        for entry in map
            .iter()
            .filter(|entry| !keys.known.contains(&entry.key.as_str()))
        {
            errors.push(
                &join(&self.path, &entry.key),
                entry.key_at,
                unknown(&entry.key, keys),
            );
        }
        Some(Fields {
            path: self.path.clone(),
            at: self.node.at,
            map,
        })
    }

    fn map(&self, errors: &mut Errors) -> Option<&'a [Entry]> {
        if let Value::Map(map) = &self.node.value {
            return Some(map);
        }
        self.error(
            errors,
            format!("expected a mapping of keys, found {}", kind(&self.node.value)),
        );
        None
    }

    /// The entries whose key has not come before; those whose key has are reported.
    fn once(&self, map: &'a [Entry], errors: &mut Errors) -> Vec<&'a Entry> {
        let mut first: BTreeMap<&str, &Entry> = BTreeMap::new();
        let mut once = Vec::with_capacity(map.len());
        for entry in map {
            if let Some(before) = first.get(entry.key.as_str()) {
                let line = before
                    .key_at
                    .map_or(String::new(), |at| format!(", first in line {}", at.line));
                errors.push(
                    &join(&self.path, &entry.key),
                    entry.key_at,
                    format!("is given twice{line}"),
                );
            } else {
                first.insert(&entry.key, entry);
                once.push(entry);
            }
        }
        once
    }
}

/// A mapping whose keys have been checked.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    path: String,
    at: Option<Position>,
    map: &'a [Entry],
}

impl<'a> Fields<'a> {
    /// The value of a key, `None` when it is left out. A key without a value is an error: it may have been
    /// meant to be filled in.
    pub(super) fn get(&self, key: &str, errors: &mut Errors) -> Option<Found<'a>> {
        self.value_or(key, errors, || "give it one, or leave the key out".to_owned())
    }

    /// As [`Fields::get`], for a key that has to be there; `example` completes "write …".
    pub(super) fn require(&self, key: &str, example: &str, errors: &mut Errors) -> Option<Found<'a>> {
        if !self.has(key) {
            errors.push(
                &join(&self.path, key),
                self.at,
                format!("is missing: write `{example}`"),
            );
        }
        self.value_or(key, errors, || format!("write `{example}`"))
    }

    fn value_or(&self, key: &str, errors: &mut Errors, fix: impl FnOnce() -> String) -> Option<Found<'a>> {
        let entry = self.map.iter().find(|entry| entry.key == key)?;
        let found = Found {
            path: join(&self.path, key),
            node: &entry.node,
        };
        if entry.node.value == Value::Null {
            errors.push(&found.path, entry.key_at, format!("has no value: {}", fix()));
            return None;
        }
        Some(found)
    }

    /// Reads a key by `parse`; `None` when it is left out or wrong.
    pub(super) fn read<T>(
        &self,
        key: &str,
        errors: &mut Errors,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        self.get(key, errors)?.read(errors, parse)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.iter().any(|entry| entry.key == key)
    }

    /// An error about one of the keys, or about what follows from it.
    pub(super) fn error(&self, key: &str, errors: &mut Errors, message: impl Into<String>) {
        let at = self
            .map
            .iter()
            .find(|entry| entry.key == key)
            .map_or(self.at, |entry| entry.node.at);
        errors.push(&join(&self.path, key), at, message);
    }
}

/// What kind of value this is, for "expected …, found …".
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Integer(value) => format!("the number {value}"),
        Value::Float(value) => format!("the number {value}"),
        Value::Text(text) => format!("the text `{}`", shown(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}

/// A user's text in a message: no control characters, no more than fits a line.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 60;
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn unknown(key: &str, keys: &Keys) -> String {
    if keys.planned.contains(&key) {
        return "is not supported by this version: leave it out".to_owned();
    }
    match hint::nearest(key, keys.known.iter().copied()) {
        Some(meant) => format!("unknown key: did you mean `{meant}`?"),
        None => format!("unknown key: known are {}", quoted(keys.known.iter().copied())),
    }
}

/// `a`, `b`, `c`
pub(super) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for name in names {
        let separator = if list.is_empty() { "" } else { ", " };
        list.push_str(&format!("{separator}`{name}`"));
    }
    list
}

fn join(path: &str, key: &str) -> String {
    let key = shown(key);
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
