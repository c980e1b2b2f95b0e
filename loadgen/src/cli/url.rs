//! The parts of a URL that a request needs.

use http::Uri;

/// `http://host[:port]/path?query`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// For the `Host` header: with the port only where one was typed.
    pub(super) authority: String,
    /// `host:port`, to be resolved.
    pub(super) name: String,
    pub(super) path: String,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !text.contains("://") {
            return Err(format!("url: {text:?} has no scheme: write http://{text}"));
        }
        if text.contains('#') {
            return Err(format!(
                "url: the fragment of {text:?} is never sent: leave out what follows #, or write it as %23"
            ));
        }
        let uri: Uri = text
            .parse()
            .map_err(|e| format!("url: {text:?} is no URL: {e}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err("url: https is not supported yet: use an http:// URL".into()),
            Some(other) => return Err(format!("url: {other}:// is not supported: use an http:// URL")),
            None => return Err(format!("url: {text:?} has no scheme: use an http:// URL")),
        }
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| format!("url: {text:?} names no host"))?;
        if authority.as_str().contains('@') {
            return Err("url: user and password in a URL are not sent: use -H 'Authorization: …'".into());
        }
        // http's own port() takes one out of range for none
        let port = match authority
            .as_str()
            .strip_prefix(authority.host())
            .unwrap_or_default()
        {
            "" => Some(80),
            typed => typed
                .trim_start_matches(':')
                .parse()
                .ok()
                .filter(|port: &u16| *port > 0),
        };
        let port = port.ok_or_else(|| format!("url: the port of {text:?} is not 1 to 65535"))?;
        let name = format!("{}:{port}", authority.host());
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            authority: authority.to_string(),
            name,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let cases = [
            ("http://h", "h", "h:80", "/"),
            ("http://h:8080/a/b?c=d", "h:8080", "h:8080", "/a/b?c=d"),
            ("http://[::1]:9/x", "[::1]:9", "[::1]:9", "/x"),
            ("http://h?q", "h", "h:80", "/?q"),
        ];
        for (text, authority, name, path) in cases {
            let url = Url {
                authority: authority.into(),
                name: name.into(),
                path: path.into(),
            };
            assert_eq!(Url::parse(text), Ok(url), "{text}");
        }
    }

    #[test]
    fn wrong_urls_say_what_to_write() {
        let cases = [
            ("https://h/", "use an http:// URL"),
            ("ftp://h/", "use an http:// URL"),
            ("host/path", "write http://"),
            ("127.0.0.1:80", "http://"),
            ("http://u:p@h/", "Authorization"),
            ("http://h:70000/", "url:"),
            ("http://h:0/", "1 to 65535"),
            ("http://h/a#b", "fragment"),
            ("", "url:"),
        ];
        for (text, hint) in cases {
            let error = Url::parse(text).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
