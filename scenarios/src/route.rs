//! The routes of a config as facts, and as the gateway's config writes them.
//!
//! A route that goes to upstreams takes its times and retries from the facts of its upstream, of a split from those of the
//! first branch: [`super::Config`] sees to it that all branches say the same.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;

use super::text::{self, ms};

/// One route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub name: String,
    /// A name, or one behind `*.`; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    pub path: Path,
    /// None for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    pub action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Rewrite>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
    /// The upstream that is asked when its own has no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What is answered then, if no upstream is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Degraded>,
    /// The class of its requests, where its upstream says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Path {
    Exact(String),
    /// `{name}` stands for a segment, `{name*}` at the end for all the rest.
    Template(String),
    Prefix(String),
}

/// A part of the request, and what it has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub of: Part,
    pub name: String,
    pub is: Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Header,
    Cookie,
    Query,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    Exact(String),
    Prefix(String),
    Present(bool),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Upstream(String),
    Split {
        /// Names and weights.
        branches: Vec<(String, u32)>,
        /// The header by which a client chooses.
        header: String,
    },
    Redirect {
        status: u16,
        /// In place of the path's prefix.
        prefix: String,
    },
    Respond {
        status: u16,
        body: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rewrite {
    Path(String),
    Prefix(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    pub upstream: String,
    pub share: f64,
    pub in_flight_max: usize,
    #[serde(with = "text")]
    pub timeout: Duration,
}

/// An answer in place of the one that its upstream has not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degraded {
    pub status: u16,
    pub body: String,
    /// Its upstream's own answers of [`FAILURES`] are none.
    pub for_answers: bool,
}

/// What the upstream says of itself.
pub const FAILURES: [u16; 4] = [500, 502, 503, 504];

/// Of requests' headers, names and values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    pub set: Vec<(String, String)>,
    pub add: Vec<(String, String)>,
    pub remove: Vec<String>,
}

impl Route {
    /// What every upstream has unless routes are written out: everything that begins with its name.
    pub fn of_upstream(name: &str) -> Self {
        Self::new(
            name,
            Path::Prefix(format!("/{name}")),
            Action::Upstream(name.into()),
        )
    }

    /// Without conditions and changes.
    pub fn new(name: &str, path: Path, action: Action) -> Self {
        Self {
            name: name.into(),
            host: None,
            path,
            methods: Vec::new(),
            conditions: Vec::new(),
            action,
            rewrite: None,
            mirror: None,
            edits: None,
            fallback: None,
            degraded: None,
            priority: None,
        }
    }

    /// The upstreams that requests go to.
    pub fn upstreams(&self) -> impl Iterator<Item = &str> {
        let (one, several) = match &self.action {
            Action::Upstream(name) => (Some(name), None),
            Action::Split { branches, .. } => (None, Some(branches)),
            Action::Redirect { .. } | Action::Respond { .. } => (None, None),
        };
        let several = several.into_iter().flatten().map(|(name, _)| name);
        one.into_iter().chain(several).map(String::as_str)
    }

    /// As an entry of the config's list. `times` is what it is told as one that goes to upstreams, `tells` what it says of
    /// itself in their answers.
    pub(super) fn yaml(&self, times: &str, tells: Option<&str>) -> String {
        let mut yaml = format!(
            "  - name: {}\n    match: {{ {} }}\n{}",
            self.name,
            self.matches(),
            self.action()
        );
        // a string takes everything
        match &self.rewrite {
            Some(Rewrite::Path(path)) => {
                let _ = writeln!(yaml, "    rewrite: {{ path: {path:?} }}");
            }
            Some(Rewrite::Prefix(prefix)) => {
                let _ = writeln!(yaml, "    rewrite: {{ prefix: {prefix} }}");
            }
            None => {}
        }
        yaml.push_str(times);
        if let Some(class) = &self.priority {
            let _ = writeln!(yaml, "    priority: {class}");
        }
        if let Some(mirror) = &self.mirror {
            let _ = writeln!(
                yaml,
                "    mirror: {{ upstream: {}, share: {}, in_flight_max: {}, timeout: {} }}",
                mirror.upstream,
                mirror.share,
                mirror.in_flight_max,
                ms(mirror.timeout)
            );
        }
        if let Some(fallback) = &self.fallback {
            let _ = writeln!(yaml, "    fallback: {{ upstream: {fallback} }}");
        }
        if let Some(Degraded {
            status,
            body,
            for_answers,
        }) = &self.degraded
        {
            let statuses = match for_answers {
                true => format!(", statuses: {FAILURES:?}"),
                false => String::new(),
            };
            let _ = writeln!(
                yaml,
                "    fallback: {{ respond: {{ status: {status}, body: {body:?} }}{statuses} }}"
            );
        }
        let mut headers = Vec::new();
        if let Some(edits) = &self.edits {
            headers.push(format!(
                "request: {{ set: {}, add: {}, remove: [ {} ] }}",
                map(&edits.set),
                map(&edits.add),
                edits.remove.join(", ")
            ));
        }
        if let Some(name) = tells.filter(|_| self.upstreams().next().is_some()) {
            headers.push(format!("response: {{ set: {{ X-Served-By: {name} }} }}"));
        }
        if !headers.is_empty() {
            let _ = writeln!(yaml, "    headers: {{ {} }}", headers.join(", "));
        }
        yaml
    }

    fn matches(&self) -> String {
        let mut parts = Vec::new();
        if let Some(host) = &self.host {
            parts.push(format!("host: {host:?}"));
        }
        parts.push(match &self.path {
            Path::Exact(path) => format!("path_exact: {path}"),
            Path::Template(path) => format!("path_template: {path:?}"),
            Path::Prefix(path) => format!("path: {path}"),
        });
        if !self.methods.is_empty() {
            parts.push(format!("methods: [ {} ]", self.methods.join(", ")));
        }
        for (part, key) in [
            (Part::Header, "headers"),
            (Part::Cookie, "cookies"),
            (Part::Query, "query"),
        ] {
            let of_part = self.conditions.iter().filter(|condition| condition.of == part);
            let tests: Vec<_> = of_part.map(Condition::yaml).collect();
            if !tests.is_empty() {
                parts.push(format!("{key}: {{ {} }}", tests.join(", ")));
            }
        }
        parts.join(", ")
    }

    fn action(&self) -> String {
        match &self.action {
            Action::Upstream(name) => format!("    upstream: {name}\n"),
            Action::Split { branches, header } => {
                let branches = branches
                    .iter()
                    .map(|(name, weight)| format!("{{ upstream: {name}, weight: {weight} }}"));
                let branches = branches.collect::<Vec<_>>().join(", ");
                format!("    split: [ {branches} ]\n    override: {{ header: {header} }}\n")
            }
            Action::Redirect { status, prefix } => {
                format!("    redirect: {{ status: {status}, prefix: {prefix} }}\n")
            }
            Action::Respond { status, body } => {
                format!("    respond: {{ status: {status}, body: {body:?} }}\n")
            }
        }
    }
}

impl Condition {
    fn yaml(&self) -> String {
        match &self.is {
            Test::Exact(value) => format!("{}: {value:?}", self.name),
            Test::Prefix(value) => format!("{}: {{ prefix: {value:?} }}", self.name),
            Test::Present(is) => format!("{}: {{ present: {is} }}", self.name),
        }
    }
}

fn map(fields: &[(String, String)]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}
