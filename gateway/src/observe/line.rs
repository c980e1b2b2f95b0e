//! One record as one line of JSON, written by hand: a general serialiser costs more instructions for a line than
//! the whole proxy does for the rest of its own work.
//!
//! Keys and their order are fixed; strings that need escaping go through serde_json, a route's name once, when it is loaded.

use super::access::{Outcome, Record};
use http1::word::{self, below, is};
use std::time::Duration;

/// Appends the record's line to `out`.
pub(super) fn write(out: &mut Vec<u8>, record: &Record<'_>) {
    time(out, record.at);
    if !record.id.is_empty() {
        out.extend_from_slice(b",\"request_id\":\"");
        out.extend_from_slice(record.id);
        out.push(b'"');
    }
    if !record.trace.is_empty() {
        out.extend_from_slice(b",\"trace_id\":\"");
        out.extend_from_slice(record.trace);
        out.push(b'"');
    }
    out.extend_from_slice(b",\"client\":\"");
    out.extend_from_slice(record.client);
    // of tokens' bytes none has to be escaped
    out.extend_from_slice(b"\",\"method\":\"");
    out.extend_from_slice(record.method);
    out.extend_from_slice(b"\",\"uri\":");
    string(out, record.target);
    out.extend_from_slice(b",\"route\":");
    out.extend_from_slice(record.route.as_bytes());
    status(out, record.status);
    number(out, b",\"bytes\":", record.bytes);
    if let Some(bytes_up) = record.bytes_up {
        number(out, b",\"bytes_up\":", bytes_up);
    }
    let taken_us = u64::try_from(record.taken.as_micros()).unwrap_or(u64::MAX);
    number(out, b",\"duration_us\":", taken_us);
    attempts(out, record.attempts);
    if !record.upstream.is_empty() {
        out.extend_from_slice(b",\"upstream\":\"");
        out.extend_from_slice(record.upstream);
        out.push(b'"');
    }
    out.extend_from_slice(match record.outcome {
        Outcome::Complete => b",\"outcome\":\"complete\"",
        Outcome::Aborted => b",\"outcome\":\"aborted\"",
        Outcome::Broken => b",\"outcome\":\"broken\"",
    });
    if let Some(timeout) = record.timeout {
        out.extend_from_slice(b",\"timeout\":\"");
        out.extend_from_slice(timeout.as_bytes());
        out.push(b'"');
    }
    if record.fell_back {
        out.extend_from_slice(b",\"fallback\":true");
    }
    if let Some(error) = record.error {
        out.extend_from_slice(b",\"error\":");
        string(out, error.as_bytes());
    }
    if let Some(detail) = record.detail {
        out.extend_from_slice(b",\"detail\":");
        string(out, detail.as_bytes());
    }
    out.extend_from_slice(b"}\n");
}

/// Seconds, a point and six digits: written as one number, of which the last six are behind the point.
fn time(out: &mut Vec<u8>, at: Duration) {
    let micros = u64::from(at.subsec_micros());
    let micros = at.as_secs().saturating_mul(1_000_000).saturating_add(micros);
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(b"{\"time\":");
    match digits.format(micros).as_bytes().split_last_chunk::<6>() {
        Some((seconds @ [_, ..], micros)) => {
            out.extend_from_slice(seconds);
            out.push(b'.');
            out.extend_from_slice(micros);
        }
        // a clock that was never set
        _ => out.extend_from_slice(format!("0.{micros:06}").as_bytes()),
    }
}

/// Three digits; none at all was answered where it is 0.
fn status(out: &mut Vec<u8>, status: u16) {
    if !(100..=999).contains(&status) {
        return number(out, b",\"status\":", u64::from(status));
    }
    let mut text = *b",\"status\":000";
    let digits = [status / 100, status / 10, status].map(|digit| (digit % 10) as u8);
    for (place, digit) in text[10..].iter_mut().zip(digits) {
        *place += digit;
    }
    out.extend_from_slice(&text);
}

fn attempts(out: &mut Vec<u8>, attempts: u8) {
    let mut text = *b",\"attempts\":0";
    if attempts > 9 {
        return number(out, b",\"attempts\":", u64::from(attempts));
    }
    text[12] += attempts;
    out.extend_from_slice(&text);
}

