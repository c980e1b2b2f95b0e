//! `match`: what a request must look like to belong to the route.

use std::collections::BTreeMap;

use http1::head::{FieldName, FieldValue, Method};

use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, quoted, shown};
use crate::config::scalar;
use crate::route::{BadPath, Condition, Conditions, Host, Methods, PathRule, Rule, Subject, Test};

const KEYS: Keys = Keys {
    known: &[
        "host",
        "path",
        "path_exact",
        "path_template",
        "methods",
        "headers",
        "cookies",
        "query",
    ],
    planned: &[],
};

const PATHS: [&str; 3] = ["path", "path_exact", "path_template"];

const TEST_KEYS: Keys = Keys {
    known: &["exact", "prefix", "present"],
    planned: &[],
};

/// Methods of a rule; there are some forty registered ones.
const METHODS_MAX: usize = 16;
/// Conditions of a rule: each is a look at the request.
const CONDITIONS_MAX: usize = 16;
/// Bytes of a value that is compared.
const TEXT_BYTES_MAX: usize = 1 << 10;
/// Bytes of a name: it is a key, of which YAML takes 1024 characters, and one byte may be written in ten of them.
const NAME_BYTES_MAX: usize = 100;

pub(super) fn rule(found: &Found<'_>, errors: &mut Errors) -> Option<Rule> {
    let fields = found.fields(&KEYS, errors)?;
    if !KEYS.known.iter().any(|key| fields.has(key)) {
        found.error(
            errors,
            "matches nothing in particular: write `path: /` to match every request",
        );
        return None;
    }
    let before = errors.count();
    let host = fields.read("host", errors, |value| {
        Host::try_new(scalar::text(value)?).map_err(|error| error.to_string())
    });
    let path = path(&fields, errors);
    let methods = fields
        .get("methods", errors)
        .and_then(|found| methods(&found, errors));
    let mut others = Vec::new();
    conditions(fields.get("headers", errors), header, &mut others, errors);
    conditions(fields.get("cookies", errors), cookie, &mut others, errors);
    conditions(fields.get("query", errors), parameter, &mut others, errors);
    if others.len() > CONDITIONS_MAX {
        let message = format!(
            "{} conditions are too many: at most {CONDITIONS_MAX}",
            others.len()
        );
        found.error(errors, message);
    }
    // a wrong part would stand for any host or any path, and be ambiguous with what it never meant
    (errors.count() == before).then(|| Rule {
        host,
        path: path.unwrap_or_else(PathRule::any),
        conditions: Conditions::new(methods, others),
    })
}

/// What is given of the three; `None` if none is, or if it is wrong.
fn path(fields: &Fields<'_>, errors: &mut Errors) -> Option<PathRule> {
    let read = |make: fn(&str) -> Result<PathRule, BadPath>| {
        move |value: &Value| make(scalar::text(value)?).map_err(|error| error.to_string())
    };
    let prefix = fields.read("path", errors, read(PathRule::prefix));
    let exact = fields.read("path_exact", errors, read(PathRule::exact));
    let template = fields.read("path_template", errors, read(PathRule::template));
    let mut given = PATHS.into_iter().filter(|key| fields.has(key));
    if let Some(first) = given.next() {
        given.for_each(|key| {
            let message = format!("is given beside `{first}`: a route has one of {}", quoted(PATHS));
            fields.error(key, errors, message);
        });
    }
    exact.or(template).or(prefix)
}

fn methods(found: &Found<'_>, errors: &mut Errors) -> Option<Methods> {
    let list = found.list(errors)?;
    if list.is_empty() {
        found.error(errors, "there is no method: leave the key out to match all");
    }
    if list.len() > METHODS_MAX {
        let message = format!("{} methods are too many: at most {METHODS_MAX}", list.len());
        found.error(errors, message);
        return None;
    }
    let mut names: Vec<Box<str>> = Vec::new();
    for found in list {
        let Some(name) = found.read(errors, method) else {
            continue;
        };
        if names.iter().any(|before| **before == *name) {
            found.error(errors, format!("`{name}` is listed twice"));
        }
        names.push(name.into());
    }
    Some(Methods::new(names))
}

fn method(value: &Value) -> Result<&str, String> {
    let text = scalar::text(value)?;
    // methods and field names are both tokens
    if FieldName::new(text.as_bytes()).is_none() || text.len() > NAME_BYTES_MAX {
        return Err(format!("`{}` is no method", shown(text)));
    }
    let upper = text.to_ascii_uppercase();
    match Method::of(upper.as_bytes()) {
        Method::Connect => Err("CONNECT is never routed: this gateway makes no tunnels".to_owned()),
        Method::Trace => {
            Err("TRACE is never routed: it would show a client what is meant for upstreams".to_owned())
        }
        _ if upper == text => Ok(text),
        _ => Err(format!(
            "`{text}` is not a method that anyone sends: write {upper}"
        )),
    }
}

