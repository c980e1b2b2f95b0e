//! A reader of requests that takes whatever it can make sense of, as the worst of upstreams would.
//!
//! Any CR or LF ends a line, folded lines are joined, whitespace around names is dropped, a version is not asked for, a
//! coding that contains `chunked` is chunked, and numbers are their leading digits. Two fields that contradict each
//! other are settled by [`Prefers`], so that both kinds of upstream are asked.

use super::message::Message;

/// What counts when there are both framing fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefers {
    Coding,
    Length,
}

/// What was read, and what is left: the beginning of a head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read<'a> {
    pub(crate) messages: Vec<Message>,
    pub(crate) rest: &'a [u8],
}

pub(crate) fn requests(mut bytes: &[u8], prefers: Prefers) -> Read<'_> {
    let mut messages = Vec::new();
    loop {
        bytes = bytes.trim_ascii_start();
        let Some((mut message, behind)) = head(bytes) else {
            return Read {
                messages,
                rest: bytes,
            };
        };
        bytes = body(&mut message, behind, prefers);
        let complete = message.complete;
        messages.push(message);
        if !complete {
            return Read { messages, rest: &[] };
        }
    }
}

/// A line without its ending, and what is behind that.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let behind = &bytes[end..];
    if behind == b"\r" {
        // the LF may still come
        return None;
    }
    let behind = behind.strip_prefix(b"\r\n").unwrap_or(&behind[1..]);
    Some((&bytes[..end], behind))
}

fn head(bytes: &[u8]) -> Option<(Message, &[u8])> {
    let (first, mut bytes) = line(bytes)?;
    let mut words = first
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mut message = Message {
        start: words.by_ref().take(2).map(<[u8]>::to_vec).collect(),
        minor: 1,
        ..Message::default()
    };
    loop {
        let (line, behind) = line(bytes)?;
        bytes = behind;
        if line.is_empty() {
            return Some((message, bytes));
        }
        if line[0].is_ascii_whitespace()
            && let Some((_, value)) = message.fields.last_mut()
        {
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii());
            continue;
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let mut part = || parts.next().unwrap_or_default().trim_ascii().to_vec();
        message.fields.push((part(), part()));
    }
}

/// Fills in the body and returns what is behind it.
fn body<'a>(message: &mut Message, bytes: &'a [u8], prefers: Prefers) -> &'a [u8] {
    let chunked = |value: &[u8]| {
        String::from_utf8_lossy(value)
            .to_ascii_lowercase()
            .contains("chunked")
    };
    let coded = message.values("transfer-encoding").any(chunked);
    let length = message
        .values("content-length")
        .find_map(|value| number(value, 10));
    match length {
        Some(length) if prefers == Prefers::Length || !coded => {
            let there = &bytes[..bytes.len().min(length)];
            message.complete = there.len() == length;
            message.body = there.to_vec();
            &bytes[there.len()..]
        }
        _ if coded => chunks(message, bytes).unwrap_or_default(),
        _ => {
            message.complete = true;
            bytes
        }
    }
}

fn chunks<'a>(message: &mut Message, mut bytes: &'a [u8]) -> Option<&'a [u8]> {
    loop {
        let (size, behind) = line(bytes)?;
        let size = number(size, 16)?;
        let there = &behind[..behind.len().min(size)];
        message.body.extend_from_slice(there);
        bytes = &behind[there.len()..];
        if size == 0 {
            break;
        }
        if there.len() < size {
            return None;
        }
        bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
        bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
    }
    loop {
        let (line, behind) = line(bytes)?;
        bytes = behind;
        if line.is_empty() {
            message.complete = true;
            return Some(bytes);
        }
    }
}

fn number(text: &[u8], radix: u32) -> Option<usize> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let digits = text.iter().map_while(|byte| char::from(*byte).to_digit(radix));
    digits.fold(None, |number, digit| {
        let number: usize = number.unwrap_or_default();
        Some(
            number
                .saturating_mul(radix as usize)
                .saturating_add(digit as usize),
        )
    })
}
