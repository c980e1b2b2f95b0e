//! What went wrong in TLS, in the words that an operator needs: what it is, and what to do about it.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};
use std::io;

/// A certificate can be for hundreds of names; these many tell whose it is.
const NAMES_SHOWN_MAX: usize = 4;

/// The same error with other words, if it is one of TLS. `alpn` is what was offered.
pub(super) fn explain(error: io::Error, alpn: &str) -> io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let text = match (inner, error.kind()) {
        (Some(inner), _) => words(inner, alpn),
        // without a number it is not the socket's error but rustls': the end came too early
        (None, io::ErrorKind::UnexpectedEof) if error.raw_os_error().is_none() => {
            "the connection ended in the middle of TLS (no close_notify)".into()
        }
        _ => return error,
    };
    io::Error::new(error.kind(), text)
}

fn words(error: &Error, alpn: &str) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(alert) => refused(*alert, alpn),
        Error::NoApplicationProtocol => format!("the server speaks no {alpn}"),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => "the server does not speak TLS: is it plain HTTP (http://)?".into(),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks neither TLS 1.2 nor TLS 1.3".into(),
        other => format!("tls: {other}"),
    }
}

/// What is wrong with the server's.
fn certificate(error: &CertificateError) -> String {
    const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;
    match error {
        CertificateError::UnknownIssuer => {
            "the server's certificate has an unknown issuer: use --cacert or -k".into()
        }
        // the latter where the issuer's namesake has a key of another kind
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the server's certificate is not signed by the issuer it names: use the right --cacert, or -k".into()
        }
        CertificateError::Expired => "the server's certificate has expired: renew it, or use -k".into(),
        CertificateError::ExpiredContext { time, not_after } => {
            let ago = time.as_secs().saturating_sub(not_after.as_secs()) / SECONDS_OF_A_DAY;
            format!("the server's certificate has expired ({ago} days ago): renew it, or use -k")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet: is this machine's clock right?".into()
        }
        CertificateError::NotValidForName => "the server's certificate is for another name: use -k".into(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "the server's certificate is not for {} but for {}: use that name with --connect-to, or -k",
            expected.to_str(),
            names(presented)
        ),
        // an error of webpki's, known here by its name alone
        CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity" => {
            "the server's certificate is an issuer's (CA:TRUE), which must not be a server's: issue it with CA:FALSE, \
             or use -k"
                .into()
        }
        CertificateError::Other(other) => refused_for(other),
        other => refused_for(other),
    }
}

fn refused_for(why: &impl std::fmt::Display) -> String {
    format!("the server's certificate is refused ({why}): use -k")
}

fn names(presented: &[String]) -> String {
    let shown = presented.iter().take(NAMES_SHOWN_MAX).map(|name| plain(name));
    let shown: Vec<_> = shown.collect();
    match presented.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 if shown.is_empty() => "no name at all".into(),
        0 => shown.join(", "),
        rest => format!("{} and {rest} others", shown.join(", ")),
    }
}

/// rustls says `DnsName("a")` and `IpAddress(::1)`; the name within is the server's, and may hold anything.
fn plain(name: &str) -> String {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or(name);
    inner.trim_matches('"').escape_debug().to_string()
}

/// What the server's alert means.
fn refused(alert: AlertDescription, alpn: &str) -> String {
    use AlertDescription as A;
    match alert {
        A::NoApplicationProtocol if alpn == "h2" => "the server speaks no h2: drop --http2".into(),
        A::NoApplicationProtocol => format!("the server speaks no {alpn}: use --http2"),
        A::CertificateRequired => "the server demands a client certificate: use --cert and --key".into(),
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => {
            format!("the server refuses the client certificate, or the lack of one ({alert:?}): see --cert, --key")
        }
        A::HandshakeFailure | A::InsufficientSecurity => format!(
            "the server refuses the handshake ({alert:?}): no cipher in common, or it demands a client certificate \
             (--cert, --key)"
        ),
        A::ProtocolVersion => "the server speaks neither TLS 1.2 nor TLS 1.3".into(),
        A::UnrecognisedName => {
            "the server does not know the name it is asked for (SNI): give the name in the URL and the place in \
             --connect-to"
                .into()
        }
        other => format!("the server ended TLS with an alert ({other:?})"),
    }
}
