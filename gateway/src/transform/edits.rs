//! What a route does to header fields, compiled at load.
//!
//! Order of the parts, which a reader of a config may rely on: what the client or the upstream sent is let through or not
//! (`allow`, `deny`, `remove`, and the names of `set`), then the gateway adds its own, then `set` and `add` are written. `remove` and
//! `set` hold for the gateway's own fields too: the edits have the last word.

use super::lines::{Line, Lines};
use super::security::Security;
use super::table::Names;
use http1::head::{FieldName, FieldValue};

/// Of one route. `None`, the usual case, is one branch for each message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    pub request: Option<Box<RequestEdits>>,
    pub response: Option<Box<ResponseEdits>>,
}

/// Which fields of a client reach the upstream. Those of hops and the gateway's own are not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pass {
    #[default]
    All,
    Allow(Vec<Box<str>>),
    Deny(Vec<Box<str>>),
}

/// To the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestEdits {
    lines: Lines,
    pass: Pass,
    dropped: Names,
    /// Those of `pass`.
    listed: Names,
}

/// To the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseEdits {
    lines: Lines,
    security: Security,
    dropped: Names,
    /// Those of `security` that the edits do not speak of.
    defaults: Vec<Line>,
}

impl RequestEdits {
    /// `None` if there is nothing to do.
    pub fn new(lines: Lines, pass: Pass) -> Option<Self> {
        let listed = match &pass {
            Pass::All => Names::default(),
            Pass::Allow(names) | Pass::Deny(names) => Names::new(names.iter().map(|name| &**name)),
        };
        let nothing = lines.is_empty() && pass == Pass::All;
        (!nothing).then(|| Self {
            dropped: lines.dropped(),
            lines,
            pass,
            listed,
        })
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    pub fn pass(&self) -> &Pass {
        &self.pass
    }

    /// Whether a field of the client's reaches the upstream.
    pub(crate) fn passes(&self, name: FieldName<'_>) -> bool {
        let listed = match self.pass {
            Pass::All => true,
            Pass::Allow(_) => self.listed.has(name.text()),
            Pass::Deny(_) => !self.listed.has_alike(name.text()),
        };
        listed && self.keeps(name)
    }

    /// Whether a field of the gateway's, or of a hop that is believed, does.
    pub(crate) fn keeps(&self, name: FieldName<'_>) -> bool {
        !self.dropped.has_alike(name.text())
    }

    /// The host that takes the place of the request's.
    pub(crate) fn host(&self) -> Option<FieldValue<'_>> {
        let host = self.lines.set.iter().find(|line| &*line.name == "host")?;
        FieldValue::new(host.value.as_bytes())
    }

    /// What is written behind all others.
    pub(crate) fn written(&self) -> impl Iterator<Item = (FieldName<'_>, FieldValue<'_>)> {
        self.lines.written().filter(|(name, _)| !name.is("host"))
    }
}

impl ResponseEdits {
    /// `None` if there is nothing to do.
    pub fn new(lines: Lines, security: Security) -> Option<Self> {
        if lines.is_empty() && security.is_empty() {
            return None;
        }
        let dropped = lines.dropped();
        let spoken_of = |name: &str| {
            dropped.has_alike(name.as_bytes()) || lines.add.iter().any(|line| &*line.name == name)
        };
        let defaults = security.lines().filter(|line| !spoken_of(&line.name)).collect();
        Some(Self {
            lines,
            security,
            dropped,
            defaults,
        })
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    pub fn security(&self) -> &Security {
        &self.security
    }

    /// Whether a field of the upstream's, or of the gateway's, reaches the client.
    pub(crate) fn keeps(&self, name: FieldName<'_>) -> bool {
        !self.dropped.has_alike(name.text())
    }

    pub(crate) fn written(&self) -> impl Iterator<Item = (FieldName<'_>, FieldValue<'_>)> {
        self.lines.written()
    }

    /// The security fields that an answer with these fields lacks: what an upstream says of its own page stands.
    pub(crate) fn lacking<'a>(
        &'a self,
        has: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (FieldName<'a>, FieldValue<'a>)> {
        let lacking = self.defaults.iter().filter(move |line| !has(&line.name));
        lacking.filter_map(Line::parts)
    }
}
