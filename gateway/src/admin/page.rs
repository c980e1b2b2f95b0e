//! What is asked for, and what is answered.

use super::foreign;
use http1::head::{FieldValue, Method, Request};
use serde_json::{Value, json};

const JSON: FieldValue<'_> = FieldValue::constant("application/json");

/// What was asked for. The head of a request does not outlive the call that is shown it.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    #[cfg_attr(not(feature = "profiling"), expect(dead_code, reason = "of profiles alone"))]
    pub(super) query: String,
    /// A browser sends it for a page from elsewhere.
    pub(super) is_foreign: bool,
}

pub(super) struct Page {
    pub(super) status: u16,
    pub(super) content_type: FieldValue<'static>,
    pub(super) allow: Option<FieldValue<'static>>,
    /// Its `Content-Security-Policy`, if it is one for people.
    pub(super) policy: Option<String>,
    pub(super) bytes: Vec<u8>,
}

impl Asked {
    pub(super) fn new(request: &Request<'_>) -> Self {
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        Self {
            method: request.method,
            path: path.to_owned(),
            query: query.to_owned(),
            is_foreign: foreign::is_foreign(request.fields),
        }
    }
}

impl Page {
    pub(super) fn ok(content_type: FieldValue<'static>, bytes: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type,
            allow: None,
            policy: None,
            bytes,
        }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            ..Self::ok(JSON, format!("{value}\n").into_bytes())
        }
    }

    pub(super) fn only(allow: FieldValue<'static>) -> Self {
        Self {
            allow: Some(allow),
            ..Self::json(405, &json!({ "error": "method_not_allowed" }))
        }
    }
}
