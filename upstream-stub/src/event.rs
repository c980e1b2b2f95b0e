//! What a replica tells its probe.
//!
//! Every `Request` is followed by exactly one of `Finished`, `Injected` or `Aborted`, unless the host was
//! crashed in between: then nothing more is told, because no `Drop` emits. `Answer` comes before `Finished`
//! and before an injected truncation. Sums are CRC-32 (IEEE), as crc32fast computes it.

/// One thing that happened at a replica. `replica` is its index, `number` its own count of requests from 0,
/// `connection` its own count of accepted connections from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// Stopped listening and reset what was connected, as the script says.
    Down {
        replica: u32,
    },
    /// Listens again.
    Up {
        replica: u32,
    },
    Accepted {
        replica: u32,
        connection: u64,
    },
    Closed {
        replica: u32,
        connection: u64,
    },
    /// A request head arrived. `method` is its method by `http1`'s numbers, `target_crc32` that of its target as it came,
    /// `load_id` the load generator's id, `key` a hash of its `Idempotency-Key`.
    Request {
        replica: u32,
        connection: u64,
        number: u64,
        method: u8,
        target_crc32: u32,
        load_id: Option<u64>,
        key: Option<u64>,
    },
    /// What the request that is told of next carries. Only of one with a field named `x-mark-…`, or with `x-mirrored`.
    Marked {
        replica: u32,
        marks: Marks,
    },
    /// The request that is told of next says that its client waits for so many more milliseconds, in `grpc-timeout` or in
    /// `X-Request-Timeout`. Of each of these fields that it has, if it is written as a gateway writes it.
    Waits {
        replica: u32,
        ms: u64,
        in_grpc: bool,
    },
    /// A request body was read to its end.
    Body {
        replica: u32,
        number: u64,
        bytes: u64,
        crc32: u32,
    },
    /// The answer that is told of next says in `Retry-After` when it wants the request again: in so many seconds, or then, in
    /// seconds of Unix time.
    Later {
        replica: u32,
        number: u64,
        at: Later,
    },
    /// An answer's head was handed to the connection.
    Answer {
        replica: u32,
        number: u64,
        status: u16,
    },
    /// The last byte of an answer was handed to the connection; length and sum are of all its content, without framing.
    /// Both are 0 where there is none, as in answers to HEAD.
    Finished {
        replica: u32,
        number: u64,
        bytes: u64,
        crc32: u32,
    },
    /// The answer was spoilt on purpose.
    Injected {
        replica: u32,
        number: u64,
        fault: Fault,
    },
    /// The answer could not be completed.
    Aborted {
        replica: u32,
        number: u64,
        by: Who,
    },
}

/// Who ended a request before its answer was complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// The connection was closed from the other side.
    Client,
    /// The script took this replica down.
    Script,
}

/// What a `Retry-After` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Later {
    InSeconds(u64),
    AtUnix(u64),
}

/// A way to spoil an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection goes before the first byte of the answer: a TCP reset on real sockets.
    Reset,
    /// Half of what was announced is sent, then the connection is closed.
    Truncate,
}

/// What a request carries that a proxy writes, edits or must not pass on. A sum is the wrapping sum of the CRC-32 of each
/// field as `name: value`, the name in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Marks {
    /// It has `X-Mirrored: 1`.
    pub mirrored: bool,
    /// Sum of all fields named `x-mark-…`.
    pub marks: u32,
    /// Sum of what is said of earlier hops: `X-Forwarded-…`, `Forwarded` and `X-Real-IP`.
    pub hops: u32,
    /// Fields that are the other connection's own (RFC 9110 §7.6.1), those aside that frame a message.
    pub strays: u32,
}
