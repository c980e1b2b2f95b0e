//! One record as one line of JSON, written by hand: a general serialiser costs more instructions for a line than
//! the whole proxy does for the rest of its own work.
//!
//! Keys and their order are fixed; strings that need escaping go through serde_json. Texts of addresses are
//! remembered, because formatting one costs as much as the rest of the line.

use super::access::{Outcome, Record};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

/// Addresses whose text is remembered; beyond that all are forgotten. Upstreams have few; clients beyond this many
/// only cost what formatting costs.
const TEXTS_MAX: usize = 1_024;

#[derive(Default)]
pub(super) struct Lines {
    clients: Texts<IpAddr>,
    upstreams: Texts<SocketAddr>,
}

impl Lines {
    /// Appends the record's line to `out`.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, record: &Record<'_>) {
        let mut number = itoa::Buffer::new();
        out.extend_from_slice(b"{\"time\":");
        out.extend_from_slice(number.format(record.at.as_secs()).as_bytes());
        out.push(b'.');
        // a million more, so that the leading zeros of the microseconds are there
        let micros = number.format(record.at.subsec_micros() + 1_000_000);
        out.extend_from_slice(&micros.as_bytes()[1..]);
        if !record.id.is_empty() {
            out.extend_from_slice(b",\"request_id\":");
            string(out, record.id);
        }
        out.extend_from_slice(b",\"client\":\"");
        out.extend_from_slice(self.clients.of(record.client).as_bytes());
        out.extend_from_slice(b"\",\"method\":");
        string(out, record.method);
        out.extend_from_slice(b",\"uri\":");
        string(out, record.target);
        out.extend_from_slice(b",\"route\":");
        string(out, record.route.as_bytes());
        for (key, value) in [
            (&b",\"status\":"[..], u64::from(record.status)),
            (b",\"bytes\":", record.bytes),
            (
                b",\"duration_us\":",
                u64::try_from(record.taken.as_micros()).unwrap_or(u64::MAX),
            ),
            (b",\"attempts\":", u64::from(record.attempts)),
        ] {
            out.extend_from_slice(key);
            out.extend_from_slice(number.format(value).as_bytes());
        }
        if let Some(upstream) = record.upstream {
            out.extend_from_slice(b",\"upstream\":\"");
            out.extend_from_slice(self.upstreams.of(upstream).as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(match record.outcome {
            Outcome::Complete => b",\"outcome\":\"complete\"",
            Outcome::Aborted => b",\"outcome\":\"aborted\"",
            Outcome::Broken => b",\"outcome\":\"broken\"",
        });
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
}

/// A JSON string. Bytes that are no UTF-8 are replaced.
fn string(out: &mut Vec<u8>, text: &[u8]) {
    // without an early end, so that the compiler takes many bytes at once
    let special = |byte: u8| {
        u8::from(byte < b' ') | u8::from(byte > b'~') | u8::from(byte == b'"') | u8::from(byte == b'\\')
    };
    let plain = text.iter().fold(0, |found, byte| found | special(*byte)) == 0;
    if plain {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        // writing to a Vec cannot fail, and a string has a JSON form always
        let _ = serde_json::to_writer(out, &String::from_utf8_lossy(text));
    }
}

struct Texts<A>(BTreeMap<A, Box<str>>);

impl<A> Default for Texts<A> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<A: Copy + Ord + Display> Texts<A> {
    fn of(&mut self, addr: A) -> &str {
        if self.0.len() >= TEXTS_MAX && !self.0.contains_key(&addr) {
            self.0.clear();
        }
        self.0.entry(addr).or_insert_with(|| addr.to_string().into())
    }
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
            client: IpAddr::from([127, 0, 0, 1]),
            method: b"GET",
            target: target.as_bytes(),
            route,
            status: 200,
            bytes: 7,
            upstream: Some(SocketAddr::from(([10, 0, 0, 1], 80))),
            attempts: 2,
            outcome: Outcome::Complete,
            error: None,
            detail: None,
        }
    }

    fn line(record: &Record<'_>) -> String {
        let mut out = Vec::new();
        Lines::default().write(&mut out, record);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_shape_of_a_line() {
        let route = Arc::from("r");
        let mut refused = record(&route, b"", "http://a.example/x");
        (refused.upstream, refused.error, refused.detail) = (None, Some("bad_request"), Some("no host"));
        refused.outcome = Outcome::Aborted;
        assert_eq!(
            line(&record(&route, b"ab", "/x?y=1")),
            "{\"time\":1700000000.012345,\"request_id\":\"ab\",\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"/x?y=1\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\"attempts\":2,\
             \"upstream\":\"10.0.0.1:80\",\"outcome\":\"complete\"}\n"
        );
        assert_eq!(
            line(&refused),
            "{\"time\":1700000000.012345,\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"http://a.example/x\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\
             \"attempts\":2,\"outcome\":\"aborted\",\"error\":\"bad_request\",\"detail\":\"no host\"}\n"
        );
    }

    #[test]
    fn remembered_addresses_are_bounded() {
        let mut texts = Texts::default();
        for n in 0..10_000_u32 {
            let addr = IpAddr::from(n.to_be_bytes());
            assert_eq!(texts.of(addr), addr.to_string());
            assert!(texts.0.len() <= TEXTS_MAX);
        }
    }

    proptest! {
        /// Whatever a config or a peer puts into a string, the line is one line and reads back as it was.
        #[test]
        fn strings_read_back(route in "\\PC*|[\\x00-\\x7f]*", id in proptest::option::of("[ -~\u{80}-\u{ff}]{1,40}")) {
            let (name, id_bytes) = (Arc::from(route.as_str()), id.clone().unwrap_or_default());
            let text = line(&record(&name, id_bytes.as_bytes(), "/"));
            prop_assert_eq!(text.matches('\n').count(), 1);
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["route"].as_str(), Some(route.as_str()));
            prop_assert_eq!(read["request_id"].as_str(), id.as_deref());
        }
    }
}
