//! Why a message is not understood. There is no leniency behind these: the connection is closed after each.

use std::fmt;

/// A message that is malformed, ambiguous or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    StartLine,
    Version,
    Target,
    TargetTooLong,
    LineEnding,
    FieldName,
    FieldValue,
    FieldsTooMany,
    HeadTooLarge,
    HostMissing,
    HostRepeated,
    HostInvalid,
    LengthInvalid,
    LengthRepeated,
    LengthAndCoding,
    CodingUnknown,
    CodingNotFinal,
    CodingBeforeHttp11,
    ConnectionOptions,
    Expectation,
    Status,
    UpgradeUnasked,
    InterimTooMany,
    ChunkSize,
    ChunkExtension,
    ChunkEnding,
    Trailers,
    /// The peer closed in the middle of a message.
    Truncated,
}

impl Refusal {
    pub const ALL: [Self; 28] = [
        Self::StartLine,
        Self::Version,
        Self::Target,
        Self::TargetTooLong,
        Self::LineEnding,
        Self::FieldName,
        Self::FieldValue,
        Self::FieldsTooMany,
        Self::HeadTooLarge,
        Self::HostMissing,
        Self::HostRepeated,
        Self::HostInvalid,
        Self::LengthInvalid,
        Self::LengthRepeated,
        Self::LengthAndCoding,
        Self::CodingUnknown,
        Self::CodingNotFinal,
        Self::CodingBeforeHttp11,
        Self::ConnectionOptions,
        Self::Expectation,
        Self::Status,
        Self::UpgradeUnasked,
        Self::InterimTooMany,
        Self::ChunkSize,
        Self::ChunkExtension,
        Self::ChunkEnding,
        Self::Trailers,
        Self::Truncated,
    ];

    /// The status that a server answers with.
    pub fn status(self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::FieldsTooMany | Self::HeadTooLarge => 431,
            Self::CodingUnknown => 501,
            Self::Version => 505,
            _ => 400,
        }
    }

    /// What is wrong, and by which section.
    pub fn reason(self) -> &'static str {
        match self {
            Self::StartLine => "malformed start line (RFC 9112 §3, §4)",
            Self::Version => "neither HTTP/1.1 nor HTTP/1.0 (RFC 9112 §2.3)",
            Self::Target => "a request target in none of the forms for its method (RFC 9112 §3.2)",
            Self::TargetTooLong => "request target too long (RFC 9110 §15.5.15)",
            Self::LineEnding => "a line that does not end in CRLF (RFC 9112 §2.2)",
            Self::FieldName => "malformed field name, or a folded line (RFC 9112 §5.1, §5.2)",
            Self::FieldValue => "a byte that no field value holds (RFC 9110 §5.5)",
            Self::FieldsTooMany => "too many fields (RFC 6585 §5)",
            Self::HeadTooLarge => "head too large (RFC 6585 §5)",
            Self::HostMissing => "no Host (RFC 9112 §3.2)",
            Self::HostRepeated => "more than one Host (RFC 9112 §3.2)",
            Self::HostInvalid => "Host is no host and port (RFC 9112 §3.2)",
            Self::LengthInvalid => "Content-Length is no number (RFC 9110 §8.6)",
            Self::LengthRepeated => "more than one Content-Length (RFC 9112 §6.3)",
            Self::LengthAndCoding => "Content-Length beside Transfer-Encoding (RFC 9112 §6.1)",
            Self::CodingUnknown => "a transfer coding other than `chunked` (RFC 9112 §6.1)",
            Self::CodingNotFinal => "`chunked` is not the last transfer coding, or not once (RFC 9112 §6.3)",
            Self::CodingBeforeHttp11 => "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)",
            Self::ConnectionOptions => "malformed Connection options (RFC 9110 §7.6.1)",
            Self::Expectation => "an expectation other than 100-continue (RFC 9110 §10.1.1)",
            Self::Status => "a status outside 100 to 599 (RFC 9110 §15)",
            Self::UpgradeUnasked => "101 to a request that asked for no upgrade (RFC 9110 §15.2.2)",
            Self::InterimTooMany => "too many interim answers (RFC 9110 §15.2)",
            Self::ChunkSize => "malformed or excessive chunk size (RFC 9112 §7.1)",
            Self::ChunkExtension => "malformed or excessive chunk extension (RFC 9112 §7.1.1)",
            Self::ChunkEnding => "a chunk that does not end in CRLF (RFC 9112 §7.1)",
            Self::Trailers => "malformed or excessive trailers (RFC 9112 §7.1.2)",
            Self::Truncated => "closed in the middle of a message (RFC 9112 §8)",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_its_section_and_a_client_error_or_its_own_status() {
        for (place, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert!(refusal.reason().contains("(RFC "), "{refusal}");
            assert!((400..=505).contains(&refusal.status()));
            assert_eq!(
                Refusal::ALL.iter().position(|other| *other == refusal),
                Some(place)
            );
        }
    }
}
