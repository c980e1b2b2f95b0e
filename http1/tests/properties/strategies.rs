//! Valid parts of messages, and ways to cut them.

use http1::head::{FieldName, Name};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        prop_oneof![
            Just("GET"),
            Just("POST"),
            Just("PUT"),
            Just("DELETE"),
            Just("PATCH"),
            Just("HEAD")
        ]
        .prop_map(str::to_owned),
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}"
            .prop_filter("has a target of its own", |method| method != "CONNECT"),
    ]
}

pub(crate) fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[!$-;=?-~]{0,40}",
        "[a-z][a-z0-9+.-]{0,5}://[a-z0-9._-]{1,12}(:[1-9][0-9]{0,3})?(/[!$-;=?-~]{0,20})?",
    ]
}

/// Names that anyone may put into a head and a trailer section.
pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}",
        prop_oneof![Just("Date"), Just("Accept"), Just("cookie"), Just("X-Request-Id")]
            .prop_map(str::to_owned),
    ]
    .prop_filter("is written by the engine alone", |name| {
        FieldName::new(name.as_bytes())
            .is_some_and(|name| matches!(name.id(), Name::Other | Name::Date | Name::XRequestId))
    })
}

/// Without whitespace around it.
pub(crate) fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![8 => b'!'..=b'~', 1 => Just(b' '), 1 => Just(b'\t'), 1 => 0x80..=0xff_u8];
    vec(byte, 0..40).prop_map(|bytes| bytes.trim_ascii().to_vec())
}

pub(crate) fn fields() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    vec((name(), value()), 0..12)
}

/// Places to cut at, as parts of whatever is cut.
pub(crate) fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    vec(any::<prop::sample::Index>(), 0..8)
}

pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}
