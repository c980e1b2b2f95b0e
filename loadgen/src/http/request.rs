//! The request of a job, checked and built once, cloned per send.

use super::payload::Payload;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Uri};

/// Carries the request's id, so that outcomes can be matched with what a stub saw.
const LOAD_ID: HeaderName = HeaderName::from_static("x-load-id");

/// Headers the generator writes itself: a second opinion on framing would measure a broken request.
const RESERVED: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::HOST,
    header::UPGRADE,
    LOAD_ID,
];

/// One field of the request that cannot be sent.
#[derive(Debug)]
pub(crate) struct RequestError {
    pub(crate) field: &'static str,
    pub(crate) what: String,
}

/// A request ready to be sent any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Payload,
}

impl Request {
    pub(crate) fn new(
        host: &str,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Self, Vec<RequestError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, what| errors.push(RequestError { field, what });
        let method = method
            .parse::<Method>()
            .ok()
            .filter(|m| *m != Method::CONNECT)
            .unwrap_or_else(|| {
                wrong("method", format!("{method:?} is no method that can be measured"));
                Method::GET
            });
        let uri = origin_form(path).unwrap_or_else(|what| {
            wrong("path", what);
            Uri::default()
        });
        let mut map = HeaderMap::new();
        match HeaderValue::from_str(host) {
            Ok(value) if !host.is_empty() => drop(map.insert(header::HOST, value)),
            _ => wrong("host", format!("{host:?} cannot be a Host header")),
        }
        for (name, value) in headers {
            match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                (Ok(name), _) if RESERVED.contains(&name) => {
                    wrong("headers", format!("{name} is written by the generator itself"));
                }
                (Ok(name), Ok(value)) => drop(map.append(name, value)),
                _ => wrong("headers", format!("{name:?}: {value:?} is no header")),
            }
        }
        if errors.is_empty() {
            Ok(Self {
                method,
                uri,
                headers: map,
                body: Payload::new(body),
            })
        } else {
            Err(errors)
        }
    }

    /// The engine's form of this request; `load_id` is the id to carry, if any.
    pub(super) fn instance(&self, load_id: Option<u64>) -> http::Request<Payload> {
        let mut request = http::Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        if let Some(id) = load_id {
            request.headers_mut().insert(LOAD_ID, HeaderValue::from(id));
        }
        request
    }
}

fn origin_form(path: &str) -> Result<Uri, String> {
    if !path.starts_with('/') {
        return Err(format!("{path:?} must start with /"));
    }
    let path: PathAndQuery = path.parse().map_err(|e| format!("{path:?} is no path: {e}"))?;
    Ok(Uri::from(path))
}
