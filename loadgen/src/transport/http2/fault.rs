//! Why there is no answer, in the generator's kinds and in words.
//!
//! The server's own word decides what may be sent again: streams it refused, and those above the last one that its
//! GOAWAY speaks for, were not looked at (RFC 9113 §6.8, §8.7). h2 gives a stream the GOAWAY as its error only then.

use crate::event::Failure;
use h2::{Error, Reason};
use std::io;

/// An exchange without an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken2 {
    /// The server did not look at it, whether it was sent or not: another connection may carry the request.
    Unsent,
    Failed(Failure, String),
}

/// Of a stream.
pub(super) fn broken(error: &Error) -> Broken2 {
    let reason = error.reason();
    let unseen = match (error.is_go_away(), error.is_remote()) {
        (true, true) => true,
        // closing for want of open streams: it was never opened
        (true, false) => reason == Some(Reason::NO_ERROR),
        (false, remote) => remote && reason == Some(Reason::REFUSED_STREAM),
    };
    if unseen {
        return Broken2::Unsent;
    }
    Broken2::Failed(kind(error), words(error))
}

/// Of a connection that was never one.
pub(super) fn unconnected(error: &Error) -> (Failure, String) {
    let text = words(error);
    let refused_by_tls = |io: &io::Error| io.kind() == io::ErrorKind::InvalidData;
    if error.is_library() {
        (
            Failure::Protocol,
            format!("the server does not speak HTTP/2: drop --http2 or --h2c ({text})"),
        )
    } else if error.get_io().is_some_and(refused_by_tls) {
        // in TLS 1.3 the server's last word on the handshake comes with the first read
        (Failure::Tls, text)
    } else {
        (kind(error), format!("no HTTP/2: {text}"))
    }
}

fn kind(error: &Error) -> Failure {
    if error.is_io() || error.is_remote() {
        Failure::Reset
    } else if error.is_library() {
        Failure::Protocol
    } else {
        Failure::Local
    }
}

pub(super) fn words(error: &Error) -> String {
    if let Some(io) = error.get_io() {
        return match io.kind() {
            // h2's own words for an end of the stream
            io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof if io.raw_os_error().is_none() => {
                ended(io)
            }
            _ => io.to_string(),
        };
    }
    let Some(reason) = error.reason() else {
        return format!("the request cannot be sent: {error}");
    };
    let code = name(reason);
    match (error.is_go_away(), error.is_remote()) {
        (_, true) if reason == Reason::HTTP_1_1_REQUIRED => {
            format!("the server wants HTTP/1.1 ({code}): drop --http2 or --h2c")
        }
        (true, true) => format!("the server ends the connection (GOAWAY, {code})"),
        (false, true) => format!("the server reset the stream ({code})"),
        (_, false) => format!("the server broke the rules of HTTP/2 ({code}: {reason})"),
    }
}

/// TLS has better words for its end than h2.
fn ended(error: &io::Error) -> String {
    let text = error.to_string();
    if text.contains("TLS") {
        text
    } else {
        "the connection ended early".into()
    }
}

/// As RFC 9113 §7 spells it; codes that h2 does not know are numbers.
fn name(reason: Reason) -> String {
    let name = format!("{reason:?}");
    if name.starts_with("Reason(") {
        format!("code {:#x}", u32::from(reason))
    } else {
        name
    }
}
