//! HTTP/1.1 as this generator needs it: one prepared request, sent many times; answers are counted, not kept.
//!
//! The engine underneath (`http1`) appears nowhere else but for its pool of [`Buffers`], of which a shard has one.
//! The seam is [`Request`], [`Connection`], [`Answer`] and [`Broken`].

mod connection;
mod request;

pub(crate) use connection::{Answer, Broken, Connection, unconnected};
pub(crate) use http1::io::Buffers;
pub(crate) use request::{Prepared, Request, RequestError};
