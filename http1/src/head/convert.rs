//! Heads as the types of the `http` crate: for HTTP/2, which speaks those, and for tests. Not on HTTP/1's path.

use super::{Fields, Refusal, Request, Response, Version};
use http::{HeaderName, HeaderValue};

/// A request's head as an [`http::Request`] without a body.
pub fn to_http_request(head: &Request<'_>) -> Result<http::Request<()>, Refusal> {
    let mut request = http::Request::new(());
    *request.method_mut() = head.method_text.parse().map_err(|_| Refusal::StartLine)?;
    *request.uri_mut() = head.target.parse().map_err(|_| Refusal::Target)?;
    *request.version_mut() = version(head.version);
    copy(head.fields, request.headers_mut())?;
    Ok(request)
}

/// An answer's head as an [`http::Response`] without a body.
pub fn to_http_response(head: &Response<'_>) -> Result<http::Response<()>, Refusal> {
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(head.status).map_err(|_| Refusal::Status)?;
    *response.version_mut() = version(head.version);
    copy(head.fields, response.headers_mut())?;
    Ok(response)
}

fn version(version: Version) -> http::Version {
    match version {
        Version::Http10 => http::Version::HTTP_10,
        Version::Http11 => http::Version::HTTP_11,
    }
}

fn copy(fields: Fields<'_>, map: &mut http::HeaderMap) -> Result<(), Refusal> {
    for field in fields.iter() {
        let name = HeaderName::from_bytes(field.name.text()).map_err(|_| Refusal::FieldName)?;
        let value = HeaderValue::from_bytes(field.value.bytes()).map_err(|_| Refusal::FieldValue)?;
        map.append(name, value);
    }
    Ok(())
}
