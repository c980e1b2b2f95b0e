//! What an answer begins with: status line, replica and content type. Most answers of a connection begin alike, so the
//! last beginning is kept ready-made, and is one copy instead of a dozen.

use crate::message::CONTENT_TYPE;
use http1::head::{FieldName, FieldValue};
use http1::write::ResponseHead;
use std::cell::RefCell;

const X_REPLICA: FieldName<'static> = FieldName::constant("x-replica");

/// Of what an answer's body is, if it has one.
pub(crate) type Kind = Option<FieldValue<'static>>;

/// The last beginning of one connection.
#[derive(Default)]
pub(crate) struct Opening(RefCell<Option<(Kind, ResponseHead)>>);

impl Opening {
    /// Opens a head in `buffer`. `replica` is always the same.
    pub(crate) fn head(
        &self,
        buffer: Vec<u8>,
        status: u16,
        kind: Kind,
        replica: FieldValue<'_>,
    ) -> ResponseHead {
        let mut last = self.0.borrow_mut();
        if let Some((known, head)) = &*last
            && head.status() == status
            && *known == kind
        {
            return head.like(buffer);
        }
        let mut head = ResponseHead::new(Vec::new(), status);
        head.add(X_REPLICA, replica);
        if let Some(kind) = kind {
            head.add(CONTENT_TYPE, kind);
        }
        let like = head.like(buffer);
        *last = Some((kind, head));
        like
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_used_again_only_for_its_like() {
        let opening = Opening::default();
        let replica = FieldValue::constant("1");
        let [text, page] = ["text/plain", "text/html"].map(FieldValue::constant);
        for (status, kind) in [
            (200, Some(text)),
            (200, Some(text)),
            (404, Some(text)),
            (404, Some(page)),
            (404, None),
            (200, None),
            (200, Some(page)),
        ] {
            let mut expected = ResponseHead::new(Vec::new(), status);
            expected.add(X_REPLICA, replica);
            if let Some(kind) = kind {
                expected.add(CONTENT_TYPE, kind);
            }
            let head = opening.head(b"rest".to_vec(), status, kind, replica);
            assert_eq!(head.bytes(), expected.bytes());
            assert_eq!(head.status(), status);
        }
    }
}
