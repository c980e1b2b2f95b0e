//! A strict HTTP/1.1 engine (RFC 9110, RFC 9112) for both roles: bytes in, events out.
//!
//! ```text
//! r0  word                 bytes looked at eight at a time
//! r1  head                 heads parsed into positions in the receive buffer; refusals
//! r2  framing  write       where a body ends; heads and chunks serialised
//! r3  connection           what may follow on a connection, both roles, without I/O
//! r4  io                   the one server loop and the one client loop; the only module that knows tokio
//! ```
//!
//! Everything below [`io`] is pure: no clock, no task, no allocation that the caller did not ask for, so that it can
//! be fuzzed and driven byte by byte. What a proxy must not pass on is not representable above the parser: a
//! [`head::Field`] can only be had from a parsed head or from a checked constructor, so CR, LF and NUL never reach
//! the wire, and the fields that frame a message are written by the engine alone.
//!
//! It does not do: HTTP/0.9, obsolete line folding, transfer codings other than `chunked`, and anything that
//! would need guessing. Each is refused with a [`head::Refusal`] that names its section.

pub mod connection;
pub mod framing;
pub mod head;
pub mod io;
pub mod word;
pub mod write;
