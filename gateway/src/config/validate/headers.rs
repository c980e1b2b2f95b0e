//! `routes[*].headers`, `routes[*].forwarded`: what happens to header fields on the way.
//!
//! What a name or a value may be is `transform`'s to say; here every one of them is asked about, with its path, and lists are
//! held against each other: a name is edited in one way.

use std::collections::BTreeMap;

use crate::config::defaults::route as default;
use crate::config::hint;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, quoted, shown};
use crate::config::scalar;
use crate::transform::{
    BadEdit, Direction, Forwarded, Headers, Line, Lines, Pass, RequestEdits, ResponseEdits, SECURITY,
    Security, SecurityField, check_listed, check_name, check_value,
};

const KEYS: Keys = Keys {
    known: &["request", "response", "security"],
    planned: &[],
};

const REQUEST_KEYS: Keys = Keys {
    known: &["set", "add", "remove", "allow", "deny"],
    planned: &[],
};

const RESPONSE_KEYS: Keys = Keys {
    known: &["set", "add", "remove"],
    planned: &[],
};

const SECURITY_KEYS: Keys = Keys {
    known: &{
        let mut keys = [""; SECURITY.len()];
        let mut place = 0;
        while place < keys.len() {
            keys[place] = SECURITY[place].key;
            place += 1;
        }
        keys
    },
    planned: &[],
};

pub(super) fn headers(found: &Found<'_>, errors: &mut Errors) -> Headers {
    let Some(fields) = found.fields(&KEYS, errors) else {
        return Headers::default();
    };
    let mut request = None;
    if let Some(found) = fields.get("request", errors)
        && let Some(fields) = found.fields(&REQUEST_KEYS, errors)
    {
        let lines = lines(&found, &fields, Direction::Request, errors);
        request = RequestEdits::new(lines, pass(&fields, errors));
    }
    let mut response = Lines::default();
    if let Some(found) = fields.get("response", errors)
        && let Some(fields) = found.fields(&RESPONSE_KEYS, errors)
    {
        response = lines(&found, &fields, Direction::Response, errors);
    }
    let security = fields.get("security", errors);
    let security = security
        .map(|found| security_of(&found, errors))
        .unwrap_or_default();
    Headers {
        request: request.map(Box::new),
        response: ResponseEdits::new(response, security).map(Box::new),
    }
}

/// `true` and `false` are what the key was before there were two kinds.
pub(super) fn forwarded(value: &Value) -> Result<Forwarded, String> {
    let name = match value {
        Value::Bool(true) => return Ok(Forwarded::XForwarded),
        Value::Bool(false) => return Ok(Forwarded::None),
        value => scalar::text(value).map_err(|_| {
            let known = quoted(Forwarded::ALL.map(Forwarded::name));
            format!("expected true, false, or one of {known}, found {}", kind(value))
        })?,
    };
    if matches!(name, "true" | "false") {
        return Err(format!(
            "expected true or false, found the text `{name}`: write it without quotes"
        ));
    }
    let known = Forwarded::ALL.map(Forwarded::name);
    let meant = Forwarded::ALL.into_iter().find(|other| other.name() == name);
    meant.ok_or_else(|| match hint::nearest(name, known) {
        Some(meant) => format!("`{}` is not known: did you mean `{meant}`?", shown(name)),
        None => format!("`{}` is not known: known are {}", shown(name), quoted(known)),
    })
}

fn lines(found: &Found<'_>, fields: &Fields<'_>, direction: Direction, errors: &mut Errors) -> Lines {
    let mut edited: Vec<(&str, Found<'_>, Box<str>)> = Vec::new();
    let mut lines = Lines::default();
    for (key, to) in [("set", &mut lines.set), ("add", &mut lines.add)] {
        let map = fields.get(key, errors).and_then(|found| found.entries(errors));
        for (entry, found) in map.unwrap_or_default() {
            let name = found.read(errors, |_| checked(check_name(&entry.key, direction)));
            let Some(name) = name else { continue };
            if &*name == "host" && key == "add" && direction == Direction::Request {
                found.error(errors, "a request has one `host`: write it under `set`");
                continue;
            }
            let values = values(&found, key, errors);
            to.extend(values.iter().filter_map(|value| line(&name, value, errors)));
            edited.push((key, found, name));
        }
    }
    for (found, name) in names(fields, "remove", errors, |text| check_name(text, direction)) {
        if &*name == "host" && direction == Direction::Request {
            found.error(errors, "a request always has its `host`: leave it out");
            continue;
        }
        lines.remove.push(name.clone());
        edited.push(("remove", found, name));
    }
    once(&edited, errors);
    let bytes = |line: &Line| line.name.len() + line.value.len() + ": \r\n".len();
    let total: usize = lines.set.iter().chain(&lines.add).map(bytes).sum();
    let count = lines.set.len() + lines.add.len() + lines.remove.len();
    if count > default::EDITS_MAX {
        found.error(
            errors,
            format!("{count} edits are too many: at most {}", default::EDITS_MAX),
        );
    }
    if total > default::EDITS_BYTES_MAX {
        let most = scalar::format_size(default::EDITS_BYTES_MAX as u64);
        found.error(
            errors,
            format!("adds {total} bytes to every head: at most {most}"),
        );
    }
    lines
}

/// One value, or under `add` a list of them.
fn values<'a>(found: &Found<'a>, key: &str, errors: &mut Errors) -> Vec<Found<'a>> {
    match &found.node.value {
        Value::List(list) if key == "add" && !list.is_empty() => found.list(errors).unwrap_or_default(),
        _ => vec![found.clone()],
    }
}

