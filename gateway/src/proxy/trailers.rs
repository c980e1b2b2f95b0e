//! Trailers, both ways: who gets any, and which (RFC 9110 §6.5).
//!
//! Only on routes with `trailers`; elsewhere they are dropped, as any recipient may. A client gets those of an answer if it says `TE: trailers`, which its upstream is then told. An upstream gets those of
//! a request in chunks, where the route edits no fields of requests, past which they would go. Either way only what is safe behind a body: nothing that frames,
//! routes, authenticates or changes how a message is to be understood (§6.5.1; what frames or routes is refused by the
//! engine), and nothing that would be stripped from a head.

use crate::pool::Lease;
use crate::transform::{self, ResponseEdits};
use http1::head::{FieldName, Name, Request, Trailers, Version};
use http1::write::ResponseHead;
use tokio::io::{AsyncRead, AsyncWrite};

const TRAILER: FieldName<'_> = FieldName::constant("trailer");

/// Fields that a recipient might merge into a head, and must not (§6.5.1): controls and conditions of a request, credentials, what
/// controls an answer, and what content is.
const NEVER: [&str; 27] = [
    "accept-ranges",
    "age",
    "cache-control",
    "content-encoding",
    "content-range",
    "cookie",
    "date",
    "etag",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "pragma",
    "range",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-request-id",
];

/// Whether a client wants them (§10.1.4).
pub(super) fn are_wanted(head: &Request<'_>) -> bool {
    let mut wanted = head.fields.list(Name::Te);
    head.version == Version::Http11 && wanted.any(|coding| coding.eq_ignore_ascii_case(b"trailers"))
}

/// Says which are to come (§6.6.2), to a client that wants some.
pub(super) fn announce<S: AsyncRead + AsyncWrite + Unpin>(out: &mut ResponseHead, lease: &Lease<S>) {
    let fields = lease.receiving.head().map(|head| head.fields);
    let names = fields.iter().flat_map(|fields| fields.all(Name::Trailer));
    names.for_each(|names| out.add(TRAILER, names));
}

/// Those of an answer that its client gets.
pub(super) fn down(trailers: &Trailers, edits: Option<&ResponseEdits>) -> Option<Trailers> {
    trailers.only(|name| is_safe(name) && edits.is_none_or(|edits| edits.keeps(name)))
}

/// Those of a request that its upstream gets.
pub(super) fn up(trailers: &Trailers) -> Option<Trailers> {
    trailers.only(|name| {
        let is_forged = transform::is_identity(name)
            || transform::is_forged_for_cgi(name)
            || transform::speaks_of_hops(name.id(), name);
        is_safe(name) && !is_forged
    })
}

fn is_safe(name: FieldName<'_>) -> bool {
    !name.id().is_no_trailer() && !NEVER.iter().any(|never| name.is(never))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http1::head::{self, Limits};

    #[test]
    fn te_is_a_list() {
        for (value, expected) in [
            ("trailers", true),
            ("gzip, Trailers", true),
            ("trailers;q=1", false),
            ("gzip", false),
            ("", false),
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\nTE: {value}\r\n\r\n");
            let mut slots = Vec::new();
            let line = head::request(text.as_bytes(), &Limits::default(), &mut slots);
            let line = line.expect("valid").expect("complete");
            let head = line.head(text.as_bytes(), &slots);
            assert_eq!(are_wanted(&head), expected, "{value}");
        }
    }
}
