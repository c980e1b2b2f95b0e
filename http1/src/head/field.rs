//! One field, and the parts that one can be made of.
//!
//! The types are the proof that what is written was checked: a name is a token (RFC 9110 §5.6.2), a value holds no
//! control byte but a tab (§5.5). Both are checked where they come in, by the parser or by a constructor, and never
//! again.

use super::name::Name;

/// A checked field name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldName<'a> {
    text: &'a [u8],
    id: Name,
}

/// A checked field value, without whitespace around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldValue<'a>(&'a [u8]);

/// A field of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: FieldName<'a>,
    pub value: FieldValue<'a>,
    /// Both as a line of a parsed head, where that is what we would write.
    pub(super) line: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    pub fn new(name: FieldName<'a>, value: FieldValue<'a>) -> Self {
        let line = None;
        Self { name, value, line }
    }

    /// Name and value may have been replaced since, so the line has to be made of the very bytes that they are.
    pub(crate) fn line(&self) -> Option<&'a [u8]> {
        let (name, value) = (self.name.text, self.value.0);
        let value_at = name.len() + b": ".len();
        self.line.filter(|line| {
            line.len() == value_at + value.len() + b"\r\n".len()
                && std::ptr::eq(line.as_ptr(), name.as_ptr())
                && std::ptr::eq(line[value_at..].as_ptr(), value.as_ptr())
        })
    }
}

impl<'a> FieldName<'a> {
    /// `None` if it is no token.
    pub fn new(text: &'a [u8]) -> Option<Self> {
        let valid = !text.is_empty() && text.iter().all(|byte| is_token(*byte));
        valid.then(|| Self {
            text,
            id: Name::of(text),
        })
    }

    /// Of a parsed head.
    pub(super) fn parsed(text: &'a [u8], id: Name) -> Self {
        Self { text, id }
    }

    pub fn id(self) -> Name {
        self.id
    }

    /// As it was sent.
    pub fn text(self) -> &'a [u8] {
        self.text
    }

    /// Whether it is `name`, in any case.
    pub fn is(self, name: &str) -> bool {
        self.text.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl FieldName<'static> {
    /// A name that is known when the program is written: anything else does not compile in a `const`.
    ///
    /// # Panics
    /// If it is no token.
    pub const fn constant(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        assert!(!bytes.is_empty(), "a field name is not empty");
        let mut at = 0;
        while at < bytes.len() {
            assert!(is_token(bytes[at]), "a field name is a token");
            at += 1;
        }
        Self {
            text: bytes,
            id: Name::of(bytes),
        }
    }
}

impl<'a> FieldValue<'a> {
    /// Whitespace around it is cut off. `None` if it holds a byte that no value may hold.
    pub fn new(text: &'a [u8]) -> Option<Self> {
        // without an early end, so that the compiler takes many bytes at once
        let bad = |byte: u8| (u8::from(byte < b' ') & u8::from(byte != b'\t')) | u8::from(byte == 0x7f);
        let valid = text.iter().fold(0, |found, byte| found | bad(*byte)) == 0;
        valid.then(|| Self(text.trim_ascii()))
    }

    /// Of a parsed head.
    pub(super) fn parsed(text: &'a [u8]) -> Self {
        Self(text)
    }

    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// `None` if it is not UTF-8.
    pub fn text(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }
}

impl FieldValue<'static> {
    /// A value that is known when the program is written.
    ///
    /// # Panics
    /// If it holds anything but visible ASCII and inner spaces.
    pub const fn constant(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let edge = at == 0 || at + 1 == bytes.len();
            assert!(matches!(bytes[at], b'!'..=b'~') || (bytes[at] == b' ' && !edge));
            at += 1;
        }
        Self(bytes)
    }
}

/// RFC 9110 §5.6.2.
pub(crate) const fn is_token(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_rfc_9110() {
        let tokens: Vec<u8> = (0..=255).filter(|byte| is_token(*byte)).collect();
        let expected = b"!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
        assert_eq!(tokens, expected);
    }

    #[test]
    fn a_line_is_written_as_it_came_only_while_it_is_the_field() {
        let head = b"GET / HTTP/1.1\r\nX: 1\r\nY:2\r\n\r\n";
        let mut slots = Vec::new();
        let line = crate::head::request(head, &crate::head::Limits::default(), &mut slots);
        let line = line.ok().flatten().unwrap();
        let fields: Vec<_> = line.head(head, &slots).fields.iter().collect();
        assert_eq!(fields[0].line(), Some(&b"X: 1\r\n"[..]));
        assert_eq!(fields[1].line(), None);
        let mut renamed = fields[0];
        renamed.name = FieldName::constant("z");
        assert_eq!(renamed.line(), None);
        let mut revalued = fields[0];
        revalued.value = fields[1].value;
        assert_eq!(revalued.line(), None);
    }

    #[test]
    fn what_could_smuggle_is_no_field() {
        for bad in ["", "a b", "a:", "a\r", "ä", "(a)"] {
            assert_eq!(FieldName::new(bad.as_bytes()), None, "{bad:?}");
        }
        for bad in ["a\r\nb", "a\nb", "a\0b", "a\rb", "\x7f", "a\x1bb"] {
            assert_eq!(FieldValue::new(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(
            FieldValue::new(b" \ta b\t").map(FieldValue::bytes),
            Some(&b"a b"[..])
        );
        assert_eq!(
            FieldValue::new("ä".as_bytes()).and_then(FieldValue::text),
            Some("ä")
        );
    }
}
