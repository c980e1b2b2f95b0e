//! HTTP/1.1 as this generator needs it: one prepared request, sent many times; answers are counted, not kept.
//!
//! The engine underneath (hyper for now) appears nowhere else. The seam is [`Request`], [`Connection`],
//! [`Answer`] and [`Broken`].

mod connection;
mod payload;
mod request;

pub(crate) use connection::{Answer, Broken, Connection, unconnected};
pub(crate) use request::{Request, RequestError};
