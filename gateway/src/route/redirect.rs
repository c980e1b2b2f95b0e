//! Redirects: the request's URL with some parts replaced, as a `Location`.
//!
//! What is not replaced is left unsaid where that is possible (RFC 9110 §10.2.2 takes a relative reference): a new path
//! alone is `/new?query`, a new host without a scheme `//host/path`. So a gateway behind something that ends TLS does
//! not have to know which scheme the client used. A new scheme needs a host, and takes the request's without its port,
//! which belongs to the old scheme.

use std::fmt;

use super::host::{self, Host};
use super::rewrite::Rewrite;
use crate::planted::{Bug, planted};

/// What a redirect may answer; others mean something else or nothing (RFC 9110 §15.4).
pub const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// Replaces at least one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    pub status: u16,
    pub scheme: Option<Scheme>,
    pub host: Option<Authority>,
    pub path: Option<Rewrite>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// A host, perhaps with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority(Box<str>);

impl Redirect {
    /// The `Location`; `host`, `path` and `query` are the request's. `None` if a scheme needs a host and there is none.
    pub fn location(&self, host: &str, path: &str, query: Option<&str>) -> Option<String> {
        let mut location = String::new();
        if let Some(scheme) = self.scheme {
            location.push_str(scheme.text());
            location.push(':');
        }
        match (&self.host, self.scheme) {
            (Some(host), _) => location.extend(["//", &host.0]),
            (None, Some(_)) => {
                let host = Some(host::bare(host)).filter(|host| !host.is_empty())?;
                location.extend(["//", host]);
            }
            (None, None) => {}
        }
        match &self.path {
            Some(rewrite) => location.push_str(&rewrite.apply(path)),
            None => location.push_str(path),
        }
        if let Some(query) = query.filter(|_| !planted(Bug::RedirectLosesQuery)) {
            location.extend(["?", query]);
        }
        Some(location)
    }
}

impl Scheme {
    pub fn text(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

impl Authority {
    pub fn try_new(text: &str) -> Result<Authority, String> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') && !host.is_empty() => (host, Some(port)),
            _ => (text, None),
        };
        let checked = Host::try_new(host).map_err(|error| error.to_string())?;
        if checked.is_wildcard() {
            return Err(format!(
                "host `{text}` has a wildcard: a redirect goes to one host"
            ));
        }
        match port {
            None => Ok(Authority(checked.as_str().into())),
            // `+80` is a number to Rust
            Some(port)
                if port.bytes().all(|byte| byte.is_ascii_digit())
                    && port.parse::<u16>().is_ok_and(|port| port > 0) =>
            {
                Ok(Authority(format!("{checked}:{port}").into()))
            }
            Some(_) => Err(format!("host `{text}` has a port that is none")),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::PathRule;

    fn check(scheme: Option<Scheme>, host: Option<&str>, path: Option<&str>, expected: Option<&str>) {
        let path = path.map(|path| Rewrite::prefix(path, &PathRule::any()).unwrap());
        let redirect = Redirect {
            status: 302,
            scheme,
            host: host.map(|host| Authority::try_new(host).unwrap()),
            path,
        };
        let location = redirect.location("a.com.:8080", "/p", Some("q=1"));
        assert_eq!(location.as_deref(), expected);
        assert_eq!(
            redirect.location("", "/p", None).is_some(),
            scheme.is_none() || host.is_some()
        );
    }

    #[test]
    fn only_what_is_replaced_is_said() {
        let https = Some(Scheme::Https);
        check(https, None, None, Some("https://a.com/p?q=1"));
        check(https, Some("b.com"), None, Some("https://b.com/p?q=1"));
        check(
            https,
            Some("b.com:8443"),
            Some("/x"),
            Some("https://b.com:8443/x/p?q=1"),
        );
        check(None, Some("[::1]:80"), None, Some("//[::1]:80/p?q=1"));
        check(None, Some("[::1]"), None, Some("//[::1]/p?q=1"));
        check(None, None, Some("/x"), Some("/x/p?q=1"));
        check(Some(Scheme::Http), None, Some("/"), Some("http://a.com/p?q=1"));
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in [
            "",
            ":80",
            "a.com:",
            "a.com:0",
            "a.com:65536",
            "a.com:+80",
            "*.a.com",
            "a.com/x",
            "a\r\nb",
            "u@a.com",
            "::1",
            "http://a.com",
        ] {
            assert!(Authority::try_new(text).is_err(), "{text}");
        }
    }
}
