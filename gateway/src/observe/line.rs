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
    pub(super) fn write(&mut self, out: &mut Vec<u8>, record: &Record) {
        let mut number = itoa::Buffer::new();
        out.extend_from_slice(b"{\"time\":");
        out.extend_from_slice(number.format(record.at.as_secs()).as_bytes());
        out.push(b'.');
        // a million more, so that the leading zeros of the microseconds are there
        let micros = number.format(record.at.subsec_micros() + 1_000_000);
        out.extend_from_slice(&micros.as_bytes()[1..]);
        if let Some(id) = &record.id {
            out.extend_from_slice(b",\"request_id\":");
            string(out, id.as_bytes());
        }
        out.extend_from_slice(b",\"client\":\"");
        out.extend_from_slice(self.clients.of(record.client).as_bytes());
        out.extend_from_slice(b"\",\"method\":");
        string(out, record.method.as_str().as_bytes());
        out.extend_from_slice(b",\"uri\":");
        match record.uri.path_and_query() {
            Some(target) if record.uri.authority().is_none() => string(out, target.as_str().as_bytes()),
            _ => string(out, record.uri.to_string().as_bytes()),
        }
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
        out.extend_from_slice(b"}\n");
    }
}

/// A JSON string. Bytes that are no UTF-8 are replaced.
fn string(out: &mut Vec<u8>, text: &[u8]) {
    let plain = text
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'));
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
    use http::{HeaderValue, Method};
    use proptest::prelude::*;
    use std::time::Duration;

    fn record(route: &str, id: Option<HeaderValue>, uri: &str) -> Record {
        Record {
            at: Duration::new(1_700_000_000, 12_345_000),
            taken: Duration::from_micros(987),
            id,
            client: IpAddr::from([127, 0, 0, 1]),
            method: Method::GET,
            uri: uri.parse().expect("a target"),
            route: route.into(),
            status: 200,
            bytes: 7,
            upstream: Some(SocketAddr::from(([10, 0, 0, 1], 80))),
            attempts: 2,
            outcome: Outcome::Complete,
            error: None,
        }
    }

    fn line(record: &Record) -> String {
        let mut out = Vec::new();
        Lines::default().write(&mut out, record);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_shape_of_a_line() {
        let mut refused = record("r", None, "http://a.example/x");
        (refused.upstream, refused.error) = (None, Some("no_route"));
        refused.outcome = Outcome::Aborted;
        assert_eq!(
            line(&record("r", Some(HeaderValue::from_static("ab")), "/x?y=1")),
            "{\"time\":1700000000.012345,\"request_id\":\"ab\",\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"/x?y=1\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\"attempts\":2,\
             \"upstream\":\"10.0.0.1:80\",\"outcome\":\"complete\"}\n"
        );
        assert_eq!(
            line(&refused),
            "{\"time\":1700000000.012345,\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"uri\":\"http://a.example/x\",\"route\":\"r\",\"status\":200,\"bytes\":7,\"duration_us\":987,\
             \"attempts\":2,\"outcome\":\"aborted\",\"error\":\"no_route\"}\n"
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
            let id = id.and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok());
            let text = line(&record(&route, id.clone(), "/"));
            prop_assert_eq!(text.matches('\n').count(), 1);
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(read["route"].as_str(), Some(route.as_str()));
            let id = id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
            prop_assert_eq!(read["request_id"].as_str(), id.as_deref());
        }
    }
}
