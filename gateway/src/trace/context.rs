//! `traceparent`, read and written (§3.2 of the recommendation).
//!
//! Version 00 has four fields and nothing else. A later version may have more behind a dash; of it the four fields are read,
//! and version 00 is passed on, as the recommendation has it. Of the flags those that we know are kept: sampled (level 1) and random (level 2).

use super::ids::{SpanId, TraceId, TraceIds};
use crate::planted::{Bug, planted};
use http1::head::{FieldName, FieldValue, Fields};

/// The caller records this trace, and asks us to.
const SAMPLED: u8 = 0x01;
/// The last seven bytes of the trace id are chance (level 2).
const RANDOM: u8 = 0x02;

/// `00-`, 32 digits, `-`, 16 digits, `-`, 2 digits.
const PARENT_BYTES: usize = 55;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// A trace as its caller tells of it, or as it is begun here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace: TraceId,
    /// The caller's span; `None` for a trace that begins here.
    pub(crate) parent: Option<SpanId>,
    pub(crate) flags: u8,
}

impl Context {
    /// What a request's fields say. More than one `traceparent` says nothing: which of them is meant nobody knows.
    pub(crate) fn of(fields: Fields<'_>) -> Option<Self> {
        let mut all = values(fields, TRACEPARENT);
        let one = all.next().filter(|_| all.next().is_none())?;
        Self::parse(one.bytes().trim_ascii())
    }

    /// A trace that begins here; `sample` decides by a number that is chance, and part of the trace's id.
    pub(crate) fn begin(ids: &TraceIds, sample: impl FnOnce(u64) -> bool) -> Self {
        let (trace, chance) = ids.trace();
        let sampled = if sample(chance) { SAMPLED } else { 0 };
        Self {
            trace,
            parent: None,
            flags: RANDOM | sampled,
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let (own, more) = text.split_at_checked(PARENT_BYTES)?;
        let dashes = [2, 35, 52].iter().all(|at| own[*at] == b'-');
        let version = digits::<2>(&own[..2])?;
        let later = *version != *b"00" && more.first().is_none_or(|byte| *byte == b'-');
        if !dashes || *version == *b"ff" || !(more.is_empty() || later) {
            return None;
        }
        let not_zero = |digits: &[u8]| digits.iter().any(|digit| *digit != b'0');
        let trace = digits::<32>(&own[3..35]).filter(|trace| not_zero(*trace))?;
        let parent = digits::<16>(&own[36..52]).filter(|parent| not_zero(*parent))?;
        let flags = digits::<2>(&own[53..])?;
        let flags = value(flags[0]) << 4 | value(flags[1]);
        Some(Self {
            trace: *trace,
            parent: Some(*parent),
            flags: flags & (SAMPLED | RANDOM),
        })
    }

    pub(crate) fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0 || planted(Bug::TraceSampledIgnored)
    }

    /// `tracestate` of a request that has such a context, in one piece at the end of `out`, which is left as it was where there is
    /// none that is valid.
    pub(crate) fn write_state(fields: Fields<'_>, out: &mut Vec<u8>) {
        super::combine(values(fields, TRACESTATE).map(FieldValue::bytes), out);
    }
}

/// What is told on: the same trace, with a span of ours as the parent.
pub(crate) fn parent_text(trace: &TraceId, span: &SpanId, flags: u8) -> [u8; PARENT_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
    text[3..35].copy_from_slice(trace);
    text[36..52].copy_from_slice(span);
    text[53] = DIGITS[usize::from(flags >> 4)];
    text[54] = DIGITS[usize::from(flags & 15)];
    text
}

/// Whether it is one of the two fields that are written anew.
pub(crate) fn is_context(name: FieldName<'_>) -> bool {
    match name.text().len() {
        11 => name.is(TRACEPARENT),
        10 => name.is(TRACESTATE),
        _ => false,
    }
}

fn values<'a>(fields: Fields<'a>, name: &'static str) -> impl Iterator<Item = FieldValue<'a>> {
    let named = fields.iter().filter(move |field| field.name.is(name));
    named.map(|field| field.value)
}

/// Hexadecimal digits in lower case, which are the only ones (§3.2.1).
fn digits<const N: usize>(text: &[u8]) -> Option<&[u8; N]> {
    let all = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.try_into().ok().filter(|_| all)
}

/// Of a digit.
fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.wrapping_sub(b'a' - 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn flags_are_those_we_know() {
        for (flags, kept) in [("00", 0), ("01", 1), ("02", 2), ("03", 3), ("ff", 3), ("a4", 0)] {
            let text = GOOD.replace("-01", &format!("-{flags}"));
            assert_eq!(
                Context::parse(text.as_bytes()).map(|context| context.flags),
                Some(kept)
            );
        }
    }

    #[test]
    fn a_later_version_has_its_first_fields_read() {
        for (text, valid) in [
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
            ("fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.x", false),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-012", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("FE-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ] {
            assert_eq!(Context::parse(text.as_bytes()).is_some(), valid, "{text}");
        }
    }

    proptest! {
        /// Nothing else than what the grammar has is taken, and what is taken comes back.
        #[test]
        fn one_byte_elsewhere_is_another_trace_or_none(at in 0..PARENT_BYTES, byte in any::<u8>()) {
            let mut text = GOOD.as_bytes().to_vec();
            text[at] = byte;
            let hex = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let is_dash = [2, 35, 52].contains(&at);
            let valid = if is_dash { byte == b'-' } else { hex && !(text.starts_with(b"ff")) };
            let parsed = Context::parse(&text);
            prop_assert_eq!(parsed.is_some(), valid);
            if let Some(context) = parsed {
                let parent = context.parent.expect("it was read");
                let written = parent_text(&context.trace, &parent, context.flags);
                prop_assert_eq!(&written[2..52], &text[2..52]);
            }
        }

        #[test]
        fn nothing_panics(text in prop::collection::vec(any::<u8>(), 0..80)) {
            Context::parse(&text);
        }
    }
}
