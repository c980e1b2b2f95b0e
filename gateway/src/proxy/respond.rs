//! The gateway's own answers.

use crate::error::Error;
use crate::route::Fixed;
use http1::head::{FieldName, FieldValue};
use http1::write::{Date, ResponseHead};

const CONTENT_TYPE: FieldName<'_> = FieldName::constant("content-type");
const ALLOW: FieldName<'_> = FieldName::constant("allow");
const LOCATION: FieldName<'_> = FieldName::constant("location");
const RETRY_AFTER: FieldName<'_> = FieldName::constant("retry-after");
const JSON: FieldValue<'_> = FieldValue::constant("application/json");

/// A JSON answer that names the error's code and nothing else. An origin server with a clock sends a `Date` (RFC 9110
/// §6.6.1), and for these answers the gateway is the origin.
pub(super) fn error(buffer: Vec<u8>, error: &Error, date: &Date) -> (ResponseHead, String) {
    let (status, code) = error.answer();
    let mut head = ResponseHead::new(buffer, status);
    head.add(CONTENT_TYPE, JSON);
    head.add_date(date);
    if let Some(allow) = error.allow().and_then(value) {
        head.add(ALLOW, allow);
    }
    if let Some(seconds) = error.retry_after_s()
        && let Some(seconds) = value(itoa::Buffer::new().format(seconds))
    {
        head.add(RETRY_AFTER, seconds);
    }
    if error.closes() {
        head.close();
    }
    (head, format!("{{\"error\":\"{code}\"}}\n"))
}

/// A redirect. `None` if the location cannot be sent, which is for lack of a host or of a valid one.
pub(super) fn redirect(
    buffer: Vec<u8>,
    status: u16,
    location: Option<&str>,
    date: &Date,
) -> Option<ResponseHead> {
    let location = location.and_then(value)?;
    let mut head = ResponseHead::new(buffer, status);
    head.add(LOCATION, location);
    head.add_date(date);
    Some(head)
}

/// The head of a route's own answer.
pub(super) fn fixed(buffer: Vec<u8>, fixed: &Fixed, date: &Date) -> ResponseHead {
    let mut head = ResponseHead::new(buffer, fixed.status);
    if let Some(content_type) = fixed.content_type.as_deref().and_then(value) {
        head.add(CONTENT_TYPE, content_type);
    }
    head.add_date(date);
    head
}

fn value(text: &str) -> Option<FieldValue<'_>> {
    FieldValue::new(text.as_bytes())
}
