//! From the text of a list to a catalogue; what both formats have in common.
//!
//! A body file that many targets name is read once. An error names file and line, and the walk goes on.

use super::entry::{Content, Entry, Problem};
use super::{http, json};
use crate::request::catalogue::{Catalogue, TARGETS_MAX};
use crate::request::common::{Common, Files, ReadFile, merged};
use crate::request::step::{Body, Step, StepSpec};
use crate::request::url::Url;
use crate::request::wording::Errors;
use std::sync::Arc;

/// It is in memory beside what is made of it, which is larger still.
const BYTES_MAX: usize = 256 << 20;
/// Characters of a target's path in its name; names are columns of a report.
const NAME_PATH_CHARS_MAX: usize = 60;

/// Parses a list of targets. `file` names it in errors; `read` reads the body files that it names.
pub fn parse(text: &str, file: &str, common: &Common, read: ReadFile<'_>) -> Result<Catalogue, Vec<String>> {
    if text.len() > BYTES_MAX {
        return Err(vec![format!(
            "{file}: {} bytes are more than {BYTES_MAX}",
            text.len()
        )]);
    }
    let mut errors = Errors::default();
    let mut steps = Vec::new();
    let mut files = Files::new(read);
    let is_json = text.trim_start().starts_with('{');
    let mut each = |entry: Result<Entry, Problem>| {
        let step = entry.and_then(|entry| {
            let line = entry.line;
            step(entry, common, &mut files).map_err(|what| (line, what))
        });
        match step {
            // one more than there may be is refused in the end, and no more than that is kept
            Ok(step) if steps.len() <= TARGETS_MAX => steps.push(step),
            Ok(_) => {}
            Err((line, what)) => errors.push(format!("{file}:{line}: {what}")),
        }
    };
    if is_json {
        json::entries(text, &mut each);
    } else {
        http::entries(text, &mut each);
    }
    if !errors.is_empty() {
        return Err(errors.into_lines());
    }
    if steps.is_empty() {
        return Err(vec![format!(
            "{file}: holds no target: write `GET http://host/path`, one a line"
        )]);
    }
    Catalogue::turns(steps).map_err(|error| vec![format!("{file}: {error}")])
}

fn step(entry: Entry, common: &Common, files: &mut Files<'_>) -> Result<Step, String> {
    let url = Url::parse(&entry.url)?;
    let body = match entry.body {
        None => common.body.clone(),
        Some(Content::Bytes(bytes)) => Body::Bytes(bytes),
        Some(Content::File(name)) => {
            let read = files.get(&name);
            Body::Bytes(read.map_err(|error| format!("body @{name}: {error}"))?)
        }
    };
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String = url.path.chars().take(NAME_PATH_CHARS_MAX).map(plain).collect();
    let more = if shown.len() < url.path.len() { "…" } else { "" };
    let spec = StepSpec {
        name: format!("{} {shown}{more}", entry.method),
        method: entry.method,
        authority: url.authority.to_owned(),
        origin: Some(url.origin),
        path: url.path,
        headers: merged(&common.headers, entry.headers),
        body,
        expect: Arc::clone(&common.expect),
        ..StepSpec::default()
    };
    let built = spec.build(common.tokens.as_ref(), &mut Vec::new());
    built.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })
}
