//! From a request as typed to a checked one: every error at once, each with the part that it is about.
//!
//! A template is tried out with what the first arrival would send, so that a fault in its fixed text is found here.

use super::{Body, Content, Fault, Step, StepSpec};
use crate::request::capture::{Capture, Keep};
use crate::request::draw::Draw;
use crate::request::session::Session;
use crate::request::template::{Names, Template, is_reserved};
use crate::request::tokens::Tokens;
use crate::request::wording::shown;
use bytes::Bytes;
use http1::head::{FieldName, FieldValue};
use http1::write::RequestHead;
use std::sync::Arc;
use world::Seed;

/// Headers the generator or its engine writes itself: a second opinion on framing would measure a broken request.
const RESERVED: [&str; 6] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "x-load-id",
];
/// What servers take (Apache's `LimitRequestFields`).
const HEADERS_MAX: usize = 100;
/// A name is one column of a report.
const NAME_CHARS_MAX: usize = 100;
/// Variables of one flow: a session holds them all.
const KEPT_MAX: usize = 32;

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, what: String) {
        let field = field.into();
        self.0.push(Fault { field, what });
    }

    fn template(&mut self, field: &str, text: &str, names: &Names<'_>) -> Option<Template> {
        let faults = match Template::parse(text, names) {
            Ok(template) => return Some(template),
            Err(faults) => faults,
        };
        for what in faults {
            self.add(field, what);
        }
        None
    }
}

pub(super) fn build(
    spec: StepSpec,
    tokens: Option<&Arc<Tokens>>,
    kept: &mut Vec<String>,
) -> Result<Step, Vec<Fault>> {
    let mut faults = Faults::default();
    let names = &Names { tokens, kept };
    if let Err(what) = check_name(&spec.name) {
        faults.add("name", what);
    }
    // a tunnel is no exchange; everything else is a matter of tokens
    if spec.method == "CONNECT" || RequestHead::new(Vec::new(), &spec.method, "/").is_none() {
        faults.add(
            "method",
            format!("{} is no method that can be measured", shown(&spec.method)),
        );
    }
    let path = faults.template("path", &spec.path, names);
    if let Some(what) = path.as_ref().and_then(|path| target_fault(&tried(path, names))) {
        faults.add("path", what);
    }
    let (authority, headers, closes) = headers(spec.authority, spec.headers, names, &mut faults);
    let content = match spec.body {
        Body::Bytes(bytes) => Some(Content::Fixed(bytes)),
        Body::Text(text) => faults
            .template("body", &text, names)
            .map(|template| match template.fixed() {
                Some(text) => Content::Fixed(Bytes::copy_from_slice(text.as_bytes())),
                None => Content::Template(template),
            }),
    };
    // last, because a step does not know what it is about to keep
    let keeps = keeps(&spec.keep, tokens, kept, &mut faults);
    match (path, content) {
        (Some(path), Some(content)) if faults.0.is_empty() => Ok(Step {
            name: spec.name,
            method: spec.method,
            origin: spec.origin,
            authority,
            path,
            headers,
            closes,
            content,
            expect: spec.expect,
            keeps,
            think: spec.think,
            in_flow: spec.visits,
            visits: spec.visits,
        }),
        _ => Err(faults.0),
    }
}

/// Of a step or a scenario.
pub(in crate::request) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("is empty: a name is needed".into());
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(format!(
            "{} is no name: at most {NAME_CHARS_MAX} characters that can be printed",
            shown(name)
        ));
    }
    Ok(())
}

/// What keeps a rendered path from being sent (RFC 9112 §3.2.1, as far as the engine carries it).
pub(super) fn target_fault(target: &[u8]) -> Option<String> {
    let sendable = |byte: &u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'#' | b'<' | b'>');
    if target.first() == Some(&b'/') && target.iter().all(sendable) {
        return None;
    }
    let text = String::from_utf8_lossy(target);
    let path = shown(&text);
    if !text.starts_with('/') {
        return Some(format!("{path} must start with /"));
    }
    let bad = text
        .chars()
        .find(|c| u8::try_from(*c).is_ok_and(|c| !sendable(&c)) || !c.is_ascii());
    Some(match bad {
        Some('#') => format!(
            "{path} has a fragment, which is never sent: leave out what follows #, or write it as %23"
        ),
        bad => format!(
            "{path} is no path: {:?} must be percent-encoded",
            bad.unwrap_or(char::REPLACEMENT_CHARACTER)
        ),
    })
}

