//! The differences there are, each with its reason. All of them are refusals of what hyper reads: nothing that we
//! read is refused by hyper, or read otherwise, and a row that says so would be a way to smuggle.

use super::compare::{Difference, Kind};
use http1::head::Refusal;

pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) refusal: Option<Refusal>,
    /// What makes the refusal right, in what hyper read, or in all bytes.
    pub(crate) holds: fn(&Difference, &[u8]) -> bool,
    pub(crate) reason: &'static str,
}

impl Row {
    pub(crate) fn covers(&self, difference: &Difference, bytes: &[u8]) -> bool {
        self.kind == difference.kind && self.refusal == difference.refusal && (self.holds)(difference, bytes)
    }
}

const fn stricter(refusal: Refusal, holds: fn(&Difference, &[u8]) -> bool, reason: &'static str) -> Row {
    Row {
        kind: Kind::Stricter,
        refusal: Some(refusal),
        holds,
        reason,
    }
}

/// The values that hyper read of a field.
fn read<'a>(difference: &'a Difference, name: &str) -> Vec<&'a [u8]> {
    let fields = difference.theirs.iter().flat_map(|message| &message.fields);
    fields
        .filter(|(other, _)| other == name)
        .map(|(_, value)| value.as_slice())
        .collect()
}

/// Hyper drops interim answers without a look at how they are framed.
const fn interim(refusal: Refusal) -> Row {
    stricter(
        refusal,
        |_, bytes| bytes.starts_with(b"HTTP/1.1 1") || bytes.starts_with(b"HTTP/1.0 1"),
        "9112 §6.1: the framing of an interim answer is held to the rules; hyper drops such answers unread",
    )
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r') || bytes.starts_with(b"\n")
}

/// Everything in which both are alike but for our refusing more; for requests and answers.
macro_rules! both {
    ($($row:expr),* $(,)?) => {
        &[
            stricter(
                Refusal::LineEnding,
                |_, bytes| has_bare_lf(bytes),
                "9112 §2.2: a bare LF may be taken for a line's end, and is not by everyone",
            ),
            stricter(
                Refusal::LengthAndCoding,
                |difference, _| !read(difference, "transfer-encoding").is_empty(),
                "9112 §6.1, §6.3: both lengths; hyper drops Content-Length",
            ),
            stricter(
                Refusal::LengthRepeated,
                |difference, _| !read(difference, "content-length").is_empty(),
                "9112 §6.3: lengths that agree may be taken for one, and are not by everyone",
            ),
            stricter(
                Refusal::CodingNotFinal,
                |difference, _| !read(difference, "transfer-encoding").is_empty(),
                "9112 §6.3, §7: several codings; hyper looks at the last field alone, or reads until the end",
            ),
            stricter(
                Refusal::CodingUnknown,
                |difference, _| !read(difference, "transfer-encoding").is_empty(),
                "9112 §6.1: codings that we would not undo; hyper leaves them to its user",
            ),
            stricter(
                Refusal::ConnectionOptions,
                |difference, _| !read(difference, "connection").is_empty(),
                "9110 §7.6.1: options are tokens; hyper skips what is none",
            ),
            stricter(
                Refusal::ChunkSize,
                |_, bytes| bytes.contains(&b' ') || bytes.contains(&b'\t'),
                "9112 §7.1: no whitespace behind a size; hyper skips it",
            ),
            stricter(
                Refusal::ChunkExtension,
                |_, bytes| bytes.contains(&b';'),
                "9112 §7.1.1: extensions have a grammar; hyper looks for their end alone",
            ),
            stricter(
                Refusal::Trailers,
                |difference, bytes| {
                    let forbidden = ["content-length", "transfer-encoding", "connection", "host", "te", "expect", "upgrade"];
                    let trailers = difference.theirs.iter().flat_map(|message| &message.trailers);
                    has_bare_lf(bytes) || trailers.into_iter().any(|(name, _)| forbidden.contains(&name.as_str()))
                },
                "9110 §6.5.1, 9112 §2.2: fields that are no trailers, and bare LF among trailers",
            ),
            $($row),*
        ]
    };
}

pub(crate) const REQUESTS: &[Row] = both![
    stricter(
        Refusal::StartLine,
        |difference, _| difference.ours.is_none(),
        "9112 §2.2: one CRLF in front of a request; hyper skips any number, and bare LF"
    ),
    stricter(
        Refusal::Target,
        |difference, _| difference.theirs.is_some(),
        "9112 §3.2: forms go with methods, no fragments, no users; hyper takes any URI for any method"
    ),
    stricter(
        Refusal::HostMissing,
        |difference, _| read(difference, "host").is_empty(),
        "9112 §3.2: exactly one Host; hyper leaves it to its user"
    ),
    stricter(
        Refusal::HostRepeated,
        |difference, _| read(difference, "host").len() > 1,
        "9112 §3.2: exactly one Host; hyper leaves it to its user"
    ),
    stricter(
        Refusal::HostInvalid,
        |difference, _| read(difference, "host").len() == 1,
        "9112 §3.2: a valid Host; hyper leaves it to its user"
    ),
    stricter(
        Refusal::Expectation,
        |difference, _| read(difference, "expect")
            .iter()
            .any(|value| !value.eq_ignore_ascii_case(b"100-continue"))
            || read(difference, "expect").len() > 1,
        "9110 §10.1.1: other expectations fail; hyper ignores them"
    ),
    stricter(
        Refusal::LengthInvalid,
        |difference, _| read(difference, "content-length")
            .iter()
            .any(|value| value.len() > 18),
        "9110 §8.6: a length that a signed number cannot hold is negative to others"
    ),
];

pub(crate) const ANSWERS: &[Row] = both![
    stricter(
        Refusal::StartLine,
        |difference, bytes| difference.ours.is_none() && (bytes.contains(&b'\n')),
        "9112 §2.2: empty lines are skipped in front of requests alone; hyper skips them in front of answers too"
    ),
    stricter(
        Refusal::Status,
        |difference, _| difference
            .theirs
            .as_ref()
            .is_some_and(|message| message.start.as_bytes()[0] > b'5'),
        "9110 §15: no status above 599; hyper takes up to 999"
    ),
    stricter(
        Refusal::CodingBeforeHttp11,
        |difference, _| !read(difference, "transfer-encoding").is_empty(),
        "9112 §6.1: refused also where there is no body; hyper looks no further then"
    ),
    stricter(
        Refusal::LengthInvalid,
        |difference, _| !read(difference, "content-length").is_empty(),
        "9110 §8.6: refused also where there is no body, and above a signed number"
    ),
    stricter(
        Refusal::UpgradeUnasked,
        |difference, _| difference
            .theirs
            .as_ref()
            .is_some_and(|message| message.start.starts_with("101")),
        "9110 §15.2.2: 101 to a request that asked for none; hyper leaves it to its user"
    ),
    interim(Refusal::LengthAndCoding),
    interim(Refusal::LengthRepeated),
    interim(Refusal::LengthInvalid),
    interim(Refusal::CodingNotFinal),
    interim(Refusal::CodingUnknown)
];
