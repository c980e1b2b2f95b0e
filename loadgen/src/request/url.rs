//! An absolute URL taken apart: where to connect to, what the `Host` header says, and the path, which may be a template.
//!
//! The path is left as it was typed, since braces and spaces of a template are none of a URL; it is judged when it is
//! rendered. Everything before it is fixed: connections are not made per request.

use super::wording::shown;
use http::uri::Authority;
use std::fmt;

/// Where connections go: two requests with one origin can share a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `https`
    pub tls: bool,
    /// In lower case; an IPv6 address in its brackets.
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// A URL's parts.
#[derive(Debug, PartialEq, Eq)]
pub struct Url<'a> {
    pub origin: Origin,
    /// With the port only where one was typed.
    pub authority: &'a str,
    /// Path and query, with the slash that may be left out before it.
    pub path: String,
}

impl<'a> Url<'a> {
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!(
                "{} is no whole URL: write http://host{}",
                shown(text),
                if text.starts_with('/') { text } else { "/path" }
            ));
        };
        let tls = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ => {
                return Err(format!(
                    "{} is neither http:// nor https://",
                    shown(&format!("{scheme}://"))
                ));
            }
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains("{{") {
            return Err(format!(
                "the host of {} is a placeholder: all requests of a run go to one place",
                shown(text)
            ));
        }
        if authority.contains('@') {
            return Err("user and password in a URL are not sent: write an Authorization header".into());
        }
        let parsed: Option<Authority> = authority.parse().ok();
        let parsed = parsed.filter(|parsed| !parsed.host().is_empty());
        let parsed = parsed.ok_or_else(|| format!("{} names no host", shown(text)))?;
        let port = match authority.strip_prefix(parsed.host()).unwrap_or_default() {
            "" => Some(if tls { 443 } else { 80 }),
            typed => typed[1..].parse().ok().filter(|port: &u16| *port > 0),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            origin: Origin {
                tls,
                host: parsed.host().to_ascii_lowercase(),
                port: port.ok_or_else(|| format!("the port of {} is not 1 to 65535", shown(text)))?,
            },
            authority,
            path: format!("{slash}{path}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_taken_apart() {
        let check = |text, origin: &str, authority: &str, path: &str| {
            let url = Url::parse(text).expect(text);
            let parts = (url.origin.to_string(), url.authority, url.path.as_str());
            assert_eq!(parts, (origin.to_owned(), authority, path), "{text}");
        };
        check("http://h", "http://h:80", "h", "/");
        check("HTTPS://Ex.org/A?b", "https://ex.org:443", "Ex.org", "/A?b");
        check("http://h:8080?q", "http://h:8080", "h:8080", "/?q");
        check("http://[::1]:9/x", "http://[::1]:9", "[::1]:9", "/x");
        check("http://h/{{rand 1 9}}", "http://h:80", "h", "/{{rand 1 9}}");
        check("http://h/a://b", "http://h:80", "h", "/a://b");
    }

    #[test]
    fn wrong_urls_say_what_to_write() {
        for (text, hint) in [
            ("", "write http://host/path"),
            ("/a", "write http://host/a"),
            ("h:80/a", "is no whole URL"),
            ("ftp://h/", "neither http:// nor https://"),
            ("http://", "names no host"),
            ("http:///a", "names no host"),
            ("http://a b/", "names no host"),
            ("http://u:p@h/", "Authorization"),
            ("http://h:0/", "1 to 65535"),
            ("http://h:/", "1 to 65535"),
            ("http://h:70000/", "1 to 65535"),
            ("http://{{token}}/", "go to one place"),
        ] {
            let error = Url::parse(text).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(https?://)?(\\[|\\]|:|/|\\{\\{|@|.){0,30}") {
            let _ = Url::parse(&text);
        }
    }
}
