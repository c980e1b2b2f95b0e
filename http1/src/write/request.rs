//! The head of a request (RFC 9112 §3).

use super::{add, number, put, put_all};
use crate::head::{Field, FieldName, FieldValue, Fields, Method, is_target, is_token, is_visible};
use std::ops::Range;

/// A request's head that still takes fields.
#[derive(Debug, Clone)]
pub struct RequestHead {
    bytes: Vec<u8>,
    method: Method,
    upgrade: bool,
    changing: Place,
}

/// A request's head that is complete, framing included. It may be sent any number of times.
#[derive(Debug, Clone)]
pub struct FramedRequest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) method: Method,
    pub(crate) upgrade: bool,
    /// Of the body: `None` goes out in chunks.
    pub(crate) length: Option<u64>,
    changing: Place,
}

/// Where the value lies that may change; nowhere if it has no length.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    at: u32,
    len: u32,
}

impl RequestHead {
    /// Opens a head in `bytes`, which is emptied first. `None` if the method is no token, or the target in none of
    /// the forms for it.
    pub fn new(mut bytes: Vec<u8>, method: &str, target: &str) -> Option<Self> {
        let known = Method::of(method.as_bytes());
        let is_method = known != Method::Other || (!method.is_empty() && method.bytes().all(is_token));
        // what is no ASCII is in no target
        if !is_method || !is_visible(target.as_bytes()) || !is_target(known, target.as_bytes()) {
            return None;
        }
        bytes.clear();
        bytes.extend_from_slice(method.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(target.as_bytes());
        bytes.extend_from_slice(b" HTTP/1.1\r\n");
        Some(Self {
            bytes,
            method: known,
            upgrade: false,
            changing: Place::default(),
        })
    }

    /// Passes a field on; one that frames a message is left out.
    pub fn put(&mut self, field: Field<'_>) {
        put(&mut self.bytes, field);
    }

    /// Passes on the fields at some of the places, which are below `fields.len()`; those that frame a message are left out.
    pub fn put_all(&mut self, fields: Fields<'_>, places: Range<usize>) {
        put_all(&mut self.bytes, fields, places);
    }

    pub fn add(&mut self, name: FieldName<'_>, value: FieldValue<'_>) {
        add(&mut self.bytes, name, value);
    }

    /// Adds a field whose value [`FramedRequest::change`] may write anew each time the head is sent. A head has one such
    /// field: the last.
    pub fn add_changing(&mut self, name: FieldName<'_>, value: FieldValue<'_>) {
        let before = self.bytes.len();
        self.add(name, value);
        // a field that frames a message was left out, and has no place
        let end = self.bytes.len().saturating_sub(b"\r\n".len());
        if let (true, Ok(len)) = (end > before, u32::try_from(value.bytes().len()))
            && let Ok(at) = u32::try_from(end - value.bytes().len())
        {
            self.changing = Place { at, len };
        }
    }

    /// Asks for another protocol (RFC 9110 §7.8).
    pub fn upgrade(&mut self, protocol: FieldValue<'_>) {
        self.upgrade = true;
        super::line(&mut self.bytes, b"upgrade", protocol.bytes());
        self.bytes.extend_from_slice(b"connection: upgrade\r\n");
    }

    /// Says that trailers will be understood (RFC 9110 §10.1.4).
    pub fn accept_trailers(&mut self) {
        self.bytes
            .extend_from_slice(b"te: trailers\r\nconnection: te\r\n");
    }

    /// Closes the head. `length` is that of the body; `None` sends it in chunks.
    pub fn finish(mut self, length: Option<u64>) -> FramedRequest {
        match length {
            None => self.bytes.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            Some(0) if !self.method.expects_body() => {}
            Some(length) => number(&mut self.bytes, b"content-length", length),
        }
        self.bytes.extend_from_slice(b"\r\n");
        FramedRequest {
            bytes: self.bytes,
            method: self.method,
            upgrade: self.upgrade,
            length,
            changing: self.changing,
        }
    }
}

impl FramedRequest {
    /// Ready to be sent, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes another value of the same length into the field that may change; whether there is one of that length.
    pub fn change(&mut self, value: FieldValue<'_>) -> bool {
        let Place { at, len } = self.changing;
        let old = self.bytes.get_mut(at as usize..at as usize + len as usize);
        match old {
            Some(old) if len > 0 && old.len() == value.bytes().len() => {
                old.copy_from_slice(value.bytes());
                true
            }
            _ => false,
        }
    }

