//! What has been used to smuggle requests through proxies, one payload at a time.
//!
//! Each goes through the proxy of [`check::proxy`](crate::check::proxy) in every manner that it knows, with an innocent
//! request before it and a smuggled one behind it. Two things are said of each: which requests the handler was allowed
//! to see, and what the client was told. That the upstream saw exactly those is judged by the readers.

use crate::check::proxy::{Authorised, Setup, judge, run};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const FIRST: &str = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n";

/// Bits of [`Setup::of`]: an upstream that answers early, a handler that refuses.
const EARLY: u8 = 1;
const REFUSES: u8 = 8;

/// What the client is told of each of the upstream's answers; one of them breaks off.
const STATUSES: [Option<u16>; 9] = [
    Some(200),
    Some(200),
    Some(200),
    Some(204),
    Some(413),
    Some(502),
    Some(200),
    None,
    Some(200),
];

/// What an attacker hides in or behind a body.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// `payload` is sent behind [`FIRST`], with `@` for [`SMUGGLED`]. `allowed` are the targets that the handler may see
/// after the first, `told` the statuses of all answers.
fn check(payload: &str, allowed: &[&str], told: &[u16]) {
    let bytes = format!("{FIRST}{}", payload.replace('@', SMUGGLED));
    // every manner for the plain answer, some for the others; what is told is told of an upstream that is patient
    let all = (0..128).filter(|bits| bits & REFUSES == 0);
    let setups = all.map(|bits| (bits, 0));
    let setups = setups.chain((1..9).flat_map(|answer| [0, 1, 23, 96, 113].map(|bits| (bits, answer))));
    for (bits, answer) in setups {
        for seed in [0, 8] {
            let (authorised, answers) = run(Setup::of([seed, bits, answer]), bytes.as_bytes());
            let status = STATUSES[usize::from(answer)].filter(|_| bits & EARLY == 0);
            let passed = |told: &u16, status| if *told == 200 { status } else { *told };
            let told = status.map(|status| told.iter().map(|told| passed(told, status)).collect::<Vec<_>>());
            hold(payload, &authorised, allowed, &answers, told.as_deref());
        }
    }
}

fn hold(
    payload: &str,
    authorised: &[Rc<Authorised>],
    allowed: &[&str],
    answers: &[u8],
    told: Option<&[u16]>,
) {
    let targets: Vec<_> = authorised
        .iter()
        .map(|one| String::from_utf8_lossy(&one.start[1]).into_owned())
        .collect();
    let expected: Vec<&str> = std::iter::once("/first").chain(allowed.iter().copied()).collect();
    // an upstream that fails or closes may end the connection before all were seen
    if told.is_some() {
        assert_eq!(targets, expected, "{payload:?}");
    } else {
        assert!(expected.iter().zip(&targets).all(|(a, b)| a == b) && targets.len() <= expected.len());
    }
    if let Some(told) = told {
        let text = String::from_utf8_lossy(answers);
        let statuses = text
            .split("HTTP/1.1 ")
            .skip(1)
            .filter_map(|rest| rest.get(..3)?.parse::<u16>().ok());
        let finals: Vec<u16> = statuses.filter(|status| *status >= 200).collect();
        assert_eq!(finals, told, "{payload:?}");
    }
}

/// A POST to /p with these fields and whatever follows them.
fn post(fields: &str, behind: &str) -> String {
    format!("POST /p HTTP/1.1\r\nHost: a\r\n{fields}\r\n{behind}")
}

#[test]
fn both_framing_fields_are_refused_in_any_order() {
    check(
        &post(
            "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n@",
        ),
        &[],
        &[200, 400],
    );
    check(
        &post(
            "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n",
            "0\r\n\r\n@",
        ),
        &[],
        &[200, 400],
    );
    check(
        &post(
            "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n@",
        ),
        &[],
        &[200, 400],
    );
    check(
        &post("Content-Length: 0\r\ntransfer-encoding: identity\r\n", "@"),
        &[],
        &[200, 400],
    );
}

