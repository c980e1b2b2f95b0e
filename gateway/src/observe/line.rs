//! One record as one line of JSON, written by hand: a general serialiser costs more instructions for a line than
//! the whole proxy does for the rest of its own work.
//!
//! Keys and their order are fixed; strings that need escaping go through serde_json, a route's name once, when it is loaded.

use super::access::{Outcome, Record};
use http1::word::{self, below, is};

/// Appends the record's line to `out`.
pub(super) fn write(out: &mut Vec<u8>, record: &Record<'_>) {
    number(out, b"{\"time\":", record.at.as_secs());
    out.push(b'.');
    // a million more, so that the leading zeros of the microseconds are there
    let mut micros = itoa::Buffer::new();
    let micros = micros.format(record.at.subsec_micros() + 1_000_000);
    out.extend_from_slice(&micros.as_bytes()[1..]);
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
    number(out, b",\"status\":", u64::from(record.status));
    number(out, b",\"bytes\":", record.bytes);
    if let Some(bytes_up) = record.bytes_up {
        number(out, b",\"bytes_up\":", bytes_up);
    }
    let taken_us = u64::try_from(record.taken.as_micros()).unwrap_or(u64::MAX);
    number(out, b",\"duration_us\":", taken_us);
    number(out, b",\"attempts\":", u64::from(record.attempts));
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
