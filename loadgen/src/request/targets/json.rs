//! The `json` format: an object a line, with `method`, `url`, and perhaps `body` in base64 and `header` with lists of values.
//!
//! Headers are sent in the order they stand in, a name's values one after the other.

use super::entry::{Content, Entry, Problem};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    method: String,
    url: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    header: Option<IndexMap<String, Vec<String>>>,
}

/// Calls `each` with every target, or with what is wrong with its line.
pub(super) fn entries(text: &str, each: &mut dyn FnMut(Result<Entry, Problem>)) {
    for (i, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            each(entry(i + 1, line).map_err(|what| (i + 1, what)));
        }
    }
}

fn entry(line: usize, text: &str) -> Result<Entry, String> {
    let target: Target = serde_json::from_str(text).map_err(|error| {
        // the line it names is always the first
        let error = error.to_string();
        let what = error.replace(" at line 1 column", ", at character");
        format!(
            "{what}; write one object a line, as in {{\"method\": \"GET\", \"url\": \"http://host/path\"}}"
        )
    })?;
    let body = target.body.filter(|body| !body.is_empty());
    let body = body.map(|body| STANDARD.decode(body)).transpose();
    let body = body.map_err(|error| format!("body is not base64: {error}"))?;
    let headers = target.header.unwrap_or_default().into_iter();
    let headers = headers.flat_map(|(name, values)| {
        let named = move |value| (name.clone(), value);
        values.into_iter().map(named)
    });
    Ok(Entry {
        line,
        method: target.method,
        url: target.url,
        headers: headers.collect(),
        body: body.map(|body| Content::Bytes(body.into())),
    })
}
