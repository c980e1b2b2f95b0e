//! The one error type of the data plane: what went wrong, on whose side, and what the client is told.
//!
//! Shapes follow `docs/answers.md`: a JSON body `{"error":"code"}` and a status. Details (addresses, OS errors)
//! go to the access log and the metrics, never to the client.

use http1::head::Refusal;
use http1::io::BodyError;
use rustix::io::Errno;
use std::fmt;
use std::io;

/// On whose side of the gateway a failure arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Upstream,
    Gateway,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Malformed or ambiguous; the text says why, for the log.
    BadRequest(&'static str),
    /// No request at all, by the rules of HTTP/1.1.
    Refused(Refusal),
    MethodNotAllowed,
    /// Routes take the path with other methods, which the error names.
    OtherMethod,
    BodyTooLarge,
    /// The client went away or stalled while it was sending its body.
    ClientAborted,
    NoRoute,
    /// No replica could be connected to.
    NotConnected,
    /// Health has taken all replicas out.
    NoReplica,
    /// A breaker spares the upstream the attempt, and the client the wait; for so long at least.
    BreakerOpen {
        retry_after_s: u32,
    },
    /// As many requests are under way as the upstream can work at, or as many as leave the rest to those that matter more.
    Overloaded {
        retry_after_s: u32,
    },
    /// A bound on the upstream's connections or requests in flight is reached.
    Full,
    /// The answer's head did not come within the route's timeout, or its last attempt's within `try_timeout`.
    Timeout,
    /// The upstream broke the protocol or hung up.
    Broken,
}

#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    pub(crate) source: Option<Box<dyn std::error::Error>>,
    /// Of [`Kind::OtherMethod`]: the methods that there are.
    allow: Option<Box<str>>,
}

impl Error {
    /// What `Allow` names, which a 405 has to have (RFC 9110 §15.5.6). Of a method that no route ever takes: those that routes
    /// know; which of them the target takes nobody has looked at.
    pub(crate) fn allow(&self) -> Option<&str> {
        match self.kind {
            Kind::MethodNotAllowed => Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            _ => self.allow.as_deref(),
        }
    }

    pub(crate) fn other_method(allowed: String) -> Self {
        Self {
            allow: Some(allowed.into()),
            ..Kind::OtherMethod.into()
        }
    }

    pub(crate) fn with_source(kind: Kind, source: impl Into<Box<dyn std::error::Error>>) -> Self {
        Self {
            source: Some(source.into()),
            ..kind.into()
        }
    }

    pub(crate) fn side(&self) -> Side {
        match self.kind {
            Kind::BadRequest(_)
            | Kind::Refused(_)
            | Kind::MethodNotAllowed
            | Kind::BodyTooLarge
            | Kind::ClientAborted => Side::Client,
            Kind::NoRoute
            | Kind::OtherMethod
            | Kind::Full
            | Kind::Overloaded { .. }
            | Kind::BreakerOpen { .. } => Side::Gateway,
            Kind::NotConnected | Kind::NoReplica | Kind::Timeout | Kind::Broken => Side::Upstream,
        }
    }

    /// The status and the code of the JSON body.
    pub(crate) fn answer(&self) -> (u16, &'static str) {
        match self.kind {
            Kind::BadRequest(_) | Kind::ClientAborted => (400, "bad_request"),
            Kind::Refused(refusal) => refused(refusal),
            Kind::MethodNotAllowed | Kind::OtherMethod => (405, "method_not_allowed"),
            Kind::BodyTooLarge => (413, "payload_too_large"),
            Kind::NoRoute => (404, "no_route"),
            Kind::NotConnected | Kind::NoReplica | Kind::BreakerOpen { .. } | Kind::Full => {
                (503, "upstream_unavailable")
            }
            Kind::Overloaded { .. } => (503, "overloaded"),
            Kind::Timeout => (504, "upstream_timeout"),
            Kind::Broken => (502, "bad_gateway"),
        }
    }

