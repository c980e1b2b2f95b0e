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
    pub fn of(text: &[u8]) -> Self {
        let is = |name: &str, then: Self| {
            if text.eq_ignore_ascii_case(name.as_bytes()) {
                then
            } else {
                Self::Other
            }
        };
        match (text.len(), text.first().map(|byte| byte | 0x20)) {
            (2, Some(b't')) => is("te", Self::Te),
            (4, Some(b'h')) => is("host", Self::Host),
            (4, Some(b'd')) => is("date", Self::Date),
            (6, Some(b'e')) => is("expect", Self::Expect),
            (7, Some(b'u')) => is("upgrade", Self::Upgrade),
            (7, Some(b't')) => is("trailer", Self::Trailer),
            (9, Some(b'f')) => is("forwarded", Self::Forwarded),
            (10, Some(b'c')) => is("connection", Self::Connection),
            (10, Some(b'k')) => is("keep-alive", Self::KeepAlive),
            (12, Some(b'c')) => is("content-type", Self::ContentType),
            (12, Some(b'x')) => is("x-request-id", Self::XRequestId),
            (13, Some(b'a')) => is("authorization", Self::Authorization),
            (14, Some(b'c')) => is("content-length", Self::ContentLength),
            (15, Some(b'x')) => is("x-forwarded-for", Self::XForwardedFor),
            (16, Some(b'p')) => is("proxy-connection", Self::ProxyConnection),
            (16, Some(b'x')) => is("x-forwarded-host", Self::XForwardedHost),
            (17, Some(b't')) => is("transfer-encoding", Self::TransferEncoding),
            (17, Some(b'x')) => is("x-forwarded-proto", Self::XForwardedProto),
            (18, Some(b'p')) => is("proxy-authenticate", Self::ProxyAuthenticate),
            (19, Some(b'p')) => is("proxy-authorization", Self::ProxyAuthorization),
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