    /// Whether it asks to be switched to another protocol.
    pub fn is_upgrade(&self) -> bool {
        self.upgrade
    }

    /// The target, byte for byte.
    pub fn target(&self) -> &[u8] {
        // neither of the two has a space in it
        self.bytes.split(|byte| *byte == b' ').nth(1).unwrap_or_default()
    }

    /// Writes another value over that of the last field of this name, if both are as long and there is one. For what changes
    /// from one sending to the next.
    pub fn overwrite(&mut self, name: &str, value: &[u8]) -> bool {
        if FieldValue::new(value).is_none_or(|read| read.bytes().len() != value.len()) {
            return false;
        }
        let mut ends = self.bytes.windows(2).enumerate();
        let mut start = 0;
        let mut found = None;
        while let Some((end, _)) = ends.find(|(_, pair)| *pair == b"\r\n") {
            let line = &self.bytes[start..end];
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
            let is_its = line[..colon].eq_ignore_ascii_case(name.as_bytes());
            if colon > 0 && is_its && line.len() == colon + 2 + value.len() {
                found = Some(start + colon + 2);
            }
            start = end + 2;
        }
        if let Some(place) = found {
            self.bytes[place..place + value.len()].copy_from_slice(value);
        }
        found.is_some()
    }

    /// The buffer, for the next head.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_changes_and_nothing_else() {
        let value = |text: &'static str| FieldValue::constant(text);
        let mut head = RequestHead::new(Vec::new(), "GET", "/").expect("valid");
        head.add_changing(FieldName::constant("connection"), value("keep"));
        assert!(!head.clone().finish(Some(0)).change(value("keep")), "it frames");
        head.add_changing(FieldName::constant("x-a"), value("one"));
        head.add(FieldName::constant("x-b"), value("one"));
        let mut framed = head.finish(Some(0));
        for (new, changes) in [("two", true), ("four", false), ("", false), ("six", true)] {
            assert_eq!(
                framed.change(FieldValue::new(new.as_bytes()).expect("valid")),
                changes,
                "{new}"
            );
        }
        assert_eq!(framed.bytes(), b"GET / HTTP/1.1\r\nx-a: six\r\nx-b: one\r\n\r\n");
        let mut without = RequestHead::new(Vec::new(), "GET", "/")
            .expect("valid")
            .finish(Some(0));
        assert!(!without.change(value("")));
    }

    #[test]
    fn a_value_is_written_over_by_one_that_is_as_long() {
        let mut head = RequestHead::new(Vec::new(), "GET", "/x-left:1").expect("valid");
        for (name, value) in [("x-left", "11"), ("X-Left", "22"), ("x-left-not", "33")] {
            let name = FieldName::new(name.as_bytes()).expect("valid");
            head.add(name, FieldValue::new(value.as_bytes()).expect("valid"));
        }
        let mut request = head.finish(Some(0));
        let before = request.bytes().to_vec();
        for (name, value) in [
            ("x-left", "3"),
            ("x-left", "333"),
            ("x-lef", "33"),
            ("x-left", "3\n"),
            ("x-left", "3 "),
        ] {
            assert!(!request.overwrite(name, value.as_bytes()), "{name}: {value:?}");
        }
        assert_eq!(request.bytes(), before);
        assert!(request.overwrite("x-left", b"44"));
        let expected = String::from_utf8(before).expect("text").replace("22", "44");
        assert_eq!(request.bytes(), expected.as_bytes());
    }
}
