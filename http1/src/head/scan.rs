//! Walking over the bytes of a head: words of eight where there are no early ends to be found, one pass, no look back.
//!
//! Every function either moves past what it names, says that the bytes are not all there ([`Stop::More`]), or refuses.
//! A byte that decides is never one that has not been received: what is refused or accepted of a head's beginning is
//! refused or accepted of the whole.

use super::fields::{Fields, Slot};
use super::name::Name;
use super::refusal::Refusal;
use crate::word::{HIGH, ONES, below, is};

/// Why there is nothing to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    More,
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Fields and their end, as [`fields`] found them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    /// Behind the blank line.
    pub(super) end: usize,
    /// One bit for each well-known name that occurs.
    pub(super) names: u64,
}

/// The bytes of a token (RFC 9110 §5.6.2).
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = super::field::is_token(byte as u8);
        byte += 1;
    }
    table
};

/// The end of the token that begins at `at`; `More` if it reaches the end of what was received.
pub(super) fn token(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.iter().position(|byte| !TOKEN[usize::from(*byte)]) {
        Some(len) => Ok(at + len),
        None => Err(Stop::More),
    }
}

/// The first byte from `at` on that is below `least` or DEL; the end of `bytes` if there is none.
pub(super) fn visible(bytes: &[u8], at: usize, least: u8) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let stops = stops(u64::from_le_bytes(*word), least);
        if stops != 0 {
            return bytes.len() - rest.len() + stops.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let len = rest.iter().position(|byte| *byte < least || *byte == 0x7f);
    bytes.len() - rest.len() + len.unwrap_or(rest.len())
}

/// The high bit of each byte of a word that is below `least` (at most 0x80) or DEL; only the first is looked at.
fn stops(word: u64, least: u8) -> u64 {
    (below(word, least) | is(word, 0x7f)) & !word & HIGH
}

/// Behind the CRLF at `at`.
pub(super) fn crlf(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    match bytes.get(at..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(at + 2),
        [] | [b'\r'] => Err(Stop::More),
        _ => Err(Refusal::LineEnding.into()),
    }
}

/// Walks over field lines from `at` to the blank line behind them.
pub(super) fn fields(
    bytes: &[u8],
    mut at: usize,
    fields_max: usize,
    slots: &mut Vec<Slot>,
) -> Result<Section, Stop> {
    slots.clear();
    let mut names = 0;
    loop {
        match bytes.get(at) {
            None => return Err(Stop::More),
            Some(b'\r' | b'\n') => {
                let end = crlf(bytes, at)?;
                return Ok(Section { end, names });
            }
            Some(_) if slots.len() == fields_max => return Err(Refusal::FieldsTooMany.into()),
            Some(_) => {}
        }
        let (slot, end) = match usual_field(bytes, at) {
            Some(field) => field,
            None => field(bytes, at)?,
        };
        names |= slot.id.bit();
        if slot.id == Name::Connection {
            let value_at = slot.value_at as usize;
            names |= options(&bytes[value_at..value_at + slot.value_len as usize]);
        }
        slots.push(slot);
        at = end;
    }
}

/// What a `Connection` field says, as bits beside those of the names: nearly all say one of two things, and whoever
/// asks need not take a list apart.
fn options(value: &[u8]) -> u64 {
    match value {
        b"keep-alive" => Fields::KEEP_ALIVE,
        b"close" => Fields::CLOSE,
        _ => Fields::OTHER_OPTIONS,
    }
}

/// One field line as nearly all are: a usual name, one space, a value of visible bytes and inner spaces, and all of it here,
/// with a word behind it. What it sees it sees as [`field`] does; what it cannot see at a glance is left to that.
#[inline(always)]
fn usual_field(bytes: &[u8], at: usize) -> Option<(Slot, usize)> {
    let name_len = usual(&bytes[at..]);
    let line = &bytes[at..];
    let [b':', b' ', b'!'..=b'~', ..] = line.get(name_len..)? else {
        return None;
    };
    let value = &line[name_len + 2..];
    let mut len = 0;
    loop {
        let word = u64::from_le_bytes(*value.get(len..)?.first_chunk()?);
        let stops = stops(word, b' ');
        if stops != 0 {
            len += stops.trailing_zeros() as usize / 8;
            break;
        }
        len += 8;
    }
    // the first byte is no stop, so there is one before this
    let [last, b'\r', b'\n', ..] = value.get(len - 1..)? else {
        return None;
    };
    if *last == b' ' || name_len == 0 || name_len > usize::from(u16::MAX) {
        return None;
    }
    let value_at = at + name_len + 2;
    let slot = Slot {
        name_at: at as u32,
        value_at: value_at as u32,
        value_len: len as u32,
        name_len: name_len as u16,
        id: Name::of(&line[..name_len]),
        tight: true,
    };
    Some((slot, value_at + len + 2))
}