    /// Why, for the log: one of a few texts, so that many that fail cost no more than many that do not.
    pub(crate) fn detail(&self) -> Option<&'static str> {
        let source = self.source.as_deref();
        match self.kind {
            Kind::BadRequest(why) => Some(why),
            Kind::Refused(refusal) => Some(refusal.reason()),
            Kind::NotConnected => {
                let error = source.and_then(|source| source.downcast_ref());
                Some(error.map_or("not connected within try_timeout", not_connected))
            }
            Kind::NoReplica => Some("no replica is usable"),
            Kind::BreakerOpen { .. } => Some("a breaker is open"),
            Kind::Overloaded { .. } => Some("the upstream's adaptive limit is reached"),
            Kind::Full => Some("a bound of the upstream's pool is reached"),
            Kind::Timeout => Some("no answer's head in time"),
            Kind::Broken => Some(match source.and_then(|source| source.downcast_ref()) {
                Some(BodyError::Refused(refusal)) => refusal.reason(),
                Some(BodyError::Other(why)) => why,
                Some(BodyError::Io(_)) => "its connection broke",
                None => "an answer that cannot be passed on",
            }),
            _ => None,
        }
    }

    /// How many seconds the client should wait before it asks again, where that is known.
    pub(crate) fn retry_after_s(&self) -> Option<u32> {
        match self.kind {
            Kind::BreakerOpen { retry_after_s } | Kind::Overloaded { retry_after_s } => Some(retry_after_s),
            _ => None,
        }
    }

    /// After these the client's connection is closed: what follows on it cannot be told apart from the
    /// request that was refused.
    pub(crate) fn closes(&self) -> bool {
        self.side() == Side::Client
    }
}

fn refused(refusal: Refusal) -> (u16, &'static str) {
    let status = refusal.status();
    let code = match status {
        414 => "uri_too_long",
        417 => "expectation_failed",
        431 => "header_fields_too_large",
        501 => "not_implemented",
        505 => "version_not_supported",
        _ => "bad_request",
    };
    (status, code)
}

/// What a failure to connect comes to. What is this machine's own has to be told from what is the replica's: they are
/// mended in different places.
fn not_connected(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::TimedOut => return "not connected within connect_timeout",
        io::ErrorKind::UnexpectedEof => return "closed before it was asked",
        io::ErrorKind::InvalidData => return "spoke before it was asked",
        _ => {}
    }
    lacked(error).unwrap_or(match Errno::from_io_error(error) {
        Some(Errno::CONNREFUSED) => "connection refused",
        Some(Errno::CONNRESET) => "connection reset",
        Some(Errno::HOSTUNREACH | Errno::NETUNREACH) => "unreachable",
        _ => "not connected",
    })
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            source: None,
            allow: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::BadRequest(why) => write!(f, "understand the request: {why}")?,
            Kind::Refused(refusal) => write!(f, "understand the request: {refusal}")?,
            Kind::MethodNotAllowed => write!(f, "serve this method")?,
            Kind::OtherMethod => write!(f, "find a route for this method")?,
            Kind::BodyTooLarge => write!(f, "take a body above the route's body_max")?,
            Kind::ClientAborted => write!(f, "read the client's body")?,
            Kind::NoRoute => write!(f, "find a route")?,
            Kind::NotConnected => write!(f, "connect to any replica")?,
            Kind::NoReplica => write!(f, "find a usable replica")?,
            Kind::BreakerOpen { .. } => write!(f, "ask an upstream whose breaker is open")?,
            Kind::Overloaded { .. } => write!(f, "stay within what the upstream can work at")?,
            Kind::Full => write!(f, "stay within the upstream's bounds")?,
            Kind::Timeout => write!(f, "get the answer's head in time")?,
            Kind::Broken => write!(f, "read an answer from the upstream")?,
        }
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

/// Whether a connection failed for want of something of this machine's.
pub(crate) fn is_ours(error: &io::Error) -> bool {
    lacked(error).is_some()
}

