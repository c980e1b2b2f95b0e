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
        CertificateError::BadSignature => {
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
        // the type within is webpki's own
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server's certificate is an issuer's (CA:TRUE), which must not be a server's: issue it with CA:FALSE, \
             or use -k"
                .into()
        }
        other => format!("the server's certificate is refused: {other}"),
    }
}

fn names(presented: &[String]) -> String {
    match presented {
        [] => "no name at all".into(),
        names if names.len() > NAMES_SHOWN_MAX => {
            let rest = names.len() - NAMES_SHOWN_MAX;
            format!("{} and {rest} others", names[..NAMES_SHOWN_MAX].join(", "))
        }
        names => names.join(", "),
    }
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
