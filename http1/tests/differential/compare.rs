//! Messages as both sides can tell them, and the first difference between two readings.

use http1::connection::Close;
use http1::head::Refusal;

pub(crate) type Pairs = Vec<(String, Vec<u8>)>;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Message {
    pub(crate) start: String,
    /// By name; those of one name in the order in which they came.
    pub(crate) fields: Pairs,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Pairs,
    /// It was read to its end.
    pub(crate) complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Reading {
    pub(crate) messages: Vec<Message>,
    /// Nothing was refused and nothing cut.
    pub(crate) whole: bool,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) close: Option<Close>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// They take a message, or its head, that we do not.
    Stricter,
    /// We take a message, or its head, that they do not.
    Laxer,
    /// Both take it, and read different things.
    Otherwise,
    /// We read no further, because the connection ends here.
    Closes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) ours: Option<Message>,
    pub(crate) theirs: Option<Message>,
}

pub(crate) fn sorted(pairs: impl IntoIterator<Item = (String, Vec<u8>)>) -> Pairs {
    let mut pairs: Pairs = pairs
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}

pub(crate) fn compare(ours: &Reading, theirs: &Reading) -> Option<Difference> {
    let mut place = 0;
    loop {
        let (our, their) = (ours.messages.get(place), theirs.messages.get(place));
        place += 1;
        let kind = match (our, their) {
            (None, None) => return None,
            (Some(our), Some(their)) => match (our.complete, their.complete) {
                (true, true) if our == their => continue,
                (false, false) if is_alike_so_far(our, their) => return None,
                (true, true) | (false, false) => Kind::Otherwise,
                (true, false) => Kind::Laxer,
                (false, true) => Kind::Stricter,
            },
            (Some(_), None) => Kind::Laxer,
            (None, Some(_)) if ours.refusal.is_none() && ours.close.is_some() => Kind::Closes,
            (None, Some(_)) => Kind::Stricter,
        };
        let (refusal, ours, theirs) = (ours.refusal, our.cloned(), their.cloned());
        return Some(Difference {
            kind,
            refusal,
            ours,
            theirs,
        });
    }
}

/// Neither got to the end, and how far they got depends on when they gave up.
fn is_alike_so_far(our: &Message, their: &Message) -> bool {
    let bodies = our.body.starts_with(&their.body) || their.body.starts_with(&our.body);
    our.start == their.start && our.fields == their.fields && bodies
}