#[test]
fn codings_that_are_not_exactly_chunked_are_refused() {
    // 501 where another recipient would know where the body ends (RFC 9112 §6.1), else 400
    for (coding, status) in [
        ("Transfer-Encoding: xchunked", 400),
        ("Transfer-Encoding: chunkedx", 400),
        ("Transfer-Encoding: \"chunked\"", 400),
        ("Transfer-Encoding: 'chunked'", 400),
        ("Transfer-Encoding: chunked;q=1", 400),
        ("Transfer-Encoding: chunked,", 400),
        ("Transfer-Encoding: ,chunked", 400),
        ("Transfer-Encoding: chunked, identity", 400),
        ("Transfer-Encoding: identity, chunked", 501),
        ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding: chunked, chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: x\r\ntransfer-encoding:chunked", 501),
        ("Transfer-Encoding:", 400),
        ("Transfer-Encoding: chunk", 400),
        ("Transfer-Encoding: chunked \u{a0}", 400),
    ] {
        check(&post(&format!("{coding}\r\n"), "0\r\n\r\n@"), &[], &[200, status]);
    }
}

#[test]
fn case_and_blanks_around_it_leave_chunked_what_it_is() {
    for coding in [
        "TRANSFER-ENCODING: CHUNKED",
        "Transfer-Encoding:\tchunked\t",
        "transfer-encoding:  chunked  ",
    ] {
        let payload = post(&format!("{coding}\r\n"), "3\r\nabc\r\n0\r\n\r\n@");
        check(&payload, &["/p", "/smuggled"], &[200, 200, 200]);
    }
}

#[test]
fn names_that_are_no_tokens_are_refused() {
    for field in [
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " Transfer-Encoding: chunked",
        "\tTransfer-Encoding: chunked",
        "Transfer-Encoding\u{b}: chunked",
        "Transfer-Encoding\r: chunked",
        "Transfer\0-Encoding: chunked",
        "Transfer-Encoding",
        ": chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "X: y\r\n\tz",
        "Transfer-Encoding:\r\n chunked",
        "Content-Length : 5",
        "Content-Length\u{a0}: 5",
    ] {
        check(&post(&format!("{field}\r\n"), "0\r\n\r\n@"), &[], &[200, 400]);
    }
}

#[test]
fn values_with_control_bytes_are_refused() {
    for field in [
        "X: a\rb",
        "X: a\0b",
        "X: \u{b}b",
        "X: a\rTransfer-Encoding: chunked",
        "X: a\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: chunked\u{c}",
        "Transfer-Encoding: chu\0nked",
        "X: y\u{7f}",
    ] {
        check(&post(&format!("{field}\r\n"), "0\r\n\r\n@"), &[], &[200, 400]);
    }
}

#[test]
fn lengths_that_are_not_one_number_are_refused() {
    for length in [
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\ncontent-length: 6",
        "Content-Length: 5, 5",
        "Content-Length: 5,6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5;",
        "Content-Length: \"5\"",
        "Content-Length: 5.0",
        "Content-Length: 1_0",
        "Content-Length:",
        "Content-Length: 18446744073709551616",
        "Content-Length: ٥",
    ] {
        check(&post(&format!("{length}\r\n"), "hello@"), &[], &[200, 400]);
    }
}

#[test]
fn lines_that_end_in_a_bare_lf_or_cr_are_refused() {
    for payload in [
        "GET /p HTTP/1.1\nHost: a\r\n\r\n@",
        "GET /p HTTP/1.1\r\nHost: a\n\r\n@",
        "GET /p HTTP/1.1\r\nHost: a\r\n\n@",
        "GET /p HTTP/1.1\nHost: a\n\n@",
        "GET /p HTTP/1.1\r\nHost: a\r\r\n@",
        "GET /p HTTP/1.1\rHost: a\r\n\r\n@",
        "\nGET /p HTTP/1.1\r\nHost: a\r\n\r\n@",
        "\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\n\r\n@",
    ] {
        check(payload, &[], &[200, 400]);
    }
    // one empty line is what clients of old sent behind a body
    check("\r\nGET /p HTTP/1.1\r\nHost: a\r\n\r\n", &["/p"], &[200, 200]);
}

