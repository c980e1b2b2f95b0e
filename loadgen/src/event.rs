//! What happens to a request, as the probe and the counters name it.

use http1::head::Method;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a request has no answer. Every planned request ends in an answer or in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// The connection was refused or could not be made.
    Connect,
    /// This machine could not make the connection: out of ports, descriptors or memory. The generator's fault.
    Local,
    /// No complete answer within the timeout, counted from the intended time.
    Timeout,
    /// The connection ended before the answer was complete.
    Reset,
    /// The answer was not HTTP.
    Protocol,
    /// More requests waited for a connection than the backlog holds. The generator's limit.
    Overflow,
    /// Still without outcome when the drain time was over or the run was stopped.
    Unfinished,
    /// The TLS handshake failed.
    Tls,
}

impl Failure {
    /// In the order of their numbers in traces: new ones go to the end.
    pub const ALL: [Self; 8] = [
        Self::Connect,
        Self::Local,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
        Self::Overflow,
        Self::Unfinished,
        Self::Tls,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Local => "local",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
            Self::Overflow => "overflow",
            Self::Unfinished => "unfinished",
            Self::Tls => "tls",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was wrong with an answer that came in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unexpected {
    Status,
    Header,
    Body,
    Size,
    /// It lacked what the flow was to keep of it.
    Capture,
}

impl Unexpected {
    pub const ALL: [Self; 5] = [Self::Status, Self::Header, Self::Body, Self::Size, Self::Capture];

    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header => "header",
            Self::Body => "body",
            Self::Size => "size",
            Self::Capture => "capture",
        }
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the generator tells its probe.
///
/// Per id: `Planned`; then for each request on the wire (a flow has several, one after the other) `Asked`, `Sent` and any
/// number of `Resent`; then one `Done`, perhaps behind a `Pointed` and a `Served`, or one `Failed`. A visitor's request has `Shows` before it is
/// asked, and `Given` before it is done if its answer set cookies. Sums are CRC-32 (IEEE), as crc32fast computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Released by the pacer; `at_us` is its intended time since the start of the run, `scenario` the place of what it
    /// makes in the catalogue.
    Planned {
        id: u64,
        at_us: u64,
        scenario: u32,
    },
    /// What is asked for by the request that is sent next: its method by `http1`'s numbers, its target as it is sent, its
    /// body.
    Asked {
        id: u64,
        method: u8,
        target_crc32: u32,
        body_bytes: u64,
        body_crc32: u32,
    },
    /// Handed to a live connection. Connections are numbered over all shards.
    Sent {
        id: u64,
        connection: u64,
    },
    /// The same request, handed over once more: the connection ended without a byte of an answer, or its server said that it
    /// had not looked at the request. To another connection, but for a stream that an HTTP/2 server refused.
    Resent {
        id: u64,
        connection: u64,
    },
    /// The cookies with which a visitor's request is sent, as their CRC-32; 0 for none.
    Shows {
        id: u64,
        crc32: u32,
    },
    /// Those that the visitor has after an answer that set some.
    Given {
        id: u64,
        crc32: u32,
    },
    /// Where the answer that `Done` tells of next leads: the sum of its `Location`, or of its `Allow`. Of an answer over
    /// HTTP/1 that has one.
    Pointed {
        id: u64,
        crc32: u32,
    },
    /// Who says that he has served the answer that `Done` tells of next: the sum of its `X-Served-By`. Of an answer over HTTP/1
    /// that has one.
    Served {
        id: u64,
        crc32: u32,
    },
    /// Answered in full; of the last answer, where there are several. Answers over HTTP/2 are not summed up: their sum is 0.
    Done {
        id: u64,
        status: u16,
        body_bytes: u64,
        body_crc32: u32,
    },
    Failed {
        id: u64,
        kind: Failure,
    },
}

impl Event {
    pub(crate) fn asked(id: u64, method: &str, target: &[u8], body: &[u8]) -> Self {
        Self::Asked {
            id,
            method: Method::of(method.as_bytes()).number(),
            target_crc32: crc32fast::hash(target),
            body_bytes: body.len() as u64,
            body_crc32: crc32fast::hash(body),
        }
    }
}
