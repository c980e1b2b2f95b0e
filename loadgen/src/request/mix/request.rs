//! One request of a mix: method and path, headers, body, what is expected and what is kept of the answer.

use super::reader::{Fields, Found, Problems};
use crate::request::common::{Common, Files, merged};
use crate::request::expect::Expect;
use crate::request::step::{Body, Step, StepSpec};
use std::sync::Arc;
use std::time::Duration;

/// Keys that are method and path in one.
pub(super) const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];
/// Keys of a request, less [`METHODS`].
pub(super) const KEYS: [&str; 6] = ["method", "path", "headers", "body", "body_file", "expect"];
/// Keys that only make sense where steps follow each other.
pub(super) const FLOW_KEYS: [&str; 2] = ["keep", "think"];
/// A step that waits longer outlives what is measured.
const THINK_MAX: Duration = Duration::from_secs(3_600);

/// Reads the request of a mapping. `None` after errors.
pub(super) fn request(
    at: &Found<'_>,
    fields: &Fields<'_>,
    name: &str,
    common: &Common,
    kept: &mut Vec<String>,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Step> {
    let line = method_and_path(at, fields, problems);
    let headers = fields.get("headers").map(|found| headers(found, problems));
    let body = body(fields, common, files, problems);
    let expect = match fields.get("expect") {
        Some(found) => expect(found, problems),
        None => Some(Arc::clone(&common.expect)),
    };
    let keep = fields.get("keep").map(|found| texts(found, problems));
    let think = match fields.get("think") {
        Some(found) => found.read(problems, think),
        None => Some(Duration::ZERO),
    };
    // what could not be read is replaced by what is never wrong, so that the rest is checked all the same
    let complete = line.is_some() && body.is_some() && expect.is_some() && think.is_some();
    let (method, path, path_key) = line.unwrap_or(("GET".into(), "/", "path"));
    let spec = StepSpec {
        name: name.to_owned(),
        method,
        authority: common.authority.clone(),
        path: path.to_owned(),
        headers: merged(&common.headers, headers.unwrap_or_default()),
        body: body.unwrap_or_default(),
        expect: expect.unwrap_or_default(),
        keep: keep.unwrap_or_default(),
        think: think.unwrap_or_default(),
        ..StepSpec::default()
    };
    let built = spec.build(common.tokens.as_ref(), kept).map_err(|faults| {
        for fault in faults {
            let field = match fault.field.as_str() {
                "path" => path_key,
                field => field,
            };
            let key = field.split('.').next().unwrap_or(field);
            let line = fields.get(key).map_or(at.line, |found| found.line);
            problems.add(line, &format!("{}.{field}", at.path), fault.what);
        }
    });
    built.ok().filter(|_| complete)
}

/// Method, path, and the key that the path stands under.
fn method_and_path<'a>(
    at: &Found<'_>,
    fields: &Fields<'a>,
    problems: &mut Problems<'_>,
) -> Option<(String, &'a str, &'a str)> {
    let given: Vec<_> = fields.iter().filter(|(key, _)| METHODS.contains(key)).collect();
    let apart = fields.get("method").or(fields.get("path"));
    match (given.as_slice(), apart) {
        ([(key, found)], None) => Some((key.to_ascii_uppercase(), found.text(problems)?, key)),
        ([(key, _), ..], Some(extra)) => {
            extra.wrong(
                problems,
                format!("is given beside `{key}`, which says it already"),
            );
            None
        }
        ([(first, _), (_, second), ..], None) => {
            second.wrong(
                problems,
                format!("is given beside `{first}`: a request has one method"),
            );
            None
        }
        ([], _) => {
            let method = match fields.get("method") {
                Some(found) => found.text(problems),
                None => Some("GET"),
            };
            let Some(path) = fields.get("path") else {
                at.wrong(
                    problems,
                    "has no path: write `get: /path`, or `method` and `path`",
                );
                return None;
            };
            Some((method?.to_owned(), path.text(problems)?, "path"))
        }
    }
}

pub(super) fn headers(found: &Found<'_>, problems: &mut Problems<'_>) -> Vec<(String, String)> {
    texts(found, problems)
}

pub(super) fn expect(found: &Found<'_>, problems: &mut Problems<'_>) -> Option<Arc<Expect>> {
    let mut all = Some(Expect::default());
    for found in found.one_or_more(problems)? {
        let read = found.text(problems).and_then(|text| {
            let wrong = |errors: Vec<String>| errors.iter().for_each(|what| found.wrong(problems, what));
            Expect::parse(text).map_err(wrong).ok()
        });
        all = all.zip(read).map(|(all, read)| all.and(read));
    }
    all.map(Arc::new)
}

fn body(
    fields: &Fields<'_>,
    common: &Common,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Body> {
    match (fields.get("body"), fields.get("body_file")) {
        (None, None) => Some(common.body.clone()),
        (Some(text), None) => text.text(problems).map(|text| Body::Text(text.to_owned())),
        (None, Some(file)) => file.read(problems, |name| files.get(name)).map(Body::Bytes),
        (Some(_), Some(file)) => {
            file.wrong(problems, "is given beside `body`: a request has one of the two");
            None
        }
    }
}

/// A mapping of texts.
fn texts(found: &Found<'_>, problems: &mut Problems<'_>) -> Vec<(String, String)> {
    let pairs = found.pairs(problems).into_iter();
    pairs
        .filter_map(|(name, found)| Some((name.to_owned(), found.text(problems)?.to_owned())))
        .collect()
}

fn think(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text)
        .map_err(|_| format!("{text:?} is not a time with its unit, as in 500ms or 2s"))?;
    if time > THINK_MAX {
        return Err(format!(
            "must be at most {}, not {text}",
            humantime::format_duration(THINK_MAX)
        ));
    }
    Ok(time)
}
