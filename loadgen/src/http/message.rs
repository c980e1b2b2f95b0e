//! A message of the catalogue as each protocol writes it.

use crate::request::Message;
use http::{HeaderName, HeaderValue, Request, Uri};
use http1::head::{FieldName, FieldValue};
use http1::write::{FramedRequest, RequestHead};

/// Carries the arrival's id, so that outcomes can be matched with what a stub saw.
const LOAD_ID: &str = "x-load-id";

/// The head for HTTP/1.1, written into `buffer`. An error never comes of what the catalogue has let through; it is one
/// of that arrival all the same, and nothing is sent.
pub(crate) fn framed(
    buffer: Vec<u8>,
    message: &Message<'_>,
    load_id: Option<u64>,
) -> Result<FramedRequest, String> {
    let unfit = || "the request cannot be written as HTTP/1.1".to_owned();
    let mut head = RequestHead::new(buffer, message.method(), message.path()).ok_or_else(unfit)?;
    let mut add = |name: &str, value: &[u8]| {
        let parts = FieldName::new(name.as_bytes()).zip(FieldValue::new(value));
        parts.map(|(name, value)| head.add(name, value)).ok_or_else(unfit)
    };
    add("host", message.authority().as_bytes())?;
    for (name, value) in message.fields() {
        add(name, value)?;
    }
    if let Some(id) = load_id {
        add(LOAD_ID, itoa::Buffer::new().format(id).as_bytes())?;
    }
    Ok(head.finish(Some(message.body().len() as u64)))
}

/// The head for HTTP/2.
pub(crate) fn request(message: &Message<'_>, tls: bool, load_id: Option<u64>) -> Result<Request<()>, String> {
    let unfit = |error: http::Error| format!("the request cannot be written as HTTP/2 ({error})");
    let uri = Uri::builder()
        .scheme(if tls { "https" } else { "http" })
        .authority(message.authority())
        .path_and_query(message.path())
        .build()
        .map_err(unfit)?;
    let mut request = Request::builder().method(message.method()).uri(uri);
    for (name, value) in message.fields() {
        request = request.header(name, value);
    }
    if let Some(id) = load_id {
        request = request.header(HeaderName::from_static(LOAD_ID), HeaderValue::from(id));
    }
    if !message.body().is_empty() {
        request = request.header(http::header::CONTENT_LENGTH, message.body().len());
    }
    request.body(()).map_err(unfit)
}
