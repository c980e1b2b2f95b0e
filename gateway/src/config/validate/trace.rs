//! `trace` and `routes[*].trace`: which requests are recorded, and where their spans go.

use super::health::share;
use crate::config::defaults::trace as default;
use crate::config::plan::{Listen, Sample, Trace, TraceExport};
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, shown};
use crate::config::scalar;
use crate::config::target;
use crate::transform::{Direction, check_name};
use std::path::PathBuf;

const KEYS: Keys = Keys {
    known: &["sample", "endpoint", "service", "headers"],
    planned: &["protocol", "timeout"],
};

const ROUTE_KEYS: Keys = Keys {
    known: &["sample"],
    planned: &[],
};

const HEADER_KEYS: Keys = Keys {
    known: &["file"],
    planned: &[],
};

/// Fields of a request to the collector that follow from what it is.
const OWN: [&str; 4] = ["host", "content-type", "content-encoding", "accept-encoding"];

/// The whole section. `None` if it is wrong in a way that leaves nothing to go on with.
pub(super) fn trace(found: &Found<'_>, listen: Option<&Listen>, errors: &mut Errors) -> Option<Trace> {
    let fields = found.fields(&KEYS, errors)?;
    let sample = fields.read("sample", errors, sample);
    let example = "endpoint: http://127.0.0.1:4318/v1/traces";
    let endpoint = fields.require("endpoint", example, errors);
    let endpoint = endpoint.and_then(|found| found.read(errors, |value| endpoint_of(value, listen)));
    let service = fields.read("service", errors, service);
    let headers = headers(&fields, errors);
    let (authority, path) = endpoint?;
    Some(Trace {
        sample: sample.unwrap_or(default::SAMPLE),
        export: TraceExport {
            authority,
            path,
            service: service.unwrap_or_else(|| default::SERVICE.to_owned()),
            headers,
        },
    })
}

/// What a route says of itself: `false`, or a share of its own. `all` is what holds where it says nothing, if the gateway traces.
pub(super) fn route(fields: &Fields<'_>, all: Option<Sample>, errors: &mut Errors) -> Option<Sample> {
    let Some(found) = fields.get("trace", errors) else {
        return all;
    };
    match &found.node.value {
        Value::Bool(false) => return None,
        Value::Bool(true) => {}
        Value::Map(_) => {
            let fields = found.fields(&ROUTE_KEYS, errors)?;
            let own = fields.read("sample", errors, sample);
            if all.is_some() {
                return own.or(all);
            }
        }
        other => {
            let message = format!(
                "expected false or a mapping such as {{ sample: 0.1 }}, found {}",
                kind(other)
            );
            found.error(errors, message);
            return all;
        }
    }
    if all.is_none() {
        let fix = "write `trace: { endpoint: http://127.0.0.1:4318/v1/traces }` at the top level";
        found.error(
            errors,
            format!("is given, but nothing says where spans go: {fix}"),
        );
    }
    all
}

fn sample(value: &Value) -> Result<Sample, String> {
    match value {
        Value::Text(text) if text == "parent" => Ok(Sample::Parent),
        Value::Integer(0) => {
            Err("is 0: write `parent` to record no other requests than those that callers record".to_owned())
        }
        Value::Integer(_) | Value::Float(_) => share(value).map(Sample::Share),
        other => Err(format!(
            "expected a share such as 0.01, or `parent`, found {}",
            kind(other)
        )),
    }
}

/// Authority and path of a URL.
fn endpoint_of(value: &Value, listen: Option<&Listen>) -> Result<(String, String), String> {
    let text = scalar::text(value)?;
    if text.starts_with("https://") {
        let fix = "run a collector beside the gateway, and have it send on";
        return Err(format!("is https, which exports do not speak: {fix}"));
    }
    let bad = || {
        format!(
            "`{}` is no URL of a collector: write it as http://127.0.0.1:4318/v1/traces",
            shown(text)
        )
    };
    let rest = text.strip_prefix("http://").ok_or_else(bad)?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, default::PATH),
    };
    if authority.contains('@') {
        return Err("has a user in it: write what the collector asks for under `headers`".to_owned());
    }
    if path.contains(['?', '#']) || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad());
    }
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let authority = if has_port {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let target = target::target(&Value::Text(authority))?;
    let own = target
        .addr
        .and_then(|addr| listen.and_then(|listen| listen.own(addr)));
    if let Some(own) = own {
        return Err(format!("is this gateway's own `{own}`"));
    }
    let path = if path == "/" { default::PATH } else { path };
    Ok((target.name, path.to_owned()))
}

fn service(value: &Value) -> Result<String, String> {
    let name = scalar::text(value)?;
    let most = default::SERVICE_BYTES_MAX;
    if name.is_empty() || name.len() > most || name.contains(char::is_control) {
        return Err(format!(
            "`{}` is no name of a service: 1 to {most} bytes, and no control character",
            shown(name)
        ));
    }
    Ok(name.to_owned())
}

fn headers(fields: &Fields<'_>, errors: &mut Errors) -> Vec<(String, PathBuf)> {
    let map = fields
        .get("headers", errors)
        .and_then(|found| found.entries(errors));
    let mut headers: Vec<(String, PathBuf)> = Vec::new();
    for (entry, found) in map.unwrap_or_default() {
        let name = found.read(errors, |_| header_name(&entry.key));
        let path = found.fields(&HEADER_KEYS, errors).and_then(|fields| {
            let file = fields.require("file", "file: PATH", errors)?;
            file.read(errors, path)
        });
        let Some((name, path)) = name.zip(path) else {
            continue;
        };
        if headers.iter().any(|(other, _)| *other == name) {
            found.error(errors, format!("`{name}` is given twice"));
        }
        headers.push((name, path));
    }
    if headers.len() > default::HEADERS_MAX {
        let message = format!("{} are too many: at most {}", headers.len(), default::HEADERS_MAX);
        fields.error("headers", errors, message);
    }
    headers
}

fn header_name(text: &str) -> Result<String, String> {
    let name = check_name(text, Direction::Request).map_err(|error| error.to_string())?;
    if OWN.contains(&&*name) {
        return Err(format!("`{name}` follows from what is sent: leave it out"));
    }
    Ok(name.into())
}

fn path(value: &Value) -> Result<PathBuf, String> {
    match scalar::text(value)? {
        "" => Err("is empty: write the path of a file".to_owned()),
        path if path.contains('\0') => Err("has a NUL character, which no path has".to_owned()),
        path => Ok(PathBuf::from(path)),
    }
}
