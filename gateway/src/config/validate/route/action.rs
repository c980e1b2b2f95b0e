//! `upstream`, `split`, `redirect`, `respond`: what a route does, one of the four; and `rewrite`.

use std::collections::BTreeMap;

use http1::head::FieldValue;

use super::super::upstream::Upstreams;
use super::matching::chooser;
use crate::config::defaults::route as default;
use crate::config::hint;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, quoted, shown};
use crate::config::scalar;
use crate::route::{
    Action, Authority, BRANCHES_MAX, BadPath, Branch, FIXED_BYTES_MAX, Fixed, PathRule, Redirect, Rewrite,
    Rule, STATUSES, Scheme, Split, WEIGHT_MAX,
};

const ACTIONS: [&str; 4] = ["upstream", "split", "redirect", "respond"];

const BRANCH_KEYS: Keys = Keys {
    known: &["upstream", "weight"],
    planned: &[],
};

const REDIRECT_KEYS: Keys = Keys {
    known: &["status", "scheme", "host", "path", "prefix"],
    planned: &[],
};

const RESPOND_KEYS: Keys = Keys {
    known: &["status", "body", "content_type"],
    planned: &[],
};

const REWRITE_KEYS: Keys = Keys {
    known: &["path", "prefix"],
    planned: &[],
};

/// The upstreams that an error names; a list of all of them helps no one when there are many.
const UPSTREAMS_NAMED_MAX: usize = 10;
/// Bytes of a content type.
const CONTENT_TYPE_BYTES_MAX: usize = 256;

pub(super) fn action(
    fields: &Fields<'_>,
    rule: Option<&Rule>,
    upstreams: &Upstreams<'_>,
    errors: &mut Errors,
) -> Option<Action> {
    let mut given = ACTIONS.into_iter().filter(|key| fields.has(key));
    let first = given.next();
    given.for_each(|key| {
        let message = format!(
            "is given beside `{}`: a route has one of {}",
            first.unwrap_or_default(),
            quoted(ACTIONS)
        );
        fields.error(key, errors, message);
    });
    if fields.has("override") && !fields.has("split") {
        fields.error(
            "override",
            errors,
            "chooses among the upstreams of a `split`, and there is none",
        );
    }
    let path = rule.map(|rule| &rule.path);
    match first {
        Some("split") => split(fields, upstreams, errors).map(Action::Split),
        Some("redirect") => {
            let found = fields.get("redirect", errors)?;
            redirect(&found, path, errors).map(Action::Redirect)
        }
        Some("respond") => {
            let found = fields.get("respond", errors)?;
            respond(&found, errors).map(Action::Respond)
        }
        _ => fields
            .require("upstream", "upstream: NAME", errors)?
            .read(errors, |value| upstream(value, upstreams))
            .map(Action::Upstream),
    }
}

/// Of a route that goes to upstreams.
pub(super) fn rewrite(fields: &Fields<'_>, rule: Option<&Rule>, errors: &mut Errors) -> Option<Rewrite> {
    let found = fields.get("rewrite", errors)?;
    let inner = found.fields(&REWRITE_KEYS, errors)?;
    if !inner.has("path") && !inner.has("prefix") {
        found.error(errors, "rewrites nothing: write `path: /x` or `prefix: /x`");
    }
    change(&inner, rule.map(|rule| &rule.path), errors)
}

/// `path` or `prefix`. A rule that cannot be read is none to judge them by.
fn change(fields: &Fields<'_>, rule: Option<&PathRule>, errors: &mut Errors) -> Option<Rewrite> {
    if fields.has("path") && fields.has("prefix") {
        fields.error("prefix", errors, "is given beside `path`: write one of the two");
    }
    let by = |make: fn(&str, &PathRule) -> Result<Rewrite, BadPath>| {
        move |value: &Value| {
            let text = scalar::text(value)?;
            let made = rule.map(|rule| make(text, rule)).transpose();
            made.map_err(|error| error.to_string())
        }
    };
    let path = fields.read("path", errors, by(Rewrite::path));
    let prefix = fields.read("prefix", errors, by(Rewrite::prefix));
    path.or(prefix).flatten()
}

pub(super) fn upstream(value: &Value, upstreams: &Upstreams<'_>) -> Result<usize, String> {
    named(value, upstreams).map(|(_, place)| place)
}

/// The upstream's name and its place.
fn named<'a>(value: &'a Value, upstreams: &Upstreams<'_>) -> Result<(&'a str, usize), String> {
    let name = scalar::text(value)?;
    if let Some(place) = upstreams.places.get(name) {
        return Ok((name, *place));
    }
    let known = || upstreams.places.keys().copied();
    let there_is = match hint::nearest(name, known()) {
        _ if upstreams.places.is_empty() => "there is none".to_owned(),
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let more = upstreams.places.len().saturating_sub(UPSTREAMS_NAMED_MAX);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("known are {}{more}", quoted(known().take(UPSTREAMS_NAMED_MAX)))
        }
    };
    Err(format!("no upstream is named `{}`: {there_is}", shown(name)))
}