/// What keeps a rendered value from being sent. Which characters bytes above ASCII are nobody can say (RFC 9110 §5.5).
pub(super) fn value_fault(value: &[u8]) -> Option<String> {
    if value.is_ascii() && FieldValue::new(value).is_some() {
        return None;
    }
    let value = String::from_utf8_lossy(value);
    Some(format!(
        "{} is no value of a header: printable ASCII only",
        shown(&value)
    ))
}

/// The authority, the fields to send, and whether the connection is closed behind them.
fn headers(
    mut authority: String,
    typed: Vec<(String, String)>,
    names: &Names<'_>,
    faults: &mut Faults,
) -> (String, Vec<(String, Template)>, bool) {
    let mut fields = Vec::with_capacity(typed.len());
    let mut closes = false;
    if typed.len() > HEADERS_MAX {
        faults.add("headers", format!("{} are more than {HEADERS_MAX}", typed.len()));
    }
    for (name, value) in typed.into_iter().take(HEADERS_MAX) {
        let field = || format!("headers.{}", shown(&name).trim_matches('"'));
        if FieldName::new(name.as_bytes()).is_none() {
            faults.add("headers", format!("{} is no name of a header", shown(&name)));
            continue;
        }
        if name.eq_ignore_ascii_case("host") {
            value.trim().clone_into(&mut authority);
            continue;
        }
        let reserved = RESERVED.into_iter().find(|r| r.eq_ignore_ascii_case(&name));
        match reserved {
            Some("connection") if value.trim().eq_ignore_ascii_case("close") => closes = true,
            Some("connection") => faults.add(
                field(),
                format!(
                    "is written by the generator itself: {} can only be close",
                    shown(&value)
                ),
            ),
            Some(_) => faults.add(field(), "is written by the generator itself".into()),
            None => {
                let template = faults.template(&field(), &value, names);
                let fault = template
                    .as_ref()
                    .and_then(|value| value_fault(&tried(value, names)));
                if let Some(what) = fault {
                    faults.add(field(), what);
                }
                fields.extend(template.map(|value| (name, value)));
            }
        }
    }
    if authority.trim().is_empty() || authority.contains(char::is_whitespace) {
        faults.add(
            "headers.host",
            format!("{} cannot be a Host header", shown(&authority)),
        );
    } else if authority.contains("{{") {
        faults.add(
            "headers.host",
            "is the same for every request: no placeholders".into(),
        );
    } else if let Some(what) = value_fault(authority.as_bytes()) {
        faults.add("headers.host", what);
    }
    (authority, fields, closes)
}

/// Variables get the next free number of their flow; a name kept before gets its old one.
fn keeps(
    typed: &[(String, String)],
    tokens: Option<&Arc<Tokens>>,
    kept: &mut Vec<String>,
    faults: &mut Faults,
) -> Vec<Keep> {
    let mut keeps = Vec::with_capacity(typed.len());
    for (name, capture) in typed {
        let field = format!("keep.{}", shown(name).trim_matches('"'));
        if is_reserved(name, tokens) {
            faults.add(&field, "has a meaning of its own: choose another name".into());
            continue;
        }
        if !is_variable(name) {
            faults.add(
                &field,
                "is no name: letters, digits, - and _, a letter first".into(),
            );
            continue;
        }
        let index = kept.iter().position(|kept| kept == name).unwrap_or(kept.len());
        if index == KEPT_MAX {
            faults.add(&field, format!("a flow keeps at most {KEPT_MAX} values"));
            break;
        }
        if index == kept.len() {
            kept.push(name.clone());
        }
        let name = name.clone();
        match Capture::parse(capture) {
            Ok(capture) => keeps.push(Keep { name, index, capture }),
            Err(what) => faults.add(&field, what),
        }
    }
    keeps
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= NAME_CHARS_MAX
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// What the first arrival might send.
fn tried(template: &Template, names: &Names<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let session = Session::trial(names.kept.len());
    template.render(&mut Draw::new(Seed(0), 0), &session, &mut out);
    out
}
