//! The gateway's own answers.

use crate::error::Error;
use crate::message::Answer;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use std::time::{Duration, UNIX_EPOCH};

/// A JSON answer that names the error's code and nothing else. `now` is the wall clock: an origin server with a
/// clock sends a `Date` (RFC 9110 §6.6.1), and for these answers the gateway is the origin.
pub(super) fn error(error: &Error, now: Duration) -> Answer<Bytes> {
    let (status, code) = error.answer();
    let body = Bytes::from(format!("{{\"error\":\"{code}\"}}\n"));
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(UNIX_EPOCH + now)) {
        headers.insert(header::DATE, date);
    }
    if error.closes() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Answer {
        status,
        headers,
        body,
    }
}
