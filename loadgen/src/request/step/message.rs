//! A request as one arrival sends it: the fixed parts where they lie, and those that vary in a scratch buffer.
//!
//! Invariant: of a [`Message`] everything can be sent. Path and values that vary were looked at after they were written.

use super::check::{target_fault, value_fault};
use super::{Content, Step};
use crate::request::draw::Draw;
use crate::request::session::Session;
use crate::request::template::Template;
use bytes::{Bytes, BytesMut};

/// Buffers that rendering writes into; one is enough for any number of steps, one after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Path and values that vary, in the order of the step.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// The `Cookie` header of the session with the step's own in front; empty where the session has none to send.
    cookie: Vec<u8>,
    /// Comes back as soon as the body before has been sent and dropped.
    body: BytesMut,
}

/// A request that can be sent.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    step: &'a Step,
    path: &'a str,
    scratch: &'a Scratch,
    body: Bytes,
}

impl<'a> Message<'a> {
    pub fn method(&self) -> &'a str {
        &self.step.method
    }

    /// Value of the `Host` header.
    pub fn authority(&self) -> &'a str {
        &self.step.authority
    }

    /// Path and query.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Names and values in the order of the step; the session's cookies last. `Host` and framing are not among them.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let cookie = self.scratch.cookie.as_slice();
        let merged = move |name: &str| !cookie.is_empty() && name.eq_ignore_ascii_case("cookie");
        let own = fields(self.step, self.scratch).filter(move |(name, _)| !merged(name));
        own.chain((!cookie.is_empty()).then_some(("cookie", cookie)))
    }

    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

pub(super) fn render<'a>(
    step: &'a Step,
    draw: &mut Draw,
    session: &Session,
    scratch: &'a mut Scratch,
) -> Result<Message<'a>, String> {
    scratch.text.clear();
    scratch.ends.clear();
    if let Some(fault) = vary(&step.path, draw, session, scratch).and_then(target_fault) {
        return Err(format!("path: {fault}"));
    }
    for (name, value) in &step.headers {
        if let Some(fault) = vary(value, draw, session, scratch).and_then(value_fault) {
            return Err(format!("header {name}: {fault}"));
        }
    }
    let body = match &step.content {
        Content::Fixed(bytes) => bytes.clone(),
        Content::Template(template) => {
            template.render(draw, session, &mut scratch.body);
            scratch.body.split().freeze()
        }
    };
    let path = match step.path.fixed() {
        Some(path) => path.as_bytes(),
        None => &scratch.text[..scratch.ends[0]],
    };
    let mut cookie = std::mem::take(&mut scratch.cookie);
    cookie.clear();
    if step.in_flow {
        add_cookies(step, session, path, scratch, &mut cookie);
    }
    scratch.cookie = cookie;
    let scratch: &'a Scratch = scratch;
    let path = match step.path.fixed() {
        Some(path) => path,
        None => std::str::from_utf8(&scratch.text[..scratch.ends[0]])
            .map_err(|_| "path: is not UTF-8".to_owned())?,
    };
    Ok(Message {
        step,
        path,
        scratch,
        body,
    })
}

/// Writes a template that varies, and gives what was written.
fn vary<'a>(
    template: &Template,
    draw: &mut Draw,
    session: &Session,
    scratch: &'a mut Scratch,
) -> Option<&'a [u8]> {
    if template.fixed().is_some() {
        return None;
    }
    let start = scratch.text.len();
    template.render(draw, session, &mut scratch.text);
    scratch.ends.push(scratch.text.len());
    Some(&scratch.text[start..])
}

/// One `Cookie` header is all there may be (RFC 6265 §5.4): the step's own comes first in it.
fn add_cookies(step: &Step, session: &Session, path: &[u8], scratch: &Scratch, out: &mut Vec<u8>) {
    for (_, own) in fields(step, scratch).filter(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
        if !out.is_empty() {
            out.extend_from_slice(b"; ");
        }
        out.extend_from_slice(own);
    }
    let own = out.len();
    session.write_cookies(path, out);
    if out.len() == own {
        out.clear();
    }
}

/// The step's own fields with their values.
fn fields<'a>(step: &'a Step, scratch: &'a Scratch) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    // the path, if it varies, is the first of what was written
    let first = usize::from(step.path.fixed().is_none());
    step.headers.iter().scan(first, |next, (name, value)| {
        let value = match value.fixed() {
            Some(value) => value.as_bytes(),
            None => {
                let start = next.checked_sub(1).map_or(0, |before| scratch.ends[before]);
                *next += 1;
                &scratch.text[start..scratch.ends[*next - 1]]
            }
        };
        Some((name.as_str(), value))
    })
}