fn line(name: &str, found: &Found<'_>, errors: &mut Errors) -> Option<Line> {
    let value = found.read(errors, |value| checked(check_value(name, scalar::secret(value)?)))?;
    Some(Line {
        name: name.into(),
        value,
    })
}

/// A list of names, each with its place.
fn names<'a>(
    fields: &Fields<'a>,
    key: &str,
    errors: &mut Errors,
    check: impl Fn(&str) -> Result<Box<str>, BadEdit>,
) -> Vec<(Found<'a>, Box<str>)> {
    let list = fields.get(key, errors).and_then(|found| found.list(errors));
    let list = list.unwrap_or_default().into_iter();
    list.filter_map(|found| {
        let name = found.read(errors, |value| checked(check(scalar::text(value)?)))?;
        Some((found, name))
    })
    .collect()
}

fn pass(fields: &Fields<'_>, errors: &mut Errors) -> Pass {
    if fields.has("allow") && fields.has("deny") {
        fields.error(
            "deny",
            errors,
            "is given beside `allow`: a route has one of the two",
        );
    }
    let mut list = |key| {
        let read = names(fields, key, errors, check_listed);
        let listed: Vec<_> = read
            .iter()
            .map(|(found, name)| (key, found.clone(), name.clone()))
            .collect();
        once(&listed, errors);
        if read.len() > default::EDITS_MAX {
            let message = format!(
                "{} names are too many: at most {}",
                read.len(),
                default::EDITS_MAX
            );
            fields.error(key, errors, message);
        }
        read.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let (allow, deny) = (list("allow"), list("deny"));
    match (fields.has("allow"), deny.is_empty()) {
        // an empty list of what is let through lets nothing through
        (true, _) => Pass::Allow(allow),
        (false, true) => Pass::All,
        (false, false) => Pass::Deny(deny),
    }
}

/// Reports names that come a second time, in whatever case.
fn once(edited: &[(&str, Found<'_>, Box<str>)], errors: &mut Errors) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, found, name) in edited {
        if let Some(before) = first.insert(name, key) {
            let message = if before == *key {
                format!("`{name}` is given twice")
            } else {
                format!("`{name}` is under `{before}` already: `set` replaces what came, `add` keeps it")
            };
            found.error(errors, message);
        }
    }
}

fn security_of(found: &Found<'_>, errors: &mut Errors) -> Security {
    match &found.node.value {
        Value::Bool(true) => return Security::usual(),
        Value::Bool(false) => return Security::default(),
        Value::Map(_) => {}
        other => {
            let message = format!("expected true, false or a mapping of keys, found {}", kind(other));
            found.error(errors, message);
            return Security::default();
        }
    }
    let mut security = Security::usual();
    let Some(fields) = found.fields(&SECURITY_KEYS, errors) else {
        return security;
    };
    for (place, field) in SECURITY.iter().enumerate() {
        if let Some(value) = fields.read(field.key, errors, |value| security_value(field, value)) {
            security.set(place, value);
        }
    }
    security
}

/// `false` is none, `true` the usual one.
fn security_value(field: &SecurityField, value: &Value) -> Result<Option<Box<str>>, String> {
    let text = match value {
        Value::Bool(false) => return Ok(None),
        Value::Bool(true) => {
            let usual = field.default.ok_or("has no usual value: write it out")?;
            return Ok(Some(usual.into()));
        }
        value => scalar::text(value)?,
    };
    let checked = checked(check_value(field.name, text))?;
    let known = field.values;
    if !known.is_empty() && !known.iter().any(|known| known.eq_ignore_ascii_case(&checked)) {
        let known = quoted(known.iter().copied());
        return Err(format!("`{}` is not known: known are {known}", shown(text)));
    }
    if field.key == "hsts" && !is_hsts(&checked) {
        return Err("needs a max-age in seconds: write it as \"max-age=31536000\"".to_owned());
    }
    if checked.is_empty() {
        return Err("is empty: write a value, or false".to_owned());
    }
    Ok(Some(checked))
}

/// RFC 6797 §6.1.1: without `max-age` browsers ignore all of it.
fn is_hsts(value: &str) -> bool {
    value.split(';').any(|directive| {
        let (name, seconds) = directive.split_once('=').unwrap_or_default();
        let seconds = seconds.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("max-age")
            && !seconds.is_empty()
            && seconds.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn checked(result: Result<Box<str>, BadEdit>) -> Result<Box<str>, String> {
    result.map_err(|error| error.to_string())
}

/// The name of a field that clients send and that is the gateway's to read.
pub(super) fn field_name(value: &Value) -> Result<Box<str>, String> {
    let text = scalar::text(value)?;
    check_listed(text).map_err(|error| error.to_string())
}
