//! Path templates: `/users/{id}/orders`, `/files/{rest*}`.
//!
//! A variable is a whole segment and takes one that is not empty; `{name*}` is the last and takes all that is left,
//! which may be nothing: `/files/{rest*}` matches `/files/` and all below it, and not `/files`. Variables that are whole
//! segments are what keeps rewritten paths in normal form: what one takes is itself a segment of a normal path.

use std::fmt;

use super::path::{PathFault, normal_path};

/// Segments of a template. A search goes as deep, and no path that somebody thought of has as many.
const SEGMENTS_MAX: usize = 32;
/// Bytes of a variable's name.
const NAME_BYTES_MAX: usize = 32;

/// At least one variable among literal segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) segments: Box<[Segment]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(Box<str>),
    Variable(Box<str>),
    /// Everything from here on.
    Rest(Box<str>),
}

impl Template {
    pub fn try_new(text: &str) -> Result<Template, BadPath> {
        let segments = segments(text)?;
        if segments.len() > SEGMENTS_MAX {
            return Err(BadPath(format!(
                "`{text}` has {} segments: a template has at most {SEGMENTS_MAX}",
                segments.len()
            )));
        }
        let template = Template {
            segments: segments.into(),
        };
        let names: Vec<&str> = template.names().collect();
        if names.is_empty() {
            return Err(BadPath(format!(
                "`{text}` has no variable such as `{{id}}`: write it as path or path_exact"
            )));
        }
        if let Some(twice) = (1..names.len()).find(|&at| names[..at].contains(&names[at])) {
            return Err(BadPath(format!(
                "`{text}` has the variable `{{{}}}` twice",
                names[twice]
            )));
        }
        Ok(template)
    }

    /// The place of a variable among the segments.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.segments
            .iter()
            .position(|segment| segment.name() == Some(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }
}

impl Segment {
    fn name(&self) -> Option<&str> {
        match self {
            Segment::Literal(_) => None,
            Segment::Variable(name) | Segment::Rest(name) => Some(name),
        }
    }
}

/// The segments of a path with variables; its literal ones are in normal form.
pub(super) fn segments(text: &str) -> Result<Vec<Segment>, BadPath> {
    let Some(inner) = text.strip_prefix('/') else {
        return Err(BadPath::of(text, PathFault::NotAbsolute));
    };
    let mut segments = Vec::new();
    let mut plain = String::new();
    for part in inner.split('/') {
        let variable = variable(part).map_err(|fault| BadPath(format!("`{text}` {fault}")))?;
        // a segment that is as good as any takes the variable's place where the form is judged
        plain.push('/');
        plain.push_str(if variable.is_some() { "x" } else { part });
        segments.push(variable.unwrap_or_else(|| Segment::Literal(part.into())));
    }
    let rest = |segment: &Segment| matches!(segment, Segment::Rest(_));
    if segments.iter().rev().skip(1).any(rest) {
        return Err(BadPath(format!(
            "`{text}` goes on after a variable that takes all the rest"
        )));
    }
    match normal_path(&plain) {
        Ok(normal) if normal == plain => Ok(segments),
        Ok(_) => Err(BadPath(format!(
            "`{text}` is not in normal form: it has an escape that is not needed, or one in lower case"
        ))),
        Err(fault) => Err(BadPath::of(text, fault)),
    }
}

/// `{name}` or `{name*}`; `None` of a segment without braces.
fn variable(part: &str) -> Result<Option<Segment>, String> {
    if !part.contains(['{', '}']) {
        return Ok(None);
    }
    let inner = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
    let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}'])) else {
        return Err(format!(
            "has `{part}` in it: a variable is a whole segment, as in `/users/{{id}}/orders`"
        ));
    };
    let name = inner.strip_suffix('*').unwrap_or(inner);
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= NAME_BYTES_MAX;
    if !is_name {
        return Err(format!(
            "has `{part}` in it: a variable's name is at most {NAME_BYTES_MAX} letters, digits and `_`, and begins with no digit"
        ));
    }
    Ok(Some(if inner.ends_with('*') {
        Segment::Rest(name.into())
    } else {
        Segment::Variable(name.into())
    }))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Variable(name) => write!(f, "/{{{name}}}")?,
                Segment::Rest(name) => write!(f, "/{{{name}*}}")?,
            }
        }
        Ok(())
    }
}

/// Why a text is no path of a rule, or none that a request can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPath(pub(super) String);

impl BadPath {
    pub(super) fn of(text: &str, fault: PathFault) -> BadPath {
        BadPath(match fault {
            PathFault::Forbidden(b'?') => {
                format!("`{text}` has a query, which belongs to no path: write the path alone")
            }
            PathFault::NotAbsolute if text.is_empty() => "is empty: the shortest is `/`".to_owned(),
            _ => format!("`{text}` {fault}"),
        })
    }
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path {}", self.0)
    }
}

impl std::error::Error for BadPath {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_whole_segments() {
        for text in [
            "/{id}",
            "/users/{id}/orders",
            "/users/{id}/",
            "/a/{b_2}/{rest*}",
            "/{rest*}",
            "/%7B/{x}",
        ] {
            assert_eq!(
                Template::try_new(text).map(|t| t.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "",
            "users/{id}",
            "/users",
            "/v{id}",
            "/{id}.json",
            "/{a}{b}",
            "/{}",
            "/{*}",
            "/{1a}",
            "/{a-b}",
            "/{a",
            "/a}",
            "/{{a}}",
            "/{rest*}/a",
            "/{a*}/{b*}",
            "/{a}/{a}",
            "/{a}//b",
            "/../{a}",
            "/{a}/%61",
            "/{a}/%2e",
            "/{a}?b",
            "/{a\r\n}",
            "/é/{a}",
        ] {
            assert!(Template::try_new(text).is_err(), "{text}");
        }
        let deep = |count: usize| format!("/{{a}}{}", "/b".repeat(count - 1));
        assert!(Template::try_new(&deep(SEGMENTS_MAX)).is_ok());
        assert!(Template::try_new(&deep(SEGMENTS_MAX + 1)).is_err());
    }
}
