//! What a request carries that a proxy writes, edits or must not pass on, as numbers: whoever knows what was sent and
//! what the proxy was told can say what they have to be.
//!
//! Sums are wrapping sums of the CRC-32 of each field as `name: value`, the name in lower case: fields may come in any
//! order. Worked out where somebody listens, and told only of requests that were marked for it.

use crate::event::Marks;
use http1::head::{Field, Fields, Name};

/// Names that begin so mark a request.
const MARK: &[u8] = b"x-mark-";

impl Marks {
    /// `None` for a request that has no mark.
    pub(crate) fn of(fields: Fields<'_>) -> Option<Self> {
        let is_mark = |field: &Field<'_>| starts_with(field.name.text(), MARK);
        let is_mirrored = |field: &Field<'_>| field.name.is("x-mirrored");
        if !fields.iter().any(|field| is_mark(&field) || is_mirrored(&field)) {
            return None;
        }
        let mut all = Self::default();
        for field in fields.iter() {
            all.mirrored |= is_mirrored(&field) && field.value.bytes() == b"1";
            if is_mark(&field) {
                all.marks = all.marks.wrapping_add(sum(&field));
            }
            match field.name.id() {
                Name::Te
                | Name::Trailer
                | Name::KeepAlive
                | Name::ProxyAuthenticate
                | Name::ProxyAuthorization
                | Name::ProxyConnection
                | Name::Upgrade => all.strays += 1,
                Name::Forwarded => all.hops = all.hops.wrapping_add(sum(&field)),
                _ if starts_with(field.name.text(), b"x-forwarded-") || field.name.is("x-real-ip") => {
                    all.hops = all.hops.wrapping_add(sum(&field));
                }
                _ => {}
            }
        }
        Some(all)
    }
}

/// How much longer its client waits, in milliseconds, by each field that says so; and whether that is gRPC's.
pub(crate) fn waits_ms<'a>(fields: Fields<'a>) -> impl Iterator<Item = (u64, bool)> + use<'a> {
    fields.iter().filter_map(|field| {
        let text = || field.value.text();
        if field.name.is("x-request-timeout") {
            return Some((text()?.parse().ok()?, false));
        }
        let is_grpc = field.name.is("grpc-timeout");
        let digits = text().filter(|_| is_grpc)?.strip_suffix('m')?;
        Some((digits.parse().ok()?, true))
    })
}

fn starts_with(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn sum(field: &Field<'_>) -> u32 {
    let line = [
        &field.name.text().to_ascii_lowercase(),
        &b": "[..],
        field.value.bytes(),
    ]
    .concat();
    crc32fast::hash(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(lines: &str) -> Option<Marks> {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let mut slots = Vec::new();
        let line = http1::head::request(text.as_bytes(), &http1::head::Limits::default(), &mut slots);
        let line = line.expect("a request").expect("whole");
        Marks::of(line.head(text.as_bytes(), &slots).fields)
    }

    #[test]
    fn only_what_was_marked_is_told() {
        assert_eq!(marks("X-Forwarded-For: 10.0.0.1\r\nTE: trailers\r\n"), None);
        let sum = |line: &str| crc32fast::hash(line.as_bytes());
        let all = marks(
            "X-Mark-B: 2\r\nX-MARK-a: 1\r\nX-Mirrored: 1\r\nTE: trailers\r\nProxy-Connection: close\r\n\
             X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.2\r\n",
        );
        let expected = Marks {
            mirrored: true,
            marks: sum("x-mark-a: 1").wrapping_add(sum("x-mark-b: 2")),
            hops: sum("x-forwarded-for: 10.0.0.1").wrapping_add(sum("x-real-ip: 10.0.0.2")),
            strays: 2,
        };
        assert_eq!(all, Some(expected));
        let is_mirrored = |lines| marks(lines).map(|marks| marks.mirrored);
        assert_eq!(is_mirrored("X-Mirrored: 0\r\n"), Some(false));
    }
}
