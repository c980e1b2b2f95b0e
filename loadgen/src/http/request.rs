//! The request of a job, checked once, written per send into a buffer that comes back: no allocation.
//!
//! What can be wrong with a request is said by [`Request::new`], in full and before the run.

use bytes::Bytes;
use http1::head::{FieldName, FieldValue};
use http1::write::{FramedRequest, RequestHead};

/// Carries the request's id, so that outcomes can be matched with what a stub saw.
const LOAD_ID: FieldName<'_> = FieldName::constant("x-load-id");

/// Headers the generator or its engine writes itself: a second opinion on framing would measure a broken request.
const RESERVED: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "x-load-id",
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
    method: String,
    path: String,
    /// Host first.
    fields: Vec<(String, String)>,
    /// `Connection: close` was asked for. The engine alone speaks of the connection, and never says this: it is
    /// closed behind the answer without a word.
    close: bool,
    body: Bytes,
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
        // a tunnel is no exchange; everything else is a matter of tokens
        if method == "CONNECT" || RequestHead::new(Vec::new(), method, "/").is_none() {
            wrong("method", format!("{method:?} is no method that can be measured"));
        }
        if let Err(what) = origin_form(path) {
            wrong("path", what);
        }
        let mut request = Self {
            method: method.into(),
            path: path.into(),
            fields: vec![("host".into(), host.into())],
            close: false,
            body,
        };
        if host.trim_ascii().is_empty() || !is_value(host) {
            wrong("host", format!("{host:?} cannot be a Host header"));
        }
        for (name, value) in headers {
            let reserved = RESERVED.into_iter().find(|r| r.eq_ignore_ascii_case(name));
            match reserved {
                Some("connection") if value.trim_ascii().eq_ignore_ascii_case("close") => {
                    request.close = true;
                }
                Some("connection") => wrong(
                    "headers",
                    format!("connection is written by the generator itself: {value:?} can only be close"),
                ),
                Some(reserved) => wrong(
                    "headers",
                    format!("{reserved} is written by the generator itself"),
                ),
                None if FieldName::new(name.as_bytes()).is_some() && is_value(value) => {
                    request.fields.push((name.clone(), value.clone()));
                }
                None => wrong("headers", format!("{name:?}: {value:?} is no header")),
            }
        }
        if errors.is_empty() {
            Ok(request)
        } else {
            Err(errors)
        }
    }

    /// Checked once more, for the engine; none of it comes of what [`Request::new`] has refused.
    pub(crate) fn prepare(&self) -> Prepared<'_> {
        Prepared {
            request: self,
            fields: self
                .fields
                .iter()
                .filter_map(|(name, value)| parts(name, value))
                .collect(),
        }
    }
}

/// A request in the engine's terms, which are proofs that nothing has to be looked at again: what is left to be done
/// per send is copying.
pub(crate) struct Prepared<'a> {
    request: &'a Request,
    fields: Vec<(FieldName<'a>, FieldValue<'a>)>,
}

impl Prepared<'_> {
    /// Writes the head into `buffer`; `load_id` is the id to carry, if any. `None` never comes of what
    /// [`Request::new`] has let through.
    pub(super) fn head(&self, buffer: Vec<u8>, load_id: Option<u64>) -> Option<FramedRequest> {
        let Request {
            method, path, body, ..
        } = self.request;
        let mut head = RequestHead::new(buffer, method, path)?;
        for (name, value) in &self.fields {
            head.add(*name, *value);
        }
        if let Some(id) = load_id {
            let mut digits = itoa::Buffer::new();
            head.add(LOAD_ID, FieldValue::new(digits.format(id).as_bytes())?);
        }
        Some(head.finish(Some(body.len() as u64)))
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.request.body
    }

    /// Whether no other request may follow on the connection.
    pub(super) fn closes(&self) -> bool {
        self.request.close
    }
}

fn parts<'a>(name: &'a str, value: &'a str) -> Option<(FieldName<'a>, FieldValue<'a>)> {
    Some((
        FieldName::new(name.as_bytes())?,
        FieldValue::new(value.as_bytes())?,
    ))
}