#[test]
fn start_lines_with_room_for_interpretation_are_refused() {
    for (start, status) in [
        ("GET  /p HTTP/1.1", 400),
        ("GET /p  HTTP/1.1", 400),
        ("GET\t/p HTTP/1.1", 400),
        (" GET /p HTTP/1.1", 400),
        ("GET /p HTTP/1.1 ", 400),
        ("GET /p x HTTP/1.1", 400),
        ("GET /p", 400),
        ("GET /p\u{a0} HTTP/1.1", 400),
        ("GET /p#x HTTP/1.1", 400),
        ("G(T /p HTTP/1.1", 400),
        ("GET /p\0 HTTP/1.1", 400),
        ("GET /p HTTP/0.9", 505),
        ("GET /p HTTP/2.0", 505),
        ("GET /p HTTP/1.2", 505),
        ("GET /p http/1.1", 400),
        ("GET /p HTTP/1.1x", 400),
        ("GET /p HTTP/01.1", 505),
    ] {
        check(&format!("{start}\r\nHost: a\r\n\r\n@"), &[], &[200, status]);
    }
}

#[test]
fn http_1_0_knows_no_codings() {
    check(
        "POST /p HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n@",
        &[],
        &[200, 400],
    );
    // it closes behind one request unless it says otherwise
    check("GET /p HTTP/1.0\r\n\r\n@", &["/p"], &[200, 200]);
}

/// The upstream has been told of the request, so that its connection is what breaks.
#[test]
fn broken_chunks_break_the_request_and_let_nothing_follow() {
    for chunks in [
        "5 \r\nhello\r\n0\r\n\r\n@",
        "5\nhello\r\n0\r\n\r\n@",
        "5\r\nhello\n0\r\n\r\n@",
        "5\r\nhello0\r\n\r\n@",
        "5\r\nhello!\r\n0\r\n\r\n@",
        "5\r\nhello!\n0\r\n\r\n@",
        "5\r\nhello\r!0\r\n\r\n@",
        "0x5\r\nhello\r\n0\r\n\r\n@",
        "+5\r\nhello\r\n0\r\n\r\n@",
        "-1\r\nhello\r\n0\r\n\r\n@",
        "\r\n5\r\nhello\r\n0\r\n\r\n@",
        ";a\r\nhello\r\n0\r\n\r\n@",
        "5;a\nhello\r\n0\r\n\r\n@",
        "5;a\rhello\r\n0\r\n\r\n@",
        "5;a=\"b\r\nhello\r\n0\r\n\r\n@",
        "5;a=\"b\r\n\"\r\nhello\r\n0\r\n\r\n@",
        "5 ;a\r\nhello\r\n0\r\n\r\n@",
        "10000000000000005\r\nhello\r\n0\r\n\r\n@",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n@",
        "0\r\nContent-Length: 40\r\n\r\n@",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n@",
        "0\r\nHost: b\r\n\r\n@",
        "0\r\nx : 1\r\n\r\n@",
        "0\r\nx: 1\n\r\n@",
        "0\r\nx: 1\r\n y\r\n\r\n@",
        "0\r\n\n@",
        "0\n\n@",
        "0\r\n\rX@",
    ] {
        check(
            &post("Transfer-Encoding: chunked\r\n", chunks),
            &["/p"],
            &[200, 502],
        );
    }
}