/// The entries of `headers`, `cookies` or `query`.
fn conditions(
    found: Option<Found<'_>>,
    subject: impl Fn(&str) -> Result<Subject, String>,
    others: &mut Vec<Condition>,
    errors: &mut Errors,
) {
    let Some(found) = found else {
        return;
    };
    let entries = found.entries(errors).unwrap_or_default();
    if entries.is_empty() {
        found.error(errors, "has no entry: leave the key out");
    }
    let mut first: BTreeMap<Subject, String> = BTreeMap::new();
    for (entry, found) in entries {
        let of = match subject(&entry.key) {
            Ok(of) => of,
            Err(message) => {
                errors.push(&found.path, entry.key_at, message);
                continue;
            }
        };
        if let Some(before) = first.get(&of) {
            let message = format!("is {before} in another case: each header is looked at once");
            errors.push(&found.path, entry.key_at, message);
        }
        first.insert(of.clone(), found.path.clone());
        let test = test(&found, matches!(of, Subject::Header(_)), errors);
        others.extend(test.map(|test| Condition { of, test }));
    }
}

/// A text, which the value has to be, or a mapping that says how it is compared.
fn test(found: &Found<'_>, is_header: bool, errors: &mut Errors) -> Option<Test> {
    let text = |value| compared(value, is_header);
    let Value::Map(_) = &found.node.value else {
        return found.read(errors, text).map(|text| Test::Exact(text.into()));
    };
    let fields = found.fields(&TEST_KEYS, errors)?;
    let exact = fields.read("exact", errors, text);
    let prefix = fields.read("prefix", errors, |value| match text(value)? {
        "" => Err("is empty, which every value begins with: write `present: true`".to_owned()),
        prefix => Ok(prefix),
    });
    let present = fields.read("present", errors, scalar::boolean);
    let given = TEST_KEYS.known.iter().filter(|key| fields.has(key)).count();
    if given != 1 {
        found.error(
            errors,
            format!("has {given} of `exact`, `prefix` and `present`: write one"),
        );
        return None;
    }
    exact
        .map(|text| Test::Exact(text.into()))
        .or(prefix.map(|text| Test::Prefix(text.into())))
        .or(present.map(|present| if present { Test::Present } else { Test::Absent }))
}

fn compared(value: &Value, is_header: bool) -> Result<&str, String> {
    let text = scalar::secret(value)?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("is {} bytes long: at most {TEXT_BYTES_MAX}", text.len()));
    }
    let sent = FieldValue::new(text.as_bytes()).is_some_and(|value| value.bytes() == text.as_bytes());
    if is_header && !sent {
        // not shown: it may be a secret
        return Err("is no value of a header: it has a control character, or blanks around it".to_owned());
    }
    Ok(text)
}

fn header(name: &str) -> Result<Subject, String> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "host" => Err("is what `match.host` is for".to_owned()),
        "cookie" => Err("is what `match.cookies` is for".to_owned()),
        _ if FieldName::new(name.as_bytes()).is_none() || name.len() > NAME_BYTES_MAX => {
            Err(format!("`{}` is no name of a header", shown(name)))
        }
        _ => Ok(Subject::Header(lower.into())),
    }
}

fn cookie(name: &str) -> Result<Subject, String> {
    // RFC 6265 §4.1.1: a cookie's name is a token too
    match FieldName::new(name.as_bytes()) {
        Some(_) if name.len() <= NAME_BYTES_MAX => Ok(Subject::Cookie(name.into())),
        _ => Err(format!("`{}` is no name of a cookie", shown(name))),
    }
}

fn parameter(name: &str) -> Result<Subject, String> {
    match name.len() {
        1..=NAME_BYTES_MAX => Ok(Subject::Query(name.into())),
        _ => Err(format!(
            "a parameter's name has 1 to {NAME_BYTES_MAX} bytes, this one {}",
            name.len()
        )),
    }
}

/// A header or a cookie by its name alone.
pub(super) fn chooser(found: &Found<'_>, errors: &mut Errors) -> Option<Subject> {
    const KEYS: Keys = Keys {
        known: &["header", "cookie"],
        planned: &[],
    };
    let fields = found.fields(&KEYS, errors)?;
    let by_header = fields.read("header", errors, |value| header(scalar::text(value)?));
    let by_cookie = fields.read("cookie", errors, |value| cookie(scalar::text(value)?));
    if fields.has("header") == fields.has("cookie") {
        found.error(
            errors,
            "names neither or both of `header` and `cookie`: write one",
        );
        return None;
    }
    by_header.or(by_cookie)
}
