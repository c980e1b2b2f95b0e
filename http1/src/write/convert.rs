//! Heads from the types of the `http` crate: for HTTP/2, which speaks those, and for tests. Not on HTTP/1's path.

use super::{RequestHead, ResponseHead};
use crate::head::{Field, FieldName, FieldValue};
use http::header::HOST;
use http::{HeaderMap, request, response};

/// A request's head, opened in `bytes`, in origin form and with the authority as its `Host`. `None` if the target or a
/// field is none that HTTP/1.1 takes. Fields that frame a message are left out.
pub fn from_http_request(bytes: Vec<u8>, parts: &request::Parts) -> Option<RequestHead> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = RequestHead::new(bytes, parts.method.as_str(), target)?;
    if let Some(authority) = parts.uri.authority() {
        head.add(
            FieldName::constant("host"),
            FieldValue::new(authority.as_str().as_bytes())?,
        );
    }
    let has_authority = parts.uri.authority().is_some();
    fields(&parts.headers, |field, is_host| {
        if !(is_host && has_authority) {
            head.put(field);
        }
    })?;
    Some(head)
}

/// An answer's head, opened in `bytes`. `None` if a field is none that HTTP/1.1 takes. Fields that frame a message are left
/// out.
pub fn from_http_response(bytes: Vec<u8>, parts: &response::Parts) -> Option<ResponseHead> {
    let mut head = ResponseHead::new(bytes, parts.status.as_u16());
    fields(&parts.headers, |field, _| head.put(field))?;
    Some(head)
}

fn fields(map: &HeaderMap, mut put: impl FnMut(Field<'_>, bool)) -> Option<()> {
    for (name, value) in map {
        let field = Field::new(
            FieldName::new(name.as_str().as_bytes())?,
            FieldValue::new(value.as_bytes())?,
        );
        put(field, name == HOST);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{self, Limits, to_http_request, to_http_response};

    #[test]
    fn requests_come_back_as_they_went() {
        let request = http::Request::put("http://a.example/x?y=1")
            .header("host", "other")
            .header("x-a", "1")
            .header("x-a", "2")
            .header("transfer-encoding", "chunked");
        let parts = request.body(()).expect("valid").into_parts().0;
        let head = from_http_request(Vec::new(), &parts)
            .expect("valid")
            .finish(Some(3));
        let mut slots = Vec::new();
        let line = head::request(head.bytes(), &Limits::default(), &mut slots);
        let line = line.expect("well-formed").expect("complete");
        let back = to_http_request(&line.head(head.bytes(), &slots)).expect("valid");
        assert_eq!(
            (back.method(), back.uri().to_string()),
            (&parts.method, "/x?y=1".to_owned())
        );
        let fields: Vec<_> = back
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let expected = [
            ("host", &b"a.example"[..]),
            ("x-a", b"1"),
            ("x-a", b"2"),
            ("content-length", b"3"),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn answers_come_back_as_they_went() {
        let response = http::Response::builder()
            .status(404)
            .header("x-a", "1")
            .body(())
            .expect("valid");
        let head = from_http_response(Vec::new(), &response.into_parts().0).expect("valid");
        let bytes = head.finish(
            super::super::Delimit::Length(0),
            super::super::Persistence::Implied,
        );
        let mut slots = Vec::new();
        let line = head::response(&bytes, &Limits::default(), &mut slots);
        let line = line.expect("well-formed").expect("complete");
        let back = to_http_response(&line.head(&bytes, &slots)).expect("valid");
        assert_eq!(
            (back.status().as_u16(), back.headers()["x-a"].as_bytes()),
            (404, &b"1"[..])
        );
    }
}
