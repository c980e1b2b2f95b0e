//! The grammar of templates: literals and `{{name argument…}}`.
//!
//! An error names the place by its character, counted from 1, and does not end the walk.

use super::Part;
use crate::request::tokens::Tokens;
use crate::request::wording::{meant, shown};
use crate::request::zipf::Zipf;
use std::str::FromStr;
use std::sync::Arc;

/// Names with a meaning of their own; `token` as well, once there are tokens.
const PLACEHOLDERS: [&str; 6] = ["seq", "id", "uuid", "rand", "zipf", "token"];
/// A megabyte of placeholders would be a program, not a request.
const PARTS_MAX: usize = 10_000;
/// A template is copied per request; more than this is a file to be sent as it is.
const BYTES_MAX: usize = 16 << 20;

/// What a template may refer to.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::request) struct Names<'a> {
    pub(in crate::request) tokens: Option<&'a Arc<Tokens>>,
    /// Variables of the flow by their numbers: those that earlier steps have kept.
    pub(in crate::request) kept: &'a [String],
}

/// Whether a name cannot be given to a variable.
pub(in crate::request) fn is_reserved(name: &str, tokens: Option<&Arc<Tokens>>) -> bool {
    PLACEHOLDERS.contains(&name) && (name != "token" || tokens.is_some())
}

pub(super) fn parse(text: &str, names: &Names<'_>) -> Result<Vec<Part>, Vec<String>> {
    if text.len() > BYTES_MAX {
        return Err(vec![format!(
            "{} bytes are more than a template can have, {BYTES_MAX}: send a file as it is",
            text.len()
        )]);
    }
    let mut parts = Vec::new();
    let mut errors = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("{{{{") {
            literal.push_str("{{");
            rest = behind;
            continue;
        }
        if rest.starts_with("{{{") {
            literal.push('{');
            rest = &rest[1..];
        }
        let inside = &rest[2..];
        let place = || text[..text.len() - rest.len()].chars().count() + 1;
        let Some(end) = inside.find("}}") else {
            errors.push(format!(
                "at character {}: {} is not closed: write }}}} behind it, or {{{{{{{{ for two braces",
                place(),
                shown(rest)
            ));
            rest = "";
            break;
        };
        match placeholder(&inside[..end], names) {
            Ok(part) => {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal).into()));
                }
                parts.push(part);
            }
            Err(error) => errors.push(format!("at character {}: {error}", place())),
        }
        rest = &inside[end + 2..];
        if parts.len() + errors.len() > PARTS_MAX {
            errors.push(format!("more than {PARTS_MAX} parts in one template"));
            break;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal.into()));
    }
    if errors.is_empty() { Ok(parts) } else { Err(errors) }
}

fn placeholder(inside: &str, names: &Names<'_>) -> Result<Part, String> {
    let mut words = inside.split_whitespace();
    let Some(name) = words.next() else {
        return Err("{{}} names nothing: write {{{{ for two braces".into());
    };
    let args: Vec<&str> = words.collect();
    // what a flow has kept comes first: a name of ours cannot be among it, but for `token` where there is no file
    let kept = names.kept.iter().position(|kept| kept == name);
    match (kept, name, args.as_slice()) {
        (Some(index), _, []) => Ok(Part::Kept(index)),
        (None, "seq" | "id", []) => Ok(Part::Id),
        (None, "uuid", []) => Ok(Part::Uuid),
        (None, "token", []) => match names.tokens {
            Some(tokens) => Ok(Part::Token(Arc::clone(tokens))),
            None => Err("token: there is no file of tokens, and no earlier step keeps one".into()),
        },
        (Some(_), ..) | (None, "seq" | "id" | "uuid" | "token", _) => {
            Err(format!("{} takes no argument", shown(name)))
        }
        (None, "rand", [low, high]) => rand(low, high),
        (None, "rand", _) => Err("rand takes two whole numbers, as in {{rand 1 100}}".into()),
        (None, "zipf", [ranks, exponent]) => {
            let ranks = number(ranks, "a number of ranks")?;
            let exponent = number(exponent, "an exponent")?;
            Ok(Part::Zipf(Box::new(Zipf::new(ranks, exponent)?)))
        }
        (None, "zipf", _) => Err("zipf takes ranks and exponent, as in {{zipf 1000 1.1}}".into()),
        _ => {
            let known: Vec<&str> = PLACEHOLDERS
                .into_iter()
                .chain(names.kept.iter().map(String::as_str))
                .collect();
            Err(format!("unknown name {}: {}", shown(name), meant(name, &known)))
        }
    }
}

fn rand(low: &str, high: &str) -> Result<Part, String> {
    let low: i64 = number(low, "a whole number")?;
    let high: i64 = number(high, "a whole number")?;
    if low > high {
        return Err(format!(
            "rand {low} {high} is empty: write {{{{rand {high} {low}}}}}"
        ));
    }
    Ok(Part::Rand { low, high })
}

fn number<T: FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{} is not {what}", shown(text)))
}
