//! Public attacks on whoever reads requests, as data: `gateway/tests/corpus/requests.txt`, which says how it is written.
//!
//! Every case is sent on a connection of its own, and behind it an innocent request. What is answered, whether that one still is,
//! and how many requests the recorder has seen, is the verdict: a request that was not judged has no way to be there.

use crate::harness::{Gateway, run};
use crate::recorder::{Recorder, answers};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const CASES: &str = include_str!("../corpus/requests.txt");
pub(crate) const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
pub(crate) const NEXT_SEEN: &str = "GET /next 0";

/// Silence for so long is what `-` asks for: on a slow machine an answer may be missed, never one imagined.
const SILENCE: Duration = Duration::from_millis(50);

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn cases() -> Vec<Case> {
    let lines = CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.splitn(3, " | ");
            let mut part = || parts.next().unwrap_or_else(|| panic!("three parts: {line}"));
            Case {
                name: part(),
                verdict: part(),
                bytes: bytes(part()),
            }
        })
        .collect()
}

/// What is written with escapes, and with `{TEXT*N}` for repetitions.
fn bytes(mut text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(first) = text.chars().next() {
        let repeated = text.strip_prefix('{').and_then(|text| text.split_once('}'));
        let repeated = repeated.and_then(|(inner, rest)| Some((inner.rsplit_once('*')?, rest)));
        match (first, repeated) {
            (_, Some(((inner, times), rest))) => {
                bytes.extend(self::bytes(inner).repeat(times.parse().expect("a number")));
                text = rest;
            }
            ('\\', _) => {
                let (byte, width) = match text.as_bytes()[1] {
                    b'x' => (u8::from_str_radix(&text[2..4], 16).expect("two digits"), 4),
                    b'r' => (b'\r', 2),
                    b'n' => (b'\n', 2),
                    b't' => (b'\t', 2),
                    b'0' => (0, 2),
                    b'\\' => (b'\\', 2),
                    other => panic!("no escape: {}", char::from(other)),
                };
                bytes.push(byte);
                text = &text[width..];
            }
            _ => {
                bytes.push(u8::try_from(first).expect("ASCII, or escaped"));
                text = &text[1..];
            }
        }
    }
    bytes
}

/// What the client got for a case, in the words of the table, and how many requests were answered by the upstream.
async fn verdict(gateway: &Gateway, case: &Case) -> (String, usize) {
    let mut client = gateway.connect().await;
    // whoever is refused in the middle may find the connection closed
    let _ = client.0.write_all(&case.bytes).await;
    if case.verdict == "-" {
        let answered = tokio::time::timeout(SILENCE, client.0.peek(&mut [0])).await;
        let got = if answered.is_err() { "-" } else { "an answer" };
        return (got.to_owned(), 0);
    }
    let _ = client.0.write_all(NEXT).await;
    let mut got: Vec<String> = answers(&client.rest().await)
        .into_iter()
        .filter(|(status, _)| status != "100")
        .map(|(status, content)| if status == "200" { content } else { status })
        .collect();
    let is_status = |text: &str| text.len() == 3;
    let passed = got.iter().filter(|text| !is_status(text)).count();
    let kept = got.pop_if(|last| last == NEXT_SEEN).is_some();
    match (kept, got.last().is_some_and(|last| is_status(last))) {
        (true, true) => got.iter_mut().last().expect("there is one").push('+'),
        (true, false) | (false, true) => {}
        (false, false) => got.push("-".to_owned()),
    }
    (got.join(", "), passed)
}

/// All goes to the upstream but `/admin`.
pub(crate) fn yaml(upstream: SocketAddr) -> String {
    format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
         upstreams: {{ u: {{ replicas: [\"{upstream}\"] }} }}\n\
         routes:\n\
         - {{ name: admin, match: {{ path: /admin }}, respond: {{ status: 403 }} }}\n\
         - {{ name: all, match: {{ path: / }}, upstream: u }}\n"
    )
}

#[test]
fn every_case_gets_its_verdict() {
    run(async {
        let recorder = Recorder::start().await;
        let gateway = Gateway::from_yaml(&yaml(recorder.addr)).await;
        let (mut wrong, mut seen) = (Vec::new(), 0);
        for case in cases() {
            let (got, passed) = verdict(&gateway, &case).await;
            seen += passed;
            let at_upstream = recorder.seen().len();
            if got != case.verdict || at_upstream != seen {
                wrong.push(format!(
                    "{}: {got}, not {}; {at_upstream} requests for {seen} answers",
                    case.name, case.verdict
                ));
                seen = at_upstream;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let lines = recorder.lines();
        assert!(!lines.iter().any(|line| line.contains("smuggled")), "{lines:?}");
    });
}

#[test]
fn the_table_is_read_as_it_is_meant() {
    let read = bytes(r"a\r\n\t\0\\\x7f{b\n*2}{c}{d*0}|");
    assert_eq!(read, b"a\r\n\t\0\\\x7fb\nb\n{c}|");
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    assert!(names.len() > 400, "{}", names.len());
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a name is given twice");
}
