//! What a request must be before anything else looks at it. Everything ambiguous is refused.
//!
//! RFC 9112 §3.2 (one valid Host; an absolute-form target replaces it), §6.3 (framing), RFC 9110 §9.3.6.

use crate::error::Kind;
use crate::message::Request;
use crate::route;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Uri, Version, header};
use std::borrow::Cow;

/// Checks the request and brings its target to origin form; afterwards the headers hold exactly one Host (none
/// only for HTTP/1.0).
pub(super) fn check<B>(request: &mut Request<B>) -> Result<(), Kind> {
    if request.method == Method::CONNECT {
        return Err(Kind::MethodNotAllowed);
    }
    if request.uri.authority().is_some() {
        replace_host(request)?;
    }
    check_host(&request.headers, request.version)?;
    let path = request.uri.path();
    if path == "*" {
        // OPTIONS * asks about the whole server; no route can answer it
        return Err(Kind::NoRoute);
    }
    match route::normal_path(path) {
        Ok(Cow::Borrowed(_)) => {}
        Ok(Cow::Owned(normal)) => request.uri = with_path(&request.uri, normal)?,
        Err(_) => return Err(Kind::BadRequest("ambiguous path")),
    }
    if request.version == Version::HTTP_10 && request.headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Kind::BadRequest("transfer-encoding in HTTP/1.0"));
    }
    Ok(())
}

fn replace_host<B>(request: &mut Request<B>) -> Result<(), Kind> {
    let authority = request.uri.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(authority).map_err(|_| Kind::BadRequest("invalid authority"))?;
    request.headers.insert(header::HOST, host);
    let path = request
        .uri
        .path_and_query()
        .cloned()
        .unwrap_or(PathAndQuery::from_static("/"));
    request.uri = Uri::from(path);
    Ok(())
}

/// The target with its path in normal form, which is what routes are matched on and what the upstream gets.
fn with_path(uri: &Uri, mut path: String) -> Result<Uri, Kind> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    Uri::try_from(path).map_err(|_| Kind::BadRequest("ambiguous path"))
}

fn check_host(headers: &HeaderMap, version: Version) -> Result<(), Kind> {
    let host = headers.get(header::HOST);
    // `get` finds the first of several: their number shows in the difference of values and names
    let several =
        headers.len() != headers.keys_len() && headers.get_all(header::HOST).iter().nth(1).is_some();
    match (host, several.then_some(())) {
        (Some(host), None) if host_is_valid(host.as_bytes()) => Ok(()),
        (Some(_), None) => Err(Kind::BadRequest("invalid host")),
        (Some(_), Some(_)) => Err(Kind::BadRequest("more than one host")),
        (None, _) if version == Version::HTTP_10 => Ok(()),
        (None, _) => Err(Kind::BadRequest("no host")),
    }
}

/// Bytes of `uri-host [":" port]` (RFC 3986 §3.2.2), without user information.
fn host_is_valid(host: &[u8]) -> bool {
    !host.is_empty()
        && host
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, hosts: &[&str]) -> Request<()> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).expect("header value"));
        }
        let uri = target.parse().expect("target");
        Request {
            method: Method::GET,
            uri,
            version: Version::HTTP_11,
            headers,
            body: (),
        }
    }

    #[test]
    fn one_valid_host_is_required() {
        assert_eq!(check(&mut request("/", &["a.example:80"])), Ok(()));
        assert_eq!(check(&mut request("/", &[])), Err(Kind::BadRequest("no host")));
        assert_eq!(
            check(&mut request("/", &["a", "a"])),
            Err(Kind::BadRequest("more than one host"))
        );
        for bad in ["", "a b", "user@a", "a/b", "a\\b"] {
            assert_eq!(
                check(&mut request("/", &[bad])),
                Err(Kind::BadRequest("invalid host")),
                "{bad}"
            );
        }
    }

    #[test]
    fn absolute_form_replaces_host() {
        let mut absolute = request("http://b.example/x?y=1", &["a.example"]);
        assert_eq!(check(&mut absolute), Ok(()));
        assert_eq!(absolute.headers[header::HOST], "b.example");
        assert_eq!(absolute.uri.to_string(), "/x?y=1");
    }

    #[test]
    fn paths_are_brought_to_normal_form_once() {
        let mut escaped = request("/%61/b%2c?q=%61", &["a"]);
        assert_eq!(check(&mut escaped), Ok(()));
        assert_eq!(escaped.uri.to_string(), "/a/b%2C?q=%61");
    }

    #[test]
    fn ambiguous_paths_and_methods_are_refused() {
        for bad in ["/a/../b", "/a//b", "/%2e%2e/a", "/a%2fb"] {
            assert_eq!(
                check(&mut request(bad, &["a"])),
                Err(Kind::BadRequest("ambiguous path")),
                "{bad}"
            );
        }
        let mut connect = request("/", &["a"]);
        connect.method = Method::CONNECT;
        assert_eq!(check(&mut connect), Err(Kind::MethodNotAllowed));
    }
}