#[inline]
fn number<const N: usize>(out: &mut Vec<u8>, key: &[u8; N], value: u64) {
    out.extend_from_slice(key);
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A JSON string. Bytes that are no UTF-8 are replaced.
fn string(out: &mut Vec<u8>, text: &[u8]) {
    if is_plain(text) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        // writing to a Vec cannot fail, and a string has a JSON form always
        let _ = serde_json::to_writer(out, &String::from_utf8_lossy(text));
    }
}

/// Whether it is ASCII of which nothing has to be escaped.
fn is_plain(text: &[u8]) -> bool {
    word::none(text, |word| {
        word | below(word, b' ') | is(word, b'"') | is(word, b'\\') | is(word, 0x7f)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::time::Duration;

    fn record<'a>(route: &'a Arc<str>, id: &'a [u8], target: &'a str) -> Record<'a> {
        Record {
            at: Duration::new(1_700_000_000, 12_345_000),
            taken: Duration::from_micros(987),
            id,
            trace: b"",
            client: b"127.0.0.1",
            method: b"GET",
            target: target.as_bytes(),
            route,
            status: 200,
            bytes: 7,
            bytes_up: None,
            upstream: b"10.0.0.1:80",
            attempts: 2,
            outcome: Outcome::Complete,
            timeout: None,
            fell_back: false,
            error: None,
            detail: None,
        }
    }

    fn line(record: &Record<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, record);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn words_are_looked_at_as_bytes_are() {
        for len in 0..26 {
            for place in 0..len {
                for byte in 0..=255_u8 {
                    let mut text = vec![b'a'; len];
                    text[place] = byte;
                    let plain = matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
                    assert_eq!(is_plain(&text), plain, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn the_shape_of_a_line() {
        let route = Arc::from("\"r\"");
        let mut refused = record(&route, b"", "http://a.example/x");
        (refused.upstream, refused.error, refused.detail) = (b"", Some("bad_request"), Some("no host"));
        (refused.outcome, refused.trace, refused.timeout) = (Outcome::Aborted, b"0f", Some("try"));
        refused.fell_back = true;
        assert_eq!(
            line(&record(&route, b"ab", "/x?y=1")),
            "{\"time\":1700000000.012345,\"request_id\":\"ab\",\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"/x?y=1\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\"attempts\":2,\
             \"upstream\":\"10.0.0.1:80\",\"outcome\":\"complete\"}\n"
        );
        assert_eq!(
            line(&refused),
            "{\"time\":1700000000.012345,\"trace_id\":\"0f\",\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"http://a.example/x\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\
             \"attempts\":2,\"outcome\":\"aborted\",\"timeout\":\"try\",\"fallback\":true,\"error\":\"bad_request\",\"detail\":\"no host\"}\n"
        );
    }

    proptest! {
        /// As they would be written by any writer of numbers.
        #[test]
        fn numbers_read_back(secs in 0..4_000_000_000_u64, micros in 0..1_000_000_u32, status: u16, attempts: u8) {
            let route = Arc::from("\"r\"");
            let record = Record {
                at: Duration::new(secs, micros * 1_000),
                status,
                attempts,
                ..record(&route, b"", "/")
            };
            let text = line(&record);
            let (time, _) = text["{\"time\":".len()..].split_once(',').expect("more follows");
            prop_assert_eq!(time, format!("{secs}.{micros:06}"));
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["status"].as_u64(), Some(status.into()));
            prop_assert_eq!(read["attempts"].as_u64(), Some(attempts.into()));
        }

        /// Whatever a peer puts into a string, the line is one line and reads back as it was.
        #[test]
        fn strings_read_back(target in "\\PC*|[\\x00-\\x7f]*") {
            let route = Arc::from("\"r\"");
            let text = line(&record(&route, b"id", &target));
            prop_assert_eq!(text.matches('\n').count(), 1);
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["uri"].as_str(), Some(target.as_str()));
            prop_assert_eq!(read["request_id"].as_str(), Some("id"));
        }
    }
}
