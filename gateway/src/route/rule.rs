//! A rule: what a request must look like to belong to a route.

use std::fmt;

use super::host::Host;
use super::path::{PathFault, normal_path};

/// A host, or any, and a path. One rule per route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `None`: any host.
    pub host: Option<Host>,
    pub path: PathRule,
}

/// A path that has to be met exactly, or one that a request's path has to be at or below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRule {
    exact: bool,
    path: Box<str>,
}

impl PathRule {
    /// Matches this path only; `/a` and `/a/` are two paths.
    pub fn exact(path: &str) -> Result<PathRule, BadPath> {
        check(path)?;
        Ok(PathRule {
            exact: true,
            path: path.into(),
        })
    }

    /// Matches this path and everything below it, by whole segments. `/` is everything.
    pub fn prefix(path: &str) -> Result<PathRule, BadPath> {
        check(path)?;
        match path.strip_suffix('/') {
            Some("") | None => Ok(PathRule {
                exact: false,
                path: path.into(),
            }),
            Some(without) => Err(BadPath(format!(
                "`{path}` ends in `/`: write `{without}`, which matches everything below it too"
            ))),
        }
    }

    /// Everything.
    pub fn any() -> PathRule {
        PathRule {
            exact: false,
            path: "/".into(),
        }
    }

    pub fn is_exact(&self) -> bool {
        self.exact
    }

    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Why a text is no path of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPath(String);

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path {}", self.0)
    }
}

impl std::error::Error for BadPath {}

/// A rule's path is compared with normal forms, so one in another form would match nothing.
fn check(path: &str) -> Result<(), BadPath> {
    match normal_path(path) {
        Ok(normal) if normal == path => Ok(()),
        Ok(normal) => Err(BadPath(format!(
            "`{path}` is not in normal form: write `{normal}`"
        ))),
        Err(PathFault::Forbidden(b'?')) => Err(BadPath(format!(
            "`{path}` has a query, which no rule compares: write the path alone"
        ))),
        Err(PathFault::NotAbsolute) if path.is_empty() => {
            Err(BadPath("is empty: write `/` to match every path".to_owned()))
        }
        Err(fault) => Err(BadPath(format!("`{path}` {fault}"))),
    }
}
