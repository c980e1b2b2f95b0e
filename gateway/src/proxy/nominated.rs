//! The fields that `Connection` names, which are of one connection and never passed on (RFC 9110 §7.6.1).

use http1::head::{FieldName, Fields, Name};

/// `Connection` may name this many fields; a message with more is no honest one.
pub(super) const NOMINATED_MAX: usize = 16;

/// The fields that `Connection` names.
pub(super) struct Nominated<'a>(Option<Fields<'a>>);

impl<'a> Nominated<'a> {
    /// `None` if there are too many.
    #[inline(always)]
    pub(super) fn of(fields: Fields<'a>) -> Option<Self> {
        if !fields.nominates() {
            return Some(Self(None));
        }
        Self::counted(fields)
    }

    #[cold]
    fn counted(fields: Fields<'a>) -> Option<Self> {
        let count = nominated(fields).count();
        (count <= NOMINATED_MAX).then_some(Self((count > 0).then_some(fields)))
    }

    #[inline(always)]
    pub(super) fn names(&self, name: FieldName<'_>) -> bool {
        // asked for every field, and nearly no message names any
        self.0.is_some_and(|fields| is_among(fields, name))
    }
}

#[cold]
fn is_among(fields: Fields<'_>, name: FieldName<'_>) -> bool {
    nominated(fields).any(|nominated| name.text().eq_ignore_ascii_case(nominated))
}

/// `close` and `keep-alive` are options of the connection and name no field worth looking up.
fn nominated<'a>(fields: Fields<'a>) -> impl Iterator<Item = &'a [u8]> {
    fields
        .list(Name::Connection)
        .filter(|name| !name.eq_ignore_ascii_case(b"close") && !name.eq_ignore_ascii_case(b"keep-alive"))
}
