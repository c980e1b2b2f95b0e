//! Whether documents are of one job, told by the fields in which they are not.

use crate::report::Document;
use serde_json::{Value, json};

/// How many differences are named; more of them are one mistake.
const DIFFERENCES_MAX: usize = 8;
/// A value longer than this is cut: a header or a body may be any length.
const VALUE_CHARS_MAX: usize = 60;

/// What differs, as `field: this, that`; nothing where both were asked for the same.
pub(in crate::results) fn differences(one: &Document, other: &Document) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &asked(one), &asked(other), &mut found);
    found
}

/// What was asked for: where it went, at what rate, and how it is to be judged. Not the seed, which a repetition changes.
fn asked(document: &Document) -> Value {
    let run = &document.run;
    json!({
        "job": run.job,
        "closed": run.closed,
        "offered": run.offered,
        "limits": run.limits,
        "slos": document.slos.iter().map(|slo| &slo.slo).collect::<Vec<_>>(),
        "interval": document.recording.series.as_ref().map(|series| series.interval()),
    })
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    if one == other || found.len() == DIFFERENCES_MAX {
        return;
    }
    let (Value::Object(fields), Value::Object(others)) = (one, other) else {
        found.push(format!("{path}: {}, {}", short(one), short(other)));
        return;
    };
    let new = others.keys().filter(|key| !fields.contains_key(*key));
    for key in fields.keys().chain(new) {
        let below = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        let (one, other) = (fields.get(key), others.get(key));
        compare(
            &below,
            one.unwrap_or(&Value::Null),
            other.unwrap_or(&Value::Null),
            found,
        );
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
