//! The gateway's own answers.

use crate::error::Error;
use http1::head::{FieldName, FieldValue};
use http1::write::{Date, ResponseHead};

const CONTENT_TYPE: FieldName<'_> = FieldName::constant("content-type");
const JSON: FieldValue<'_> = FieldValue::constant("application/json");

/// A JSON answer that names the error's code and nothing else. An origin server with a clock sends a `Date` (RFC 9110
/// §6.6.1), and for these answers the gateway is the origin.
pub(super) fn error(buffer: Vec<u8>, error: &Error, date: &Date) -> (ResponseHead, String) {
    let (status, code) = error.answer();
    let mut head = ResponseHead::new(buffer, status);
    head.add(CONTENT_TYPE, JSON);
    head.add_date(date);
    if error.closes() {
        head.close();
    }
    (head, format!("{{\"error\":\"{code}\"}}\n"))
}
