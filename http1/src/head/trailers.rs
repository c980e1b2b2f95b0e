//! Trailer sections (RFC 9112 §7.1.2), held to what a head's fields are held to, and to RFC 9110 §6.5.1.
//!
//! Trailers are never merged into the head's fields: they have positions of their own, and whoever passes them on
//! passes them on as trailers.

use super::field::FieldName;
use super::fields::{Fields, Slot};
use super::parse::Limits;
use super::refusal::Refusal;
use super::scan;

/// Fields of a trailer section, whatever the limits of heads are: a few digests, a status and its reason.
const TRAILERS_MAX: usize = 32;

/// Parses a trailer section as [`Piece::Trailers`](crate::framing::Piece::Trailers) offers it, blank line included
/// and whole: an incomplete one is refused.
pub fn trailers<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    slots: &'a mut Vec<Slot>,
) -> Result<Fields<'a>, Refusal> {
    if bytes.len() > limits.bytes_max.min(Limits::BYTES_MAX) {
        return Err(Refusal::Trailers);
    }
    check(bytes, limits.fields_max, slots)?;
    Ok(Fields::new(bytes, slots))
}

/// A trailer section that was taken out of its buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailers(Box<[u8]>);

impl Trailers {
    /// `section` is as [`trailers`] takes it.
    pub(crate) fn new(section: &[u8]) -> Self {
        Self(section.into())
    }

    /// Only the fields whose names are to be kept. `None` if there are none.
    pub fn only(&self, keep: impl Fn(FieldName<'_>) -> bool) -> Option<Self> {
        let kept = self.with_fields(|fields| {
            let mut section = Vec::new();
            for field in fields.iter().filter(|field| keep(field.name)) {
                section.extend_from_slice(field.name.text());
                section.extend_from_slice(b": ");
                section.extend_from_slice(field.value.bytes());
                section.extend_from_slice(b"\r\n");
            }
            section
        });
        (!kept.is_empty()).then(|| Self([&kept, &b"\r\n"[..]].concat().into()))
    }

    /// Shows the fields that were received, in their order; none of a section that is none.
    pub fn with_fields<T>(&self, show: impl FnOnce(Fields<'_>) -> T) -> T {
        let mut slots = Vec::new();
        match trailers(&self.0, &Limits::default(), &mut slots) {
            Ok(fields) => show(fields),
            Err(_) => show(Fields::new(b"", &[])),
        }
    }
}

/// Whether [`trailers`] would take this section.
pub(crate) fn check_trailers(bytes: &[u8]) -> Result<(), Refusal> {
    check(bytes, TRAILERS_MAX, &mut Vec::new())
}

fn check(bytes: &[u8], fields_max: usize, slots: &mut Vec<Slot>) -> Result<(), Refusal> {
    match scan::fields(bytes, 0, fields_max.min(TRAILERS_MAX), slots) {
        Ok(section) if section.end == bytes.len() && !slots.iter().any(|slot| slot.id.is_no_trailer()) => {
            Ok(())
        }
        _ => Err(Refusal::Trailers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::{Decoder, Length, Piece};

    /// What the decoder makes of an empty body with this section, fed whole and byte by byte.
    fn check(section: &str, expected: Result<Piece, Refusal>) {
        let body = format!("0\r\n{section}");
        assert_eq!(
            Decoder::new(Length::Chunked).next(body.as_bytes()),
            expected,
            "{section:?}"
        );
        let (mut decoder, mut used, mut last) =
            (Decoder::new(Length::Chunked), 0, Ok(Piece::More { skip: 0 }));
        for end in 1..=body.len() {
            last = decoder.next(&body.as_bytes()[used..end]);
            match last {
                Ok(Piece::More { skip }) => used += skip,
                _ => break,
            }
        }
        let from_the_start = match last {
            Ok(Piece::Trailers { skip, len }) => Ok(Piece::Trailers {
                skip: used + skip,
                len,
            }),
            Ok(Piece::End { skip }) => Ok(Piece::End { skip: used + skip }),
            Ok(_) => Ok(Piece::More { skip: used }),
            Err(refusal) => Err(refusal),
        };
        assert_eq!(from_the_start, expected, "{section:?} byte by byte");
        if let Ok(Piece::Trailers { skip, len }) = expected {
            let parsed = trailers(
                &body.as_bytes()[skip..skip + len],
                &Limits::default(),
                &mut Vec::new(),
            )
            .map(Fields::len);
            assert_eq!(parsed, Ok(section.matches(':').count()), "{section:?}");
            assert_eq!(decoder.next(b""), Ok(Piece::End { skip: 0 }));
            assert_eq!(decoder.next(b"GET /next"), Ok(Piece::End { skip: 0 }));
        }
    }

    #[test]
    fn sections_are_whole_or_refused() {
        check("\r\n", Ok(Piece::End { skip: 5 }));
        check("\r", Ok(Piece::More { skip: 3 }));
        check("x-sum: 1\r\n", Ok(Piece::More { skip: 3 }));
        check("x-sum: 1\r\n\r\n", Ok(Piece::Trailers { skip: 3, len: 12 }));
        check(
            "x-sum:\r\nx-sum: \r\n\r\n",
            Ok(Piece::Trailers { skip: 3, len: 19 }),
        );
        for bad in [
            "x-sum: 1\n\r\n",
            "x-sum: 1\r\n\n",
            "\n",
            "x-sum : 1",
            "x-sum: 1\r\n 2",
            " x: 1",
            "x: \r1",
            "x: \0",
            ":",
            "\rx",
        ] {
            check(bad, Err(Refusal::Trailers));
        }
        for forbidden in [
            "Content-Length",
            "transfer-ENCODING",
            "host",
            "Connection",
            "trailer",
            "authorization",
        ] {
            check(&format!("x: 1\r\n{forbidden}: 5\r\n\r\n"), Err(Refusal::Trailers));
        }
        check(
            &format!("x: {}\r\n\r\n", "y".repeat(8185)),
            Ok(Piece::Trailers { skip: 3, len: 8192 }),
        );
        check(
            &format!("x: {}\r\n\r\n", "y".repeat(8186)),
            Err(Refusal::Trailers),
        );
        check(&format!("{}\r\n", "x: 1\r\n".repeat(33)), Err(Refusal::Trailers));
    }
}
