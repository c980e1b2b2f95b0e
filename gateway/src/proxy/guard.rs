//! What a request must be before anything else looks at it. Everything ambiguous is refused.
//!
//! The engine has seen to the framing, to the target's form, and to there being one valid Host. Here: RFC 9112 §3.2.2
//! (an absolute-form target replaces Host), RFC 9110 §9.3.6 (no tunnels), no TRACE, which shows a client the fields that are
//! meant for upstreams (§9.3.8), one normal form for each path, and no method in
//! lower case: those are other methods (RFC 9110 §9.1) that nobody has, and frameworks exist that take `post` for `POST`, past
//! every rule that looks at methods.

use crate::error::Kind;
use crate::planted::{Bug, planted};
use crate::route::{self, Rewrite};
use http1::head::{FieldValue, Method, Name, Request};
use std::borrow::Cow;

/// A request that was checked. Route, upstream and log see its path, and no other spelling of it.
pub(super) struct Checked<'a> {
    /// `None` only for HTTP/1.0.
    pub(super) host: Option<FieldValue<'a>>,
    pub(super) path: Cow<'a, str>,
    pub(super) query: Option<&'a str>,
    /// What came, if it was in origin form already.
    as_it_came: Option<&'a str>,
}

impl Checked<'_> {
    pub(super) fn host_text(&self) -> &str {
        self.host.and_then(FieldValue::text).unwrap_or("")
    }

    /// In origin form, with another path.
    fn target_at(&self, path: String) -> String {
        match self.query {
            Some(query) if !planted(Bug::RewriteLosesQuery) => format!("{path}?{query}"),
            _ => path,
        }
    }

    /// In origin form, as the route has it rewritten.
    pub(super) fn target(&self, rewrite: Option<&Rewrite>) -> Cow<'_, str> {
        if let Some(rewrite) = rewrite {
            return self.target_at(rewrite.apply(&self.path)).into();
        }
        match (self.as_it_came, self.query) {
            (Some(target), _) => Cow::Borrowed(target),
            (None, None) => Cow::Borrowed(&self.path),
            (None, Some(query)) => Cow::Owned(format!("{}?{query}", self.path)),
        }
    }
}

pub(super) fn check<'a>(head: &Request<'a>) -> Result<Checked<'a>, Kind> {
    if matches!(head.method, Method::Connect | Method::Trace) {
        return Err(Kind::MethodNotAllowed);
    }
    if head.method == Method::Other && head.method_text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(Kind::BadRequest("a method in lower case"));
    }
    let target = head.target;
    let (host, origin) = if target.starts_with('/') {
        (head.fields.get(Name::Host), target)
    } else if target == "*" {
        // OPTIONS * asks about the whole server; no route can answer it
        return Err(Kind::NoRoute);
    } else {
        let (authority, origin) = absolute(target).ok_or(Kind::BadRequest("invalid target"))?;
        (FieldValue::new(authority.as_bytes()), origin)
    };
    // a plain loop: targets are short, and searchers have to be set up
    let (path, query) = match origin.bytes().position(|byte| byte == b'?') {
        Some(mark) => (&origin[..mark], Some(&origin[mark + 1..])),
        None => (origin, None),
    };
    let path = if path.is_empty() { "/" } else { path };
    let path = route::normal_path(path).map_err(|_| Kind::BadRequest("ambiguous path"))?;
    let untouched = matches!(path, Cow::Borrowed(_)) && std::ptr::eq(origin, target);
    Ok(Checked {
        host,
        path,
        query,
        as_it_came: untouched.then_some(target),
    })
}

/// Authority, and path with query, of a target in absolute form. No scheme but HTTP's is routed.
fn absolute(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http1::head::{self, Limits};

    /// Host, path and target after the check.
    fn checked(start: &str, hosts: &[&str]) -> Result<(String, String, String), Kind> {
        let mut text = format!("{start} HTTP/1.1\r\n");
        for host in hosts {
            text.push_str(&format!("Host: {host}\r\n"));
        }
        text.push_str("\r\n");
        let mut slots = Vec::new();
        let line = head::request(text.as_bytes(), &Limits::default(), &mut slots);
        let line = line.map_err(Kind::Refused)?.expect("complete");
        let checked = check(&line.head(text.as_bytes(), &slots))?;
        Ok((
            checked.host_text().to_owned(),
            checked.path.to_string(),
            checked.target(None).into_owned(),
        ))
    }

    fn ok(host: &str, path: &str, target: &str) -> Result<(String, String, String), Kind> {
        Ok((host.into(), path.into(), target.into()))
    }

    #[test]
    fn absolute_form_replaces_host() {
        let expected = ok("b.example", "/x", "/x?y=1");
        assert_eq!(checked("GET http://b.example/x?y=1", &["a.example"]), expected);
        assert_eq!(checked("GET HTTP://b.example", &["a"]), ok("b.example", "/", "/"));
        assert_eq!(
            checked("GET http://b.example?q", &["a"]),
            ok("b.example", "/", "/?q")
        );
        let not_ours = Err(Kind::BadRequest("invalid target"));
        assert_eq!(checked("GET ftp://b/x", &["a"]), not_ours);
    }

    #[test]
    fn paths_are_brought_to_normal_form_once() {
        let expected = ok("a", "/a/b%2C", "/a/b%2C?q=%61");
        assert_eq!(checked("GET /%61/b%2c?q=%61", &["a"]), expected);
        assert_eq!(checked("GET /x?", &["a"]), ok("a", "/x", "/x?"));
    }

    #[test]
    fn ambiguous_paths_and_methods_are_refused() {
        for bad in ["/a/../b", "/a//b", "/%2e%2e/a", "/a%2fb"] {
            let refused = Err(Kind::BadRequest("ambiguous path"));
            assert_eq!(checked(&format!("GET {bad}"), &["a"]), refused, "{bad}");
        }
        for method in ["get", "Post", "dELETE", "connect", "purge"] {
            let refused = Err(Kind::BadRequest("a method in lower case"));
            assert_eq!(checked(&format!("{method} /"), &["a"]), refused, "{method}");
        }
        assert_eq!(checked("TRACE /", &["a"]), Err(Kind::MethodNotAllowed));
        assert_eq!(checked("VERSION-CONTROL /", &["a"]), ok("a", "/", "/"));
        assert_eq!(checked("CONNECT a:443", &["a:443"]), Err(Kind::MethodNotAllowed));
        assert_eq!(checked("OPTIONS *", &["a"]), Err(Kind::NoRoute));
    }
}
