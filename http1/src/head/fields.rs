//! The fields of a head: positions, and the buffer they point into.

use super::field::{Field, FieldName, FieldValue};
use super::name::Name;
use std::ops::Range;

/// Where one field lies, in bytes from the start of its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    pub(super) name_at: u32,
    pub(super) value_at: u32,
    pub(super) value_len: u32,
    pub(super) name_len: u16,
    pub(super) id: Name,
    /// The line is exactly `name: value` and CRLF, as we would write it.
    pub(super) tight: bool,
}

/// There is more than one of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated;

/// All fields of a head, in the order they came in.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    slots: &'a [Slot],
    /// One bit for each well-known name that may occur, so that most look-ups need no walk.
    names: u64,
}

impl<'a> Fields<'a> {
    /// `slots` have to be those that the parser gave for `bytes`; others give wrong fields or a panic, but never
    /// bytes outside of `bytes`.
    pub fn new(bytes: &'a [u8], slots: &'a [Slot]) -> Self {
        Self::parsed(bytes, slots, u64::MAX)
    }

    pub(super) fn parsed(bytes: &'a [u8], slots: &'a [Slot], names: u64) -> Self {
        Self { bytes, slots, names }
    }

    pub const EMPTY: Fields<'static> = Fields {
        bytes: &[],
        slots: &[],
        names: 0,
    };

    pub fn len(self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(self) -> bool {
        self.slots.is_empty()
    }

    pub fn iter(self) -> impl Iterator<Item = Field<'a>> + Clone {
        self.slots.iter().map(move |slot| self.field(slot))
    }

    /// Those at some of the places, which are below [`Fields::len`].
    pub(crate) fn at(self, places: Range<usize>) -> impl Iterator<Item = Field<'a>> {
        self.slots[places].iter().map(move |slot| self.field(slot))
    }

    /// The lines at some of the places, as one piece, if they are as we would write them and `each` may be.
    pub(crate) fn lines(self, places: Range<usize>, each: impl Fn(Name) -> bool) -> Option<&'a [u8]> {
        let slots = &self.slots[places];
        let start = slots.first()?.name_at;
        let mut end = start;
        for slot in slots {
            if !slot.tight || slot.name_at != end || !each(slot.id) {
                return None;
            }
            end = slot.value_at + slot.value_len + b"\r\n".len() as u32;
        }
        self.bytes.get(start as usize..end as usize)
    }

    /// The first of a well-known name. `Name::Other` is nobody's name and finds nothing.
    pub fn get(self, name: Name) -> Option<FieldValue<'a>> {
        self.all(name).next()
    }

    /// All of a well-known name.
    pub fn all(self, name: Name) -> impl Iterator<Item = FieldValue<'a>> + Clone {
        let slots = if self.may_have(name) { self.slots } else { &[] };
        slots
            .iter()
            .filter(move |slot| slot.id == name)
            .map(move |slot| self.value(slot))
    }

    /// The only one of a well-known name, if there is one.
    pub(crate) fn only(self, name: Name) -> Result<Option<FieldValue<'a>>, Repeated> {
        let mut found = None;
        let slots = if self.may_have(name) { self.slots } else { &[] };
        for slot in slots {
            if slot.id == name && found.replace(slot).is_some() {
                return Err(Repeated);
            }
        }
        Ok(found.map(|slot| self.value(slot)))
    }

    pub fn has(self, name: Name) -> bool {
        self.may_have(name) && self.slots.iter().any(|slot| slot.id == name)
    }

    /// Bits of `names` above those of the names: `Connection` says exactly this, once or more often.
    pub(super) const KEEP_ALIVE: u64 = 1 << 63;
    pub(super) const CLOSE: u64 = 1 << 62;
    /// It says something else too, or that is not known.
    pub(super) const OTHER_OPTIONS: u64 = 1 << 61;

    /// Whether `Connection` may say more than `close` or `keep-alive`, such as the names of other fields.
    pub fn nominates(self) -> bool {
        self.names & Self::OTHER_OPTIONS != 0
    }

    /// Whether `Connection` says `close`, and whether `keep-alive`; `None` if that has to be looked for in its lists.
    pub(crate) fn plain_options(self) -> Option<(bool, bool)> {
        let says = |option| self.names & option != 0;
        (!self.nominates()).then(|| (says(Self::CLOSE), says(Self::KEEP_ALIVE)))
    }

    /// Whether none of the fields is there that frame a message or speak of its connection.
    pub(crate) fn is_plain(self) -> bool {
        const SPECIAL: u64 = Name::Connection.bit()
            | Name::ContentLength.bit()
            | Name::TransferEncoding.bit()
            | Name::Expect.bit()
            | Name::Upgrade.bit();
        self.names & SPECIAL == 0
    }

    /// Whether a look-up is worth it: false only where it would find nothing.
    fn may_have(self, name: Name) -> bool {
        self.names & name.bit() != 0
    }

    /// The first whose name is `name`, in any case.
    pub fn find(self, name: &str) -> Option<FieldValue<'a>> {
        self.slots
            .iter()
            .filter(|slot| usize::from(slot.name_len) == name.len())
            .map(|slot| self.field(slot))
            .find(|field| field.name.is(name))
            .map(|field| field.value)
    }

    /// The members of a comma-separated list over all fields of a name (RFC 9110 §5.6.1), empty ones left out.
    pub fn list(self, name: Name) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.all(name)
            .flat_map(|value| value.bytes().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }

    fn value(self, slot: &Slot) -> FieldValue<'a> {
        let value_at = slot.value_at as usize;
        FieldValue::parsed(&self.bytes[value_at..value_at + slot.value_len as usize])
    }

    fn field(self, slot: &Slot) -> Field<'a> {
        let name_at = slot.name_at as usize;
        let value_at = slot.value_at as usize;
        let name = &self.bytes[name_at..name_at + usize::from(slot.name_len)];
        let value = &self.bytes[value_at..value_at + slot.value_len as usize];
        let line = slot
            .tight
            .then(|| &self.bytes[name_at..value_at + value.len() + b"\r\n".len()]);
        Field {
            name: FieldName::parsed(name, slot.id),
            value: FieldValue::parsed(value),
            line,
        }
    }
}
