//! Well-known field names as small numbers.

/// A field name that the engine or a proxy has to know; everything else is [`Name::Other`] and keeps its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Name {
    #[default]
    Other,
    Authorization,
    Connection,
    ContentLength,
    ContentType,
    Date,
    Expect,
    Forwarded,
    Host,
    KeepAlive,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyConnection,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
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
            (2, b't') => or_other(text, "te", Self::Te),
            (4, b'h') => or_other(text, "host", Self::Host),
            (4, b'd') => or_other(text, "date", Self::Date),
            (6, b'e') => or_other(text, "expect", Self::Expect),
            (7, b'u') => or_other(text, "upgrade", Self::Upgrade),
            (7, b't') => or_other(text, "trailer", Self::Trailer),
            (9, b'f') => or_other(text, "forwarded", Self::Forwarded),
            (10, b'c') => or_other(text, "connection", Self::Connection),
            (10, b'k') => or_other(text, "keep-alive", Self::KeepAlive),
            (12, b'c') => or_other(text, "content-type", Self::ContentType),
            (12, b'x') => or_other(text, "x-request-id", Self::XRequestId),
            (13, b'a') => or_other(text, "authorization", Self::Authorization),
            (14, b'c') => or_other(text, "content-length", Self::ContentLength),
            (15, b'x') => or_other(text, "x-forwarded-for", Self::XForwardedFor),
            (16, b'p') => or_other(text, "proxy-connection", Self::ProxyConnection),
            (16, b'x') => or_other(text, "x-forwarded-host", Self::XForwardedHost),
            (17, b't') => or_other(text, "transfer-encoding", Self::TransferEncoding),
            (17, b'x') => or_other(text, "x-forwarded-proto", Self::XForwardedProto),
            (18, b'p') => or_other(text, "proxy-authenticate", Self::ProxyAuthenticate),
            (19, b'p') => or_other(text, "proxy-authorization", Self::ProxyAuthorization),
            _ => Self::Other,
        }
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

const fn or_other(text: &[u8], name: &str, then: Name) -> Name {
    if text.eq_ignore_ascii_case(name.as_bytes()) {
        then
    } else {
        Name::Other
    }
}
