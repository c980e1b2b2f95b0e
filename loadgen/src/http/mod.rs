//! One exchange: a request as its protocol writes it, out over a connection, and the whole answer back.
//!
//! Answers are counted, not kept, unless somebody has to look at them ([`Keep`]). The HTTP/1.1 engine underneath (`http1`)
//! appears nowhere else but for its pool of [`Buffers`], of which a shard has one; HTTP/2 is `crate::transport`'s.

mod connection;
mod heard;
mod kept;
mod message;

pub(crate) use connection::{Answer, Broken, Connection, unconnected};
pub(crate) use http1::io::Buffers;
pub(crate) use http1::write::FramedRequest;
pub(crate) use kept::{Keep, Kept};
pub(crate) use message::{framed, request};