fn split(fields: &Fields<'_>, upstreams: &Upstreams<'_>, errors: &mut Errors) -> Option<Split> {
    let by = fields
        .get("override", errors)
        .and_then(|found| chooser(&found, errors));
    let found = fields.get("split", errors)?;
    let list = found.list(errors)?;
    if !(1..=BRANCHES_MAX).contains(&list.len()) {
        let message = format!("{} upstreams are out of range: 1 to {BRANCHES_MAX}", list.len());
        found.error(errors, message);
        return None;
    }
    let before = errors.count();
    let mut branches = Vec::new();
    let mut first: BTreeMap<usize, String> = BTreeMap::new();
    for found in list {
        let Some(fields) = found.fields(&BRANCH_KEYS, errors) else {
            continue;
        };
        let named = fields
            .require("upstream", "upstream: NAME", errors)
            .and_then(|found| found.read(errors, |value| named(value, upstreams)));
        let weight = fields
            .require("weight", "weight: 10", errors)
            .and_then(|found| found.read(errors, |value| scalar::count(value, 0, WEIGHT_MAX.into())));
        let (Some((name, upstream)), Some(weight)) = (named, weight) else {
            continue;
        };
        if let Some(before) = first.get(&upstream) {
            fields.error("upstream", errors, format!("is the upstream of {before} already"));
        }
        first.insert(upstream, found.path.clone());
        branches.push(Branch {
            upstream,
            name: name.into(),
            weight: weight as u32,
        });
    }
    if errors.count() > before {
        return None;
    }
    let split = Split::try_new(branches, by);
    if split.is_none() {
        found.error(
            errors,
            "every weight is 0: at least one upstream has to get requests",
        );
    }
    split
}

fn redirect(found: &Found<'_>, rule: Option<&PathRule>, errors: &mut Errors) -> Option<Redirect> {
    let fields = found.fields(&REDIRECT_KEYS, errors)?;
    if !["scheme", "host", "path", "prefix"]
        .iter()
        .any(|key| fields.has(key))
    {
        found.error(
            errors,
            "leads back to where the request came from: write a scheme, a host, a path or a prefix",
        );
    }
    let before = errors.count();
    let status = fields.read("status", errors, |value| {
        let number = scalar::count(value, 300, 399)?;
        let known = STATUSES.into_iter().find(|status| u64::from(*status) == number);
        known.ok_or_else(|| format!("{number} is no redirect that carries on: 301, 302, 303, 307 or 308"))
    });
    let scheme = fields.read("scheme", errors, |value| match scalar::text(value)? {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        other => Err(format!("`{}` is no scheme for this: http or https", shown(other))),
    });
    let host = fields.read("host", errors, |value| Authority::try_new(scalar::text(value)?));
    let path = change(&fields, rule, errors);
    (errors.count() == before).then(|| Redirect {
        status: status.unwrap_or(default::REDIRECT_STATUS),
        scheme,
        host,
        path,
    })
}

pub(super) fn respond(found: &Found<'_>, errors: &mut Errors) -> Option<Fixed> {
    let fields = found.fields(&RESPOND_KEYS, errors)?;
    let before = errors.count();
    let status = fields
        .require("status", "status: 200", errors)
        .and_then(|found| found.read(errors, |value| scalar::count(value, 200, 599)));
    let body = fields.read("body", errors, |value| match scalar::text(value)? {
        body if body.len() > FIXED_BYTES_MAX => Err(format!(
            "is {} bytes long: at most {FIXED_BYTES_MAX}; what is larger belongs to an upstream",
            body.len()
        )),
        body => Ok(body),
    });
    let content_type = fields.read("content_type", errors, content_type);
    if matches!(status, Some(204 | 205 | 304)) && body.is_some_and(|body| !body.is_empty()) {
        fields.error(
            "body",
            errors,
            "comes with a status that has none (RFC 9110 §6.4.1)",
        );
    }
    if fields.has("content_type") && !fields.has("body") {
        fields.error("content_type", errors, "is of a body, and there is none");
    }
    let body = body.unwrap_or("");
    (errors.count() == before).then(|| Fixed {
        // 200 to 599
        status: status.unwrap_or(200) as u16,
        body: body.into(),
        content_type: content_type.or((!body.is_empty()).then(|| default::CONTENT_TYPE.into())),
    })
}

fn content_type(value: &Value) -> Result<Box<str>, String> {
    let text = scalar::text(value)?;
    let sent = FieldValue::new(text.as_bytes()).is_some_and(|value| value.bytes() == text.as_bytes());
    if !sent || !text.is_ascii() || !text.contains('/') || text.len() > CONTENT_TYPE_BYTES_MAX {
        return Err(format!(
            "`{}` is no content type such as `text/plain`",
            shown(text)
        ));
    }
    Ok(text.into())
}