#[test]
fn what_is_in_a_body_stays_there() {
    let inside = SMUGGLED.len();
    let fields = format!("Content-Length: {inside}\r\n");
    check(&post(&fields, "@"), &["/p"], &[200, 200]);
    check(&post(&fields, "@@"), &["/p", "/smuggled"], &[200, 200, 200]);
    let chunked = format!("{inside:x}\r\n@\r\n0\r\n\r\n@");
    check(
        &post("Transfer-Encoding: chunked\r\n", &chunked),
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
    let extended = "5;a=b;c=\"d\\\"e\"\r\nhello\r\n0;x\r\nx-sum: 1\r\n\r\n@";
    check(
        &post("Transfer-Encoding: chunked\r\n", extended),
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
    // without framing fields a request has no body, whatever its method
    check(&post("", "@"), &["/p", "/smuggled"], &[200, 200, 200]);
    check(
        "GET /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello@",
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
}

#[test]
fn garbage_behind_a_request_is_refused_and_ends_the_connection() {
    for garbage in [
        "garbage",
        "\0",
        "garbage\r\n\r\n@",
        "\r\n\r\n@",
        "{}\r\n@",
        "\u{16}\u{3}\u{1}@",
    ] {
        let payload = format!("{}{garbage}", post("Content-Length: 5\r\n", "hello"));
        // what may still become a request line is waited for
        let told: &[u16] = if garbage == "garbage" {
            &[200, 200]
        } else {
            &[200, 200, 400]
        };
        check(&payload, &["/p"], told);
    }
}

#[test]
fn expectations_do_not_change_where_a_body_ends() {
    check(
        &post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello@"),
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
    check(
        &post(
            "Expect: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n0\r\n\r\n@",
        ),
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
    check(
        &post("Expect: 100-continue, x\r\nContent-Length: 5\r\n", "hello@"),
        &[],
        &[200, 417],
    );
    check(
        &post("Expect: y 100-continue\r\nContent-Length: 5\r\n", "hello@"),
        &[],
        &[200, 417],
    );
    check(
        &post("Expect: 100-continue\r\n", "@"),
        &["/p", "/smuggled"],
        &[200, 200, 200],
    );
}

#[test]
fn nominating_the_framing_fields_does_not_take_them_away() {
    let nominated = "Connection: content-length, transfer-encoding, host\r\nContent-Length: 5\r\n";
    check(&post(nominated, "hello@"), &["/p", "/smuggled"], &[200, 200, 200]);
}

#[test]
fn nothing_follows_where_the_client_said_close() {
    check(
        &post("Connection: close\r\nContent-Length: 5\r\n", "hello@"),
        &["/p"],
        &[200, 200],
    );
    check(&post("Connection: x, CLOSE\r\n", "@"), &["/p"], &[200, 200]);
}

/// Nothing of what follows is the tunnel's before the upstream has agreed to one.
#[test]
fn an_upgrade_that_is_not_agreed_to_opens_nothing() {
    let upgrade = "GET /p HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n@";
    check(upgrade, &["/p", "/smuggled"], &[200, 200, 200]);
    check(
        "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n@",
        &["/smuggled"],
        &[200, 400, 200],
    );
}

#[test]
fn hosts_are_one() {
    check("GET /p HTTP/1.1\r\n\r\n@", &[], &[200, 400]);
    check("GET /p HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n@", &[], &[200, 400]);
    check("GET /p HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n@", &[], &[200, 400]);
}

/// The judges, on what proxies with known faults would have sent on.
#[test]
fn planted_faults_are_found() {
    let authorised = |fields: &[(&str, &str)], body: &str| {
        let start = vec![b"POST".to_vec(), b"/p".to_vec()];
        let mut all = vec![(b"Host".to_vec(), b"a".to_vec())];
        all.extend(
            fields
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())),
        );
        vec![Rc::new(Authorised {
            start,
            fields: all,
            body: RefCell::new(body.into()),
            complete: Cell::new(true),
            ..Authorised::default()
        })]
    };
    let sent = |fields: &str, behind: &str| post(fields, behind).replace('@', SMUGGLED).into_bytes();
    let five = authorised(&[("content-length", "5")], "hello");
    judge(&sent("content-length: 5\r\n", "hello"), &five).expect("this one is right");
    for (what, recorded) in [
        ("one more", sent("content-length: 5\r\n", "hello@")),
        ("too much", sent("content-length: 5\r\n", "hello!")),
        ("another body", sent("content-length: 5\r\n", "HELLO")),
        ("another length", sent("content-length: 4\r\n", "hell")),
        (
            "both fields",
            sent("content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        ("a field more", sent("content-length: 5\r\nx: y\r\n", "hello")),
        ("a line more", sent("x: y\nz: \r\ncontent-length: 5\r\n", "hello")),
        ("nothing, but for a second", SMUGGLED.as_bytes().to_vec()),
    ] {
        assert!(judge(&recorded, &five).is_err(), "{what}");
    }
    let injected = authorised(
        &[("x", "y\nTransfer-Encoding: chunked"), ("content-length", "5")],
        "hello",
    );
    let recorded = sent(
        "x: y\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n",
        "hello",
    );
    assert!(judge(&recorded, &injected).is_err(), "a line in a value");
}
