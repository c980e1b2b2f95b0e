//! A rule: what a request must look like to belong to a route.

use super::condition::Conditions;
use super::host::Host;
use super::path::normal_path;
use super::template::{BadPath, Template};

/// A host, or any; a path; and conditions on the rest of the head. One rule per route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `None`: any host.
    pub host: Option<Host>,
    pub path: PathRule,
    pub conditions: Conditions,
}

/// What a request's path has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathRule {
    /// This and no other: `/a` and `/a/` are two paths.
    Exact(Box<str>),
    /// This or below it, by whole segments. `/` is everything.
    Prefix(Box<str>),
    Template(Template),
}

impl PathRule {
    pub fn exact(path: &str) -> Result<PathRule, BadPath> {
        check(path)?;
        Ok(PathRule::Exact(path.into()))
    }

    pub fn prefix(path: &str) -> Result<PathRule, BadPath> {
        check_prefix(path)?;
        Ok(PathRule::Prefix(path.into()))
    }

    pub fn template(path: &str) -> Result<PathRule, BadPath> {
        Template::try_new(path).map(PathRule::Template)
    }

    /// Everything.
    pub fn any() -> PathRule {
        PathRule::Prefix("/".into())
    }

    /// As the config has it.
    pub fn text(&self) -> String {
        match self {
            PathRule::Exact(path) | PathRule::Prefix(path) => path.to_string(),
            PathRule::Template(template) => template.to_string(),
        }
    }
}

/// A rule's path is compared with normal forms, so one in another form would match nothing.
pub(super) fn check(path: &str) -> Result<(), BadPath> {
    match normal_path(path) {
        // no URI has one unescaped (RFC 3986 §2), so it was meant to be a variable
        Ok(_) if path.contains(['{', '}']) => Err(BadPath(format!(
            "`{path}` has a brace in it: variables belong into a path_template; a brace itself is `%7B` or `%7D`"
        ))),
        Ok(normal) if normal == path => Ok(()),
        Ok(normal) => Err(BadPath(format!(
            "`{path}` is not in normal form: write `{normal}`"
        ))),
        Err(fault) => Err(BadPath::of(path, fault)),
    }
}

pub(super) fn check_prefix(path: &str) -> Result<(), BadPath> {
    check(path)?;
    match path.strip_suffix('/') {
        Some("") | None => Ok(()),
        Some(without) => Err(BadPath(format!(
            "`{path}` ends in `/`: write `{without}`, which is everything below it too"
        ))),
    }
}