/// What this machine lacked.
fn lacked(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::MFILE | Errno::NFILE => Some("this machine is out of file descriptors"),
        Errno::ADDRNOTAVAIL => Some("this machine is out of local ports"),
        Errno::NOBUFS | Errno::NOMEM => Some("this machine is out of memory for sockets"),
        Errno::PERM | Errno::ACCESS => Some("this machine forbids the connection"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_answer() {
        let rows = [
            (Kind::BadRequest("x"), 400, "bad_request", true),
            (Kind::Refused(Refusal::LengthAndCoding), 400, "bad_request", true),
            (Kind::Refused(Refusal::TargetTooLong), 414, "uri_too_long", true),
            (
                Kind::Refused(Refusal::FieldsTooMany),
                431,
                "header_fields_too_large",
                true,
            ),
            (
                Kind::Refused(Refusal::Expectation),
                417,
                "expectation_failed",
                true,
            ),
            (
                Kind::Refused(Refusal::CodingUnknown),
                501,
                "not_implemented",
                true,
            ),
            (
                Kind::Refused(Refusal::Version),
                505,
                "version_not_supported",
                true,
            ),
            (Kind::MethodNotAllowed, 405, "method_not_allowed", true),
            (Kind::OtherMethod, 405, "method_not_allowed", false),
            (Kind::BodyTooLarge, 413, "payload_too_large", true),
            (Kind::NoRoute, 404, "no_route", false),
            (Kind::NotConnected, 503, "upstream_unavailable", false),
            (Kind::NoReplica, 503, "upstream_unavailable", false),
            (
                Kind::BreakerOpen { retry_after_s: 5 },
                503,
                "upstream_unavailable",
                false,
            ),
            (Kind::Full, 503, "upstream_unavailable", false),
            (Kind::Overloaded { retry_after_s: 1 }, 503, "overloaded", false),
            (Kind::Timeout, 504, "upstream_timeout", false),
            (Kind::Broken, 502, "bad_gateway", false),
        ];
        for (kind, status, code, closes) in rows {
            let error = Error::from(kind);
            assert_eq!(
                (error.answer().0, error.answer().1, error.closes()),
                (status, code, closes)
            );
        }
    }

    #[test]
    fn the_log_says_what_the_client_is_not_told() {
        let not_connected = |error: io::Error| Error::with_source(Kind::NotConnected, error);
        for (error, detail) in [
            (not_connected(Errno::CONNREFUSED.into()), "connection refused"),
            (
                not_connected(Errno::MFILE.into()),
                "this machine is out of file descriptors",
            ),
            (
                not_connected(io::ErrorKind::TimedOut.into()),
                "not connected within connect_timeout",
            ),
            (
                not_connected(io::ErrorKind::UnexpectedEof.into()),
                "closed before it was asked",
            ),
            (
                not_connected(io::ErrorKind::InvalidData.into()),
                "spoke before it was asked",
            ),
            (Kind::NotConnected.into(), "not connected within try_timeout"),
            (Kind::NoReplica.into(), "no replica is usable"),
            (Kind::BreakerOpen { retry_after_s: 1 }.into(), "a breaker is open"),
            (
                Error::with_source(Kind::Broken, BodyError::Refused(Refusal::Truncated)),
                Refusal::Truncated.reason(),
            ),
            (
                Error::with_source(Kind::Broken, BodyError::Io(Errno::CONNRESET.into())),
                "its connection broke",
            ),
        ] {
            assert_eq!(error.detail(), Some(detail), "{error}");
        }
    }

    #[test]
    fn what_this_machine_lacks_is_nobodys_fault() {
        for (errno, ours) in [
            (Errno::MFILE, true),
            (Errno::ADDRNOTAVAIL, true),
            (Errno::CONNREFUSED, false),
            (Errno::HOSTUNREACH, false),
            (Errno::TIMEDOUT, false),
        ] {
            assert_eq!(is_ours(&errno.into()), ours, "{errno}");
        }
        assert!(!is_ours(&io::ErrorKind::TimedOut.into()));
    }
}
