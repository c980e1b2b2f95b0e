//! Message heads (RFC 9112 §2 to §5): parsed strictly into positions in the buffer they were received in.
//!
//! Nothing is copied: a [`Slot`] says where a field's name and value lie, and [`Fields`] is the buffer and the slots
//! together. Well-known names are told by a small [`Name`], the rest is compared without case. Order and
//! duplicates are kept; look-ups are a walk, because heads are short.

mod convert;
mod field;
mod fields;
mod method;
mod name;
mod parse;
mod refusal;
mod scan;
mod target;
mod trailers;

pub use convert::{to_http_request, to_http_response};
pub(crate) use field::is_token;
pub use field::{Field, FieldName, FieldValue};
pub(crate) use fields::Repeated;
pub use fields::{Fields, Slot};
pub use method::Method;
pub use name::Name;
pub(crate) use parse::holds_blank_line;
pub use parse::{Limits, RequestLine, StatusLine, request, response};
pub use refusal::Refusal;
pub(crate) use target::{is_host, is_target, is_visible};
pub(crate) use trailers::check_trailers;
pub use trailers::{Trailers, trailers};

/// The two versions that this engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Http10,
    Http11,
}

/// The head of a request, in its buffer.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: Method,
    /// The method as it was sent.
    pub method_text: &'a str,
    /// In one of the four forms of RFC 9112 §3.2, and in one that goes with the method; visible ASCII without `#`.
    pub target: &'a str,
    pub version: Version,
    pub fields: Fields<'a>,
}

/// The head of an answer, in its buffer.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// 100 to 599.
    pub status: u16,
    pub version: Version,
    pub fields: Fields<'a>,
}
