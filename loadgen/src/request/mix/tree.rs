//! The file as it is: values with their lines, and no opinion on what they should be.
//!
//! Derived structs stop at the first unknown key; a person who made two typos wants to hear of both. Even a key given twice
//! is kept twice, to be told with its path.
//!
//! Bounds: size, depth, nodes, and what aliases may repeat, so that no file takes all memory.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DefaultMessageFormatter, DuplicateKeyPolicy, Location, MessageFormatter, Spanned};
use std::fmt;

/// A thousand flows of 32 steps, written at length.
const BYTES_MAX: usize = 32 << 20;
/// Levels of nesting; a mix has eight.
const DEPTH_MAX: usize = 16;
/// Keys and values together: a thousand flows of 32 steps with 30 of them each.
const NODES_MAX: usize = 1_000_000;
/// What aliases may repeat, in parser events: headers shared by all those steps.
const REPLAYED_EVENTS_MAX: usize = 500_000;

/// A value and its line.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) line: Option<u64>,
}

/// What YAML's core schema makes of it; a quoted scalar is always text.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// Keys with their lines, as often as they are written.
    Map(Vec<(String, Option<u64>, Node)>),
}

/// Reads one document; the error is about YAML itself, with its line.
pub(super) fn parse(text: &str) -> Result<Node, (Option<u64>, String)> {
    if text.len() > BYTES_MAX {
        return Err((None, format!("{} bytes are more than {BYTES_MAX}", text.len())));
    }
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
            // headers shared by many steps are what aliases are for
            enforce_alias_anchor_ratio: false,
        },
    };
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options)
        .map(Node::from)
        .map_err(|error| {
            let message = DefaultMessageFormatter.format_message(error.without_snippet());
            let message = message.replace(char::is_control, " ");
            (
                error.location().and_then(line),
                format!("is not valid YAML: {message}"),
            )
        })
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            line: line(spanned.referenced),
            value: spanned.value,
        }
    }
}

/// The parser's word for "unknown" is 0.
fn line(location: Location) -> Option<u64> {
    Some(location.line()).filter(|line| *line > 0)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
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

    // weights are the only numbers, and far below what a float holds exactly
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element::<Spanned<Value>>()? {
            list.push(element.into());
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let node = access.next_value::<Spanned<Value>>()?.into();
            map.push((key.value, line(key.referenced), node));
        }
        Ok(Value::Map(map))
    }
}
