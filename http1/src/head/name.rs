//! Well-known field names as small numbers.

/// A field name that the engine or a proxy has to know, or that is in so many heads that it is worth knowing;
/// everything else is [`Name::Other`] and keeps its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Name {
    #[default]
    Other,
    Accept,
    AcceptEncoding,
    AcceptLanguage,
    Authorization,
    CacheControl,
    Connection,
    ContentLength,
    ContentType,
    Cookie,
    Date,
    ETag,
    Expect,
    Forwarded,
    Host,
    KeepAlive,
    LastModified,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyConnection,
    Server,
    SetCookie,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    UserAgent,
    Vary,
    XForwardedFor,
    XForwardedHost,
    XForwardedProto,
    XRequestId,
}

impl Name {
    /// The name that `text` spells, in any case. Told by length first: this runs for every field of every head.
    pub const fn of(text: &[u8]) -> Self {
        let Some(first) = text.first() else {
            return Self::Other;
        };
        match (text.len(), *first | 0x20) {
            (2, b't') => or_other(text, b"te", Self::Te),
            (4, b'h') => or_other(text, b"host", Self::Host),
            (4, b'e') => or_other(text, b"etag", Self::ETag),
            (4, b'v') => or_other(text, b"vary", Self::Vary),
            (4, b'd') => or_other(text, b"date", Self::Date),
            (6, b'a') => or_other(text, b"accept", Self::Accept),
            (6, b'c') => or_other(text, b"cookie", Self::Cookie),
            (6, b's') => or_other(text, b"server", Self::Server),
            (6, b'e') => or_other(text, b"expect", Self::Expect),
            (7, b'u') => or_other(text, b"upgrade", Self::Upgrade),
            (7, b't') => or_other(text, b"trailer", Self::Trailer),
            (9, b'f') => or_other(text, b"forwarded", Self::Forwarded),
            (10, b'c') => or_other(text, b"connection", Self::Connection),
            (10, b's') => or_other(text, b"set-cookie", Self::SetCookie),
            (10, b'u') => or_other(text, b"user-agent", Self::UserAgent),
            (10, b'k') => or_other(text, b"keep-alive", Self::KeepAlive),
            (12, b'c') => or_other(text, b"content-type", Self::ContentType),
            (12, b'x') => or_other(text, b"x-request-id", Self::XRequestId),
            (13, b'c') => or_other(text, b"cache-control", Self::CacheControl),
            (13, b'l') => or_other(text, b"last-modified", Self::LastModified),
            (13, b'a') => or_other(text, b"authorization", Self::Authorization),
            (14, b'c') => or_other(text, b"content-length", Self::ContentLength),
            (15, b'a') if text[7] | 0x20 == b'l' => or_other(text, b"accept-language", Self::AcceptLanguage),
            (15, b'a') => or_other(text, b"accept-encoding", Self::AcceptEncoding),
            (15, b'x') => or_other(text, b"x-forwarded-for", Self::XForwardedFor),
            (16, b'p') => or_other(text, b"proxy-connection", Self::ProxyConnection),
            (16, b'x') => or_other(text, b"x-forwarded-host", Self::XForwardedHost),
            (17, b't') => or_other(text, b"transfer-encoding", Self::TransferEncoding),
            (17, b'x') => or_other(text, b"x-forwarded-proto", Self::XForwardedProto),
            (18, b'p') => or_other(text, b"proxy-authenticate", Self::ProxyAuthenticate),
            (19, b'p') => or_other(text, b"proxy-authorization", Self::ProxyAuthorization),
            _ => Self::Other,
        }
    }

    /// The bit of a well-known name in a set of them; `Other` is never in one.
    pub(super) const fn bit(self) -> u64 {
        1 << (self as u8) & !1
    }

    /// Fields that speak of one connection only (RFC 9110 §7.6.1) or frame one message (RFC 9112 §6): never
    /// copied from one side of a proxy to the other. `Content-Length` is among them because framing is made anew.
    pub fn is_hop_by_hop(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::ContentLength
                | Self::Expect
                | Self::KeepAlive
                | Self::ProxyAuthenticate
                | Self::ProxyAuthorization
                | Self::ProxyConnection
                | Self::Te
                | Self::Trailer
                | Self::TransferEncoding
                | Self::Upgrade
        )
    }

    /// Fields that would change how a message is framed, routed, authenticated or understood once its content has
    /// been taken (RFC 9110 §6.5.1): never in a trailer section.
    pub fn is_no_trailer(self) -> bool {
        self.is_hop_by_hop()
            || matches!(
                self,
                Self::Authorization
                    | Self::ContentType
                    | Self::Forwarded
                    | Self::Host
                    | Self::XForwardedFor
                    | Self::XForwardedHost
                    | Self::XForwardedProto
            )
    }
}

/// Of a length that is known, so that words can be compared: the first eight bytes, the last eight, which may overlap
/// them, and between them what is left of a longer name. Setting 0x20 makes letters lower-case and leaves the dash; no
/// other byte of a token becomes a letter or a dash by it.
const fn or_other<const N: usize>(text: &[u8], name: &[u8; N], then: Name) -> Name {
    let (mut different, mut at, mut end) = (0, 0, N);
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>())
        && let (Some(name_first), Some(name_last)) = (name.first_chunk::<8>(), name.last_chunk::<8>())
    {
        different |= word(first) ^ u64::from_le_bytes(*name_first);
        different |= word(last) ^ u64::from_le_bytes(*name_last);
        (at, end) = (8, N - 8);
    }
    while at < end {
        different |= ((text[at] | 0x20) ^ name[at]) as u64;
        at += 1;
    }
    if different == 0 { then } else { Name::Other }
}

const fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes) | 0x2020_2020_2020_2020
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_name_counts_and_its_case_does_not() {
        let known = [
            "te",
            "host",
            "etag",
            "vary",
            "date",
            "accept",
            "cookie",
            "server",
            "expect",
            "upgrade",
            "trailer",
            "forwarded",
            "connection",
            "keep-alive",
            "set-cookie",
            "user-agent",
            "content-type",
            "x-request-id",
            "authorization",
            "cache-control",
            "last-modified",
            "content-length",
            "accept-encoding",
            "accept-language",
            "x-forwarded-for",
            "proxy-connection",
            "x-forwarded-host",
            "transfer-encoding",
            "x-forwarded-proto",
            "proxy-authenticate",
            "proxy-authorization",
        ];
        for name in known {
            let id = Name::of(name.as_bytes());
            assert_ne!(id, Name::Other, "{name}");
            assert_eq!(Name::of(name.to_ascii_uppercase().as_bytes()), id);
            for at in 0..name.len() {
                for byte in (0..=255).filter(|byte| super::super::is_token(*byte)) {
                    let mut other = name.as_bytes().to_vec();
                    other[at] = byte;
                    let same = byte.eq_ignore_ascii_case(&name.as_bytes()[at]);
                    assert_eq!(Name::of(&other) == id, same, "{name} with {byte} at {at}");
                }
            }
        }
    }
}
