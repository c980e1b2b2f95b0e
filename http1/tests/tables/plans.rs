//! How an answer is sent (RFC 9112 §6.3, §9.3, RFC 9110 §8.6): by the request, the status and what is known of the
//! body.

use http1::connection::{Close, Plan, Server, ServerEvent};
use http1::head::Limits;
use http1::write::{Delimit, Persistence};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const OLD: &str = "GET / HTTP/1.0\r\n\r\n";
const OLD_STAYS: &str = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const LEAVES: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const WAITS: &str = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
const CONNECT: &str = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// The answer: its status, the length of its body, a length that it speaks of, and whether it wants to close.
type Answer = (u16, Option<u64>, Option<u64>, bool);

#[track_caller]
fn check(request: &str, answer: Answer, expected: (Delimit, Persistence, bool), close: Option<Close>) {
    let mut server = Server::new(Limits::default());
    let event = server.receive(request.as_bytes(), &mut Vec::new());
    assert!(matches!(event, Ok(ServerEvent::Head { .. })), "{request}");
    let (status, length, announced, closes) = answer;
    let (delimit, persistence, body) = expected;
    let plan = server.answer(status, length, announced, closes);
    assert_eq!(
        plan,
        Plan {
            delimit,
            persistence,
            body
        },
        "{request} {answer:?}"
    );
    assert_eq!(server.close(), close, "{request} {answer:?}");
}

#[test]
fn bodies() {
    use Delimit::{Chunked, Length, Nothing};
    use Persistence::Implied;
    check(GET, (200, Some(3), None, false), (Length(3), Implied, true), None);
    check(GET, (200, Some(0), None, false), (Length(0), Implied, true), None);
    check(GET, (200, None, None, false), (Chunked, Implied, true), None);
    check(GET, (200, None, Some(3), false), (Chunked, Implied, true), None);
    check(
        GET,
        (204, Some(0), Some(3), false),
        (Nothing, Implied, false),
        None,
    );
    check(GET, (204, None, None, false), (Nothing, Implied, false), None);
    check(GET, (304, Some(0), None, false), (Nothing, Implied, false), None);
    check(
        GET,
        (304, Some(0), Some(3), false),
        (Length(3), Implied, false),
        None,
    );
    check(GET, (103, None, None, false), (Nothing, Implied, false), None);
    check(
        GET,
        (101, None, None, false),
        (Nothing, Persistence::Upgrade, false),
        None,
    );
    check(
        HEAD,
        (200, Some(3), None, false),
        (Length(3), Implied, false),
        None,
    );
    check(
        HEAD,
        (200, Some(0), Some(3), false),
        (Length(3), Implied, false),
        None,
    );
    check(HEAD, (200, None, None, false), (Nothing, Implied, false), None);
    check(HEAD, (204, None, Some(3), false), (Nothing, Implied, false), None);
    check(
        HEAD,
        (304, None, Some(3), false),
        (Length(3), Implied, false),
        None,
    );
}

#[test]
fn connections() {
    use Delimit::{Chunked, Length, Nothing};
    use Persistence::{Close as Closes, KeepAlive};
    check(
        GET,
        (200, Some(3), None, true),
        (Length(3), Closes, true),
        Some(Close::Answered),
    );
    check(
        LEAVES,
        (200, None, None, false),
        (Chunked, Closes, true),
        Some(Close::Asked),
    );
    check(
        OLD,
        (200, Some(3), None, false),
        (Length(3), Closes, true),
        Some(Close::Asked),
    );
    check(
        OLD,
        (200, None, None, false),
        (Delimit::Close, Closes, true),
        Some(Close::Asked),
    );
    check(
        OLD_STAYS,
        (200, Some(3), None, false),
        (Length(3), KeepAlive, true),
        None,
    );
    check(
        OLD_STAYS,
        (200, None, None, false),
        (Delimit::Close, Closes, true),
        Some(Close::Delimited),
    );
    check(
        OLD_STAYS,
        (304, None, None, false),
        (Nothing, KeepAlive, false),
        None,
    );
    // the body may come or not, and nobody would know what it is
    check(
        WAITS,
        (401, Some(3), None, false),
        (Length(3), Closes, true),
        Some(Close::Unexpected),
    );
    // what follows is a tunnel, or nothing
    check(
        CONNECT,
        (200, None, None, false),
        (Nothing, Closes, false),
        Some(Close::Upgraded),
    );
    check(
        CONNECT,
        (405, Some(3), None, false),
        (Length(3), Persistence::Implied, true),
        None,
    );
}

#[test]
fn an_expectation_that_was_met_closes_nothing() {
    let mut server = Server::new(Limits::default());
    assert!(server.receive(WAITS.as_bytes(), &mut Vec::new()).is_ok());
    assert!(server.take_continue());
    assert!(!server.take_continue());
    assert_eq!(
        server.answer(200, Some(0), None, false).persistence,
        Persistence::Implied
    );
}

#[test]
fn upgrades_have_to_be_asked_for_twice() {
    let cases = [
        ("Connection: upgrade\r\nUpgrade: x\r\n", "1.1", true),
        ("Connection: x, UPGRADE\r\nUpgrade: x\r\n", "1.1", true),
        ("Connection: upgrade\r\n", "1.1", false),
        ("Upgrade: x\r\n", "1.1", false),
        ("Connection: upgrade\r\nUpgrade: x\r\n", "1.0", false),
    ];
    for (fields, version, expected) in cases {
        let mut server = Server::new(Limits::default());
        let request = format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        assert!(server.receive(request.as_bytes(), &mut Vec::new()).is_ok());
        assert_eq!(server.asks_upgrade(), expected, "{fields} {version}");
    }
}