/// One field line: `field-name ":" OWS field-value OWS CRLF` (RFC 9112 §5). A folded line begins with a blank, which
/// is no name.
fn field(bytes: &[u8], name_at: usize) -> Result<(Slot, usize), Stop> {
    let (name_end, id) = name(bytes, name_at)?;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut value_at = name_end + 1;
    // one space and then the value, as nearly every line has it
    let usual = matches!(bytes.get(value_at..), Some([b' ', b'!'..=b'~', ..]));
    value_at += usize::from(usual);
    while !usual && bytes.get(value_at).is_some_and(is_blank) {
        value_at += 1;
    }
    let mut stop = visible(bytes, value_at, b' ');
    let line_end = loop {
        match bytes.get(stop..).unwrap_or_default() {
            [b'\r', b'\n', ..] => break stop + 2,
            [b'\t', ..] => stop = visible(bytes, stop + 1, b' '),
            [] | [b'\r'] => return Err(Stop::More),
            [b'\n', ..] => return Err(Refusal::LineEnding.into()),
            _ => return Err(Refusal::FieldValue.into()),
        }
    };
    let mut value_end = stop;
    while value_end > value_at && is_blank(&bytes[value_end - 1]) {
        value_end -= 1;
    }
    let slot = Slot {
        name_at: name_at as u32,
        value_at: value_at as u32,
        value_len: (value_end - value_at) as u32,
        name_len: u16::try_from(name_end - name_at).map_err(|_| Refusal::FieldName)?,
        id,
        tight: usual && value_end == stop,
    };
    Ok((slot, line_end))
}

/// How many bytes at the front are letters, digits and dashes, which nearly all names are made of; or fewer: what this cannot
/// see at a glance somebody else looks at byte by byte.
#[inline(always)]
fn usual(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some(word) = bytes.get(len..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let low = word & !HIGH;
        let usual =
            within(low | (ONES * 0x20), b'a', b'z') | within(low, b'0', b'9') | within(low, b'-', b'-');
        let stops = (!usual | word) & HIGH;
        if stops != 0 {
            return len + stops.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len
}

/// In the high bits, which bytes of a word of ASCII are from `least` to `most`. Nothing is carried from byte to byte.
fn within(word: u64, least: u8, most: u8) -> u64 {
    (word + ONES * u64::from(0x80 - least)) & !(word + ONES * u64::from(0x7f - most))
}

/// The name that begins at `at`, which a colon has to follow. One that is well known is a token; only others have to be
/// looked at byte by byte.
fn name(bytes: &[u8], at: usize) -> Result<(usize, Name), Stop> {
    let end = colon(bytes, at);
    if bytes.get(end) == Some(&b':') {
        let text = &bytes[at..end];
        let id = Name::of(text);
        if id != Name::Other || (!text.is_empty() && token(bytes, at) == Ok(end)) {
            return Ok((end, id));
        }
    }
    // a name that is not all there may have been refused already
    token(bytes, at)?;
    Err(Refusal::FieldName.into())
}

/// The first colon from `at` on, or the first byte that is not visible, whichever comes first.
fn colon(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let stops = (below(word, b'!') | is(word, 0x7f) | is(word, b':')) & !word & HIGH;
        if stops != 0 {
            return bytes.len() - rest.len() + stops.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let len = rest
        .iter()
        .position(|byte| matches!(byte, 0..=b' ' | b':' | 0x7f));
    bytes.len() - rest.len() + len.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_tokens_and_end_where_they_do() {
        for len in 0..20 {
            for place in 0..len {
                for byte in 0..=255_u8 {
                    let mut bytes = vec![b'a'; len];
                    bytes[place] = byte;
                    bytes.extend_from_slice(b": and more than a word");
                    let is_usual = byte.is_ascii_alphanumeric() || byte == b'-';
                    let expected = if is_usual { len } else { place };
                    assert_eq!(usual(&bytes), expected, "{bytes:?}");
                    assert!(!is_usual || TOKEN[usize::from(byte)]);
                    // of what is short only the beginning is seen, and nothing that is not usual is passed over
                    assert!(usual(&bytes[..len]) <= expected);
                }
            }
        }
    }

    /// Every byte at every place of a line, and every length of what was received.
    #[test]
    fn usual_lines_are_read_as_all_are() {
        for line in ["x-name-1: a value", "host: a", "a: b c", "content-length: 12"] {
            for place in 0..line.len() {
                for byte in 0..=255_u8 {
                    let mut bytes = line.as_bytes().to_vec();
                    bytes[place] = byte;
                    bytes.extend_from_slice(b"\r\nnext: field\r\n\r\n");
                    for len in line.len()..=bytes.len() {
                        let bytes = &bytes[..len];
                        if let Some(usual) = usual_field(bytes, 0) {
                            assert_eq!(Ok(usual), field(bytes, 0), "{bytes:?}");
                        }
                    }
                }
            }
            let whole = format!("{line}\r\n12345678");
            assert!(usual_field(whole.as_bytes(), 0).is_some(), "{line}");
        }
    }

    #[test]
    fn words_are_searched_as_bytes_are() {
        for least in [b' ', b'!'] {
            for len in (0..20).chain([31, 47, 48, 49, 81]) {
                for place in 0..len {
                    for byte in 0..=255_u8 {
                        let mut bytes = vec![b'a'; len];
                        bytes[place] = byte;
                        bytes.extend_from_slice(b"\x80\xff \r");
                        let slow = bytes.iter().position(|byte| *byte < least || *byte == 0x7f);
                        assert_eq!(
                            visible(&bytes, 0, least),
                            slow.unwrap_or(bytes.len()),
                            "{bytes:?}"
                        );
                        let slow = bytes
                            .iter()
                            .position(|byte| matches!(byte, 0..=b' ' | b':' | 0x7f));
                        assert_eq!(colon(&bytes, 0), slow.unwrap_or(bytes.len()), "{bytes:?}");
                    }
                }
            }
        }
    }
}
