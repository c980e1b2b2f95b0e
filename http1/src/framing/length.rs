//! How long a body is, from the head alone (RFC 9112 §6.3).

use crate::head::{FieldValue, Fields, Method, Name, Refusal, Repeated, Request, Response, Version};

/// The end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many bytes; none is no body.
    Known(u64),
    Chunked,
    /// An answer that ends when the connection does.
    UntilClose,
}

/// §6.3, rules for requests.
pub fn request_length(head: &Request<'_>) -> Result<Length, Refusal> {
    Ok(declared(head.fields, head.version)?.unwrap_or(Length::Known(0)))
}

/// §6.3, rules for answers. `method` is that of the request.
pub fn response_length(method: Method, head: &Response<'_>) -> Result<Length, Refusal> {
    // framing fields are held to the rules even where they mean nothing, because they are passed on
    let declared = declared(head.fields, head.version)?;
    if method == Method::Head || matches!(head.status, 100..200 | 204 | 304) {
        return Ok(Length::Known(0));
    }
    if method == Method::Connect && matches!(head.status, 200..300) {
        return Ok(Length::Known(0));
    }
    Ok(declared.unwrap_or(Length::UntilClose))
}

/// The length that the framing fields give, if there are any.
pub(crate) fn declared(fields: Fields<'_>, version: Version) -> Result<Option<Length>, Refusal> {
    let mut codings = fields.all(Name::TransferEncoding);
    let Some(coding) = codings.next() else {
        let length = fields.only(Name::ContentLength);
        let length = length.map_err(|Repeated| Refusal::LengthRepeated)?;
        let known = |length: FieldValue<'_>| content_length(length.bytes()).map(Length::Known);
        return length.map(known).transpose();
    };
    if fields.has(Name::ContentLength) {
        return Err(Refusal::LengthAndCoding);
    }
    if version == Version::Http10 {
        return Err(Refusal::CodingBeforeHttp11);
    }
    // several fields are one list (RFC 9110 §5.3), and no list but this one is understood
    if codings.next().is_some() || !coding.bytes().eq_ignore_ascii_case(b"chunked") {
        return Err(other_codings(fields));
    }
    Ok(Some(Length::Chunked))
}

/// Only where `chunked` comes last, and once, would another recipient know where the body ends.
fn other_codings(fields: Fields<'_>) -> Refusal {
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let ends_well = fields.list(Name::TransferEncoding).last().is_some_and(is_chunked);
    let once = fields
        .list(Name::TransferEncoding)
        .filter(|coding| is_chunked(coding))
        .count()
        == 1;
    if ends_well && once && fields.list(Name::TransferEncoding).count() > 1 {
        Refusal::CodingUnknown
    } else {
        Refusal::CodingNotFinal
    }
}

/// What a signed number holds: many recipients count in one, and would read anything above as negative.
const LENGTH_MAX: u64 = i64::MAX as u64;

/// The value of a `Content-Length`: `1*DIGIT` (RFC 9110 §8.6), no sign, no list, no room for more than fits.
pub fn content_length(text: &[u8]) -> Result<u64, Refusal> {
    if text.is_empty() {
        return Err(Refusal::LengthInvalid);
    }
    let length = text.iter().try_fold(0_u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => u64::from(byte - b'0'),
            b',' => return Err(Refusal::LengthRepeated),
            _ => return Err(Refusal::LengthInvalid),
        };
        let number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(digit));
        number.ok_or(Refusal::LengthInvalid)
    })?;
    if length > LENGTH_MAX {
        return Err(Refusal::LengthInvalid);
    }
    Ok(length)
}