/// What the engine takes, less the bytes above ASCII: which characters those are nobody can say (RFC 9110 §5.5).
fn is_value(text: &str) -> bool {
    text.is_ascii() && FieldValue::new(text.as_bytes()).is_some()
}

/// RFC 9112 §3.2.1, as far as the engine carries it.
fn origin_form(path: &str) -> Result<(), String> {
    let carried = |target: &str| RequestHead::new(Vec::new(), "GET", target).is_some();
    if !path.starts_with('/') {
        return Err(format!("{path:?} must start with /"));
    }
    if carried(path) {
        return Ok(());
    }
    match path.chars().find(|c| !carried(&format!("/{c}"))) {
        Some('#') => Err(format!(
            "{path:?} has a fragment, which is never sent: leave out what follows #, or write it as %23"
        )),
        Some(c) => Err(format!("{path:?} is no path: {c:?} must be percent-encoded")),
        None => Err(format!("{path:?} is no path")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, headers: &[(&str, &str)], body: &'static str) -> Result<Request, String> {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Request::new("h", method, "/p?q", &headers, Bytes::from(body)).map_err(|errors| {
            let lines = errors
                .iter()
                .map(|error| format!("{}: {}", error.field, error.what));
            lines.collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn heads_are_written_as_typed_and_framed_by_the_engine() {
        let check = |method, headers: &[(&str, &str)], body, id, wanted: &str| {
            let request = request(method, headers, body).expect("valid");
            let bytes = request
                .prepare()
                .head(Vec::new(), id)
                .expect("checked")
                .into_bytes();
            assert_eq!(
                String::from_utf8(bytes).expect("ASCII"),
                format!("{wanted}\r\n\r\n")
            );
        };
        let tags = [("Tag", "1"), ("Tag", " 2 ")];
        let close = [("Connection", "Close")];
        check(
            "GET",
            &[],
            "",
            Some(7),
            "GET /p?q HTTP/1.1\r\nhost: h\r\nx-load-id: 7",
        );
        check(
            "GET",
            &tags,
            "",
            None,
            "GET /p?q HTTP/1.1\r\nhost: h\r\nTag: 1\r\nTag: 2",
        );
        check(
            "POST",
            &close,
            "",
            None,
            "POST /p?q HTTP/1.1\r\nhost: h\r\ncontent-length: 0",
        );
        check(
            "GET",
            &[],
            "abc",
            None,
            "GET /p?q HTTP/1.1\r\nhost: h\r\ncontent-length: 3",
        );
    }

    #[test]
    fn what_frames_a_message_is_not_for_the_user() {
        let reserved = [
            ("Content-Length", "3"),
            ("TRANSFER-ENCODING", "chunked"),
            ("Host", "other"),
            ("upgrade", "websocket"),
            ("Keep-Alive", "timeout=5"),
            ("X-Load-Id", "1"),
            ("Connection", "keep-alive"),
            ("connection", "close, x-tag"),
        ];
        for (name, value) in reserved {
            let error = request("GET", &[(name, value)], "").expect_err(name);
            let wanted = format!(
                "headers: {} is written by the generator itself",
                name.to_lowercase()
            );
            assert!(error.starts_with(&wanted), "{error}");
        }
        for (name, value) in [("a b", "x"), ("", "x"), ("x", "a\nb"), ("x", "ä")] {
            let error = request("GET", &[(name, value)], "").expect_err(name);
            assert!(error.ends_with("is no header"), "{error}");
        }
    }

    #[test]
    fn paths_are_what_can_be_sent() {
        for path in ["/", "/a%20b", "/?a={b}", "/a//b;c=d"] {
            assert_eq!(origin_form(path), Ok(()));
        }
        for (path, hint) in [
            ("", "must start with /"),
            ("a", "must start with /"),
            ("/a#b", "fragment"),
            ("/a b", "' ' must be percent-encoded"),
            ("/\"", "must be percent-encoded"),
            ("/ä", "'ä' must be percent-encoded"),
            ("/a\r\nb", "'\\r' must be percent-encoded"),
        ] {
            let error = origin_form(path).expect_err(path);
            assert!(error.contains(hint), "{path:?}: {error}");
        }
    }
}
