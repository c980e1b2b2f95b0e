//! Public attacks on whoever reads requests, as data: `gateway/tests/corpus/requests.txt`, which says how it is written.
//!
//! Every case is sent on a connection of its own, and behind it an innocent request. What is answered, whether that one still is,
//! and how many requests the recorder has seen, is the verdict: a request that was not judged has no way to be there. What has
//! arrived is looked at too, for a verdict says nothing of fields.

use crate::harness::{Gateway, run};
use crate::recorder::{Recorder, Seen, answers};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const CASES: &str = include_str!("../corpus/requests.txt");
pub(crate) const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
pub(crate) const NEXT_SEEN: &str = "GET /next 0";

/// Silence for so long is what `-` asks for: on a slow machine an answer may be missed, never one imagined.
const SILENCE: Duration = Duration::from_millis(50);

/// What no request brings to an upstream: fields that are for one hop, and those that a CGI-like upstream takes for others.
const NEVER: [&str; 13] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
    "expect",
    "proxy",
    "content_length",
    "transfer_encoding",
    "x_forwarded_for",
];

/// What arrives of some cases besides what holds of all: the values of a field.
const ARRIVES: [(&str, &str, &[&str]); 8] = [
    ("target-absolute-other-host", "host", &["b"]),
    ("target-absolute-no-path", "host", &["a"]),
    ("host-nominated", "host", &["a"]),
    ("connection-nominates-ours", "cookie", &[]),
    ("connection-nominates-ours", "authorization", &[]),
    ("connection-websocket", "sec-websocket-version", &["13"]),
    // end to end, and neither is read here: of names with `_` only those above are dropped, and a path is what the target says
    ("fields-underscored", "x_y", &["z"]),
    ("path-original-url", "x-original-url", &["/admin"]),
];

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

/// The values of a field, in order.
fn values<'a>(seen: &'a Seen, name: &str) -> Vec<&'a str> {
    let fields = seen.head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .collect()
}

/// What must hold of a request at the upstream, whatever its client wrote, and does not.
fn faults(seen: &Seen) -> Vec<String> {
    let mut faults: Vec<String> = NEVER
        .iter()
        .filter(|name| !values(seen, name).is_empty())
        .map(|name| format!("{name} has arrived"))
        .collect();
    let mut is = |name: &str, right: &dyn Fn(&[&str]) -> bool| {
        let values = values(seen, name);
        if !right(&values) {
            faults.push(format!("{name} is {values:?}"));
        }
    };
    let is_id = |id: &str| id.len() == 32 && id.chars().all(|letter| letter.is_ascii_hexdigit());
    is("x-request-id", &|ids| matches!(ids, [id] if is_id(id)));
    is("x-forwarded-for", &|hops| hops == ["127.0.0.1"]);
    is("x-forwarded-proto", &|protos| protos == ["http"]);
    // who speaks HTTP/1.0 may have named none
    let host = values(seen, "host");
    is("x-forwarded-host", &|hosts| host == [""] || hosts == host);
    faults
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
        let (mut wrong, mut seen, mut before) = (Vec::new(), 0, Vec::<Seen>::new());
        for case in cases() {
            let (got, passed) = verdict(&gateway, &case).await;
            seen += passed;
            let arrived = recorder.seen();
            let at_upstream = arrived.len();
            if got != case.verdict || at_upstream != seen {
                wrong.push(format!(
                    "{}: {got}, not {}; {at_upstream} requests for {seen} answers",
                    case.name, case.verdict
                ));
                seen = at_upstream;
            }
            // each has an id of its own
            let new = arrived.iter().filter(|request| !before.contains(request));
            let new: Vec<_> = new.filter(|request| request.line() != "GET /next").collect();
            for (_, name, expected) in ARRIVES.iter().filter(|(of, ..)| *of == case.name) {
                let arrived: Vec<_> = new.iter().map(|request| values(request, name)).collect();
                if arrived != [*expected] {
                    wrong.push(format!("{}: {name} is {arrived:?}, not {expected:?}", case.name));
                }
            }
            before = arrived;
        }
        for request in &before {
            let faults = faults(request);
            if !faults.is_empty() {
                wrong.push(format!("{}: {}", request.head, faults.join(", ")));
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
    assert!(ARRIVES.iter().all(|(name, ..)| names.contains(name)));
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a name is given twice");
}

#[test]
fn what_has_arrived_is_looked_at() {
    let id = "0123456789abcdef0123456789abcdef";
    let right = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: a\r\n\
         x-request-id: {id}\r\n\r\n"
    );
    let check = |from: &str, to: &str, expected: &[&str]| {
        let head = right.replace(from, to);
        let content = String::new();
        assert_eq!(faults(&Seen { head, content }), expected, "{to}");
    };
    check("", "", &[]);
    check("host: a\r\nx-forwarded-for", "host: \r\nx-forwarded-for", &[]);
    check("1.1\r\n", "1.1\r\nTE: trailers\r\n", &["te has arrived"]);
    check("127.0.0.1", "6.6.6.6", &["x-forwarded-for is [\"6.6.6.6\"]"]);
    check(
        "host: a\r\nx-r",
        "host: b\r\nx-r",
        &["x-forwarded-host is [\"b\"]"],
    );
    check(id, "theirs", &["x-request-id is [\"theirs\"]"]);
    check("x-request-id", "x-other", &["x-request-id is []"]);
}
