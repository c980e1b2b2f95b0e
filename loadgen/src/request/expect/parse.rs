//! The grammar of expectations: terms with commas between them.
//!
//! An error does not end the walk: the next term begins behind the next comma.

use super::{Pattern, Term, Test};
use crate::request::wording::{meant, shown};
use std::cmp::Ordering;
use std::ops::RangeInclusive;

const KINDS: [&str; 4] = ["status", "header", "size", "body"];
/// Every answer is judged by all of them.
const TERMS_MAX: usize = 32;
const UNITS: [(&str, u64); 5] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("", 1),
];

pub(super) fn parse(text: &str) -> Result<Vec<Term>, Vec<String>> {
    let mut terms = Vec::new();
    let mut errors = Vec::new();
    let mut rest = text;
    loop {
        let (found, behind) = term(rest);
        match found {
            Ok(term) => terms.push(term),
            Err(error) => errors.push(error),
        }
        let Some(next) = behind else { break };
        rest = next;
        if terms.len() + errors.len() >= TERMS_MAX {
            errors.push(format!("more than {TERMS_MAX} expectations"));
            break;
        }
    }
    if errors.is_empty() { Ok(terms) } else { Err(errors) }
}

/// The first term, and what stands behind its comma.
fn term(text: &str) -> (Result<Term, String>, Option<&str>) {
    let text = text.trim_start();
    let is_operator = |c: char| matches!(c, '=' | '<' | '>' | '~' | ',');
    let at = text.find(is_operator).unwrap_or(text.len());
    let (subject, value) = (text[..at].trim(), &text[at..]);
    if subject == "body" && value.starts_with(['=', '~']) {
        return (test(value).map(Term::Body), None);
    }
    let (value, behind) = match cut(value) {
        Ok(cut) => cut,
        Err(error) => return (Err(error), None),
    };
    (one(subject, value), behind)
}

/// Cuts operator and value from what follows behind the comma. Commas between quotes separate nothing; quotes around a
/// value are no part of it.
fn cut(value: &str) -> Result<(String, Option<&str>), String> {
    let operator = &value[..value.len().min(1)];
    let operator = if operator == "," { "" } else { operator };
    let after = &value[operator.len()..];
    if let Some(quoted) = after.trim_start().strip_prefix('"') {
        let closed = quoted.split_once('"');
        let (inner, behind) = closed.ok_or_else(|| format!("the quote of {} is not closed", shown(value)))?;
        let behind = behind.trim_start();
        return match behind.strip_prefix(',') {
            next @ Some(_) => Ok((format!("{operator}{inner}"), next)),
            None if behind.is_empty() => Ok((format!("{operator}{inner}"), None)),
            None => Err(format!("expected a comma before {}", shown(behind))),
        };
    }
    let (value, behind) = match after.split_once(',') {
        Some((value, behind)) => (value, Some(behind)),
        None => (after, None),
    };
    Ok((format!("{operator}{}", value.trim()), behind))
}

/// A term by its subject and the operator with its value.
fn one(subject: &str, value: String) -> Result<Term, String> {
    let operator = value.chars().next();
    if let Some(name) = subject.strip_prefix("header:") {
        let name = name.trim();
        if name.is_empty() {
            return Err("header: names nothing: write header:Name=value".into());
        }
        let test = match operator {
            None => None,
            Some('=' | '~') => Some(test(&value)?),
            Some(_) => return Err(format!("write header:{name}=value or header:{name}~REGEX")),
        };
        let name = name.to_owned();
        return Ok(Term::Header { name, test });
    }
    match (subject, operator) {
        ("status", Some('=')) => status(&value[1..]),
        ("size", Some(sign @ ('=' | '<' | '>'))) => {
            let order = match sign {
                '<' => Ordering::Less,
                '>' => Ordering::Greater,
                _ => Ordering::Equal,
            };
            let bytes = size(value[1..].trim())?;
            Ok(Term::Size { order, bytes })
        }
        ("", None) => Err("an expectation is missing: write status=200, or no comma".into()),
        ("status", _) => Err("write status=200, status=2xx or status=200|204".into()),
        ("size", _) => Err("write size=1024, size<1MiB or size>0".into()),
        ("header", _) => Err("write header:Name=value or header:Name~REGEX".into()),
        ("body", _) => Err("write body=TEXT or body~REGEX".into()),
        _ => Err(format!(
            "unknown term {}: {}",
            shown(subject),
            meant(subject, &KINDS)
        )),
    }
}

/// By an operator and a value: `=text` or `~expression`.
fn test(value: &str) -> Result<Test, String> {
    match value.strip_prefix('~') {
        Some(pattern) => Pattern::parse(pattern).map(Test::Like),
        None => Ok(Test::Is(value.strip_prefix('=').unwrap_or(value).to_owned())),
    }
}

fn status(text: &str) -> Result<Term, String> {
    let ranges: Option<Vec<_>> = text.split('|').map(|one| statuses(one.trim())).collect();
    let wrong = || format!("{} is no status: write 200, 2xx, 200|204 or 200-299", shown(text));
    let ranges = ranges.ok_or_else(wrong)?;
    let text = text.to_owned();
    Ok(Term::Status { ranges, text })
}

/// `200`, `2xx` or `200-299`, within what a status line can hold.
fn statuses(text: &str) -> Option<RangeInclusive<u16>> {
    let one = |text: &str| text.parse().ok().filter(|status| (100..=599).contains(status));
    if let Some(class) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some(class * 100..=class * 100 + 99);
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (one(low)?, one(high)?);
    (low <= high).then_some(low..=high)
}

fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{} is no size: write 1024, 64KiB, 1MiB or 1GiB", shown(text));
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].trim();
    let factor = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| factor);
    let number: Option<u64> = digits.trim().parse().ok();
    number
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(*factor))
        .ok_or_else(wrong)
}
