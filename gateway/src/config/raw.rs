//! The file as it is: a tree of values, each with its place, and no opinion on what they should be.
//!
//! serde's derived structs stop at the first type error or unknown key. A person who has made two typos
//! wants to hear of both, so nothing is refused here but what is not YAML; even a key given twice is kept
//! twice, to be reported with its path like any other error.
//!
//! Bounds: the size of the file, its depth, its nodes, and how much aliases may repeat, so that no file can
//! make a reload take all memory.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use super::defaults::CONFIG_BYTES_MAX;
use super::errors::{ConfigError, Position};

/// Levels of nesting; a config has five.
const DEPTH_MAX: usize = 16;
/// Keys and values together: 10 000 routes of 45 each, which is more than those with a few conditions or header edits have.
const NODES_MAX: usize = 450_000;
/// What aliases may repeat, in parser events: 10 000 routes that share a block of 20.
const REPLAYED_EVENTS_MAX: usize = 200_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Option<Position>,
}

/// What YAML's core schema makes of a node; a quoted scalar is always text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value, as often as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Option<Position>,
    pub(super) node: Node,
}

/// Reads one YAML document. The error is about YAML itself, with its place.
pub(super) fn parse(yaml: &[u8]) -> Result<Node, ConfigError> {
    let whole = |message: String| ConfigError {
        path: String::new(),
        message,
        at: None,
    };
    if yaml.len() > CONFIG_BYTES_MAX {
        return Err(whole(format!(
            "the config is {} bytes long: at most {CONFIG_BYTES_MAX}",
            yaml.len()
        )));
    }
    let text = std::str::from_utf8(yaml).map_err(|error| {
        whole(format!(
            "the config is not UTF-8 from byte {} on",
            error.valid_up_to()
        ))
    })?;
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPLAYED_EVENTS_MAX },
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: 2 * NODES_MAX,
            max_documents: 1,
            // one block of defaults shared by a thousand routes is what aliases are for
            enforce_alias_anchor_ratio: false,
        },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options) {
        Ok(root) => Ok(Node::from(root)),
        Err(error) => Err(ConfigError {
            path: String::new(),
            message: describe(error.without_snippet()),
            at: error.location().and_then(position),
        }),
    }
}

fn describe(error: &serde_saphyr::Error) -> String {
    if let serde_saphyr::Error::Budget { breach, .. } = error {
        return match breach {
            BudgetBreach::Documents { .. } => "the config has a second YAML document: one is read".to_owned(),
            BudgetBreach::Depth { .. } => format!("the config is nested deeper than {DEPTH_MAX} levels"),
            _ => format!("the config is too large: at most {NODES_MAX} keys and values"),
        };
    }
    let message =
        serde_saphyr::MessageFormatter::format_message(&serde_saphyr::DefaultMessageFormatter, error);
    let message: String = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("the config is not valid YAML: {message}")
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Node {
        Node {
            at: position(spanned.referenced),
            value: spanned.value,
        }
    }
}

fn position(location: Location) -> Option<Position> {
    let (line, column) = (location.line(), location.column());
    (line > 0).then_some(Position { line, column })
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        // no key takes a number anywhere near this, so the nearest is refused just as well
        Ok(Value::Integer(i128::try_from(value).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element::<Spanned<Value>>()? {
            list.push(Node::from(element));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let node = Node::from(access.next_value::<Spanned<Value>>()?);
            map.push(Entry {
                key: key.value,
                key_at: position(key.referenced),
                node,
            });
        }
        Ok(Value::Map(map))
    }
}
