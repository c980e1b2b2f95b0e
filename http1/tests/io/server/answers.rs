//! How answers end.

use crate::support::{Any, Rig, Setup, Source, answer};
use http1::connection::Close;
use http1::io::{Answer, Cut};

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

fn serves(capacity: usize, make: impl Fn() -> Result<Answer<Any>, Cut> + 'static) -> Rig {
    Setup::capacity(capacity).serve(move |_, _| {
        let answer = make();
        Box::pin(async move { answer })
    })
}

/// What this answer is on the wire to this request, and how the connection ends.
#[track_caller]
fn check(
    request: &str,
    make: impl Fn() -> Result<Answer<Any>, Cut> + Clone + 'static,
    expected: &str,
    reason: Option<Close>,
) {
    for capacity in [1, 2, 13, 64, 4096] {
        for vectored in [true, false] {
            let make = make.clone();
            let mut rig = Setup {
                vectored,
                ..Setup::capacity(capacity)
            }
            .serve(move |_, _| {
                let answer = make();
                Box::pin(async move { answer })
            });
            assert_eq!(rig.exchange(request), expected, "{request:?} over {capacity}");
            assert_eq!(rig.reason(), reason);
        }
    }
}

fn parts(status: u16, length: Option<u64>, pieces: &'static [&'static str]) -> Result<Answer<Any>, Cut> {
    Ok(answer(status, Any::of(Source::of(length, pieces))))
}

#[test]
fn bodies_are_delimited() {
    check(
        GET,
        || parts(200, Some(5), &["ab", "cde"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 5\r\n\r\nabcde",
        None,
    );
    check(
        GET,
        || parts(200, Some(0), &[]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n",
        None,
    );
    check(
        GET,
        || parts(200, None, &["ab", "cde"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
        None,
    );
    check(
        GET,
        || parts(200, None, &[]),
        "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        None,
    );
}

#[test]
fn http_10_gets_no_chunks() {
    check(
        "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        || parts(200, None, &["ab", "cde"]),
        "HTTP/1.1 200 OK\r\nx: y\r\nconnection: close\r\n\r\nabcde",
        Some(Close::Delimited),
    );
    check(
        "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        || parts(200, None, &[]),
        "HTTP/1.1 200 OK\r\nx: y\r\nconnection: close\r\n\r\n",
        Some(Close::Delimited),
    );
    check(
        "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        || parts(200, Some(2), &["ab"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nab",
        None,
    );
}

#[test]
fn some_answers_have_no_body_whatever_the_handler_gives() {
    let head = "HEAD / HTTP/1.1\r\nhost: a\r\n\r\n";
    check(
        head,
        || parts(200, Some(3), &["abc"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 3\r\n\r\n",
        None,
    );
    check(
        head,
        || parts(200, None, &["abc"]),
        "HTTP/1.1 200 OK\r\nx: y\r\n\r\n",
        None,
    );
    check(
        GET,
        || parts(204, Some(3), &["abc"]),
        "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n",
        None,
    );
    check(
        GET,
        || parts(304, Some(3), &["abc"]),
        "HTTP/1.1 304 Not Modified\r\nx: y\r\n\r\n",
        None,
    );
    let announced = |status| {
        let mut answer = parts(status, None, &["abc"])?;
        answer.head.announce(7);
        Ok(answer)
    };
    check(
        head,
        move || announced(200),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 7\r\n\r\n",
        None,
    );
    check(
        GET,
        move || announced(304),
        "HTTP/1.1 304 Not Modified\r\nx: y\r\ncontent-length: 7\r\n\r\n",
        None,
    );
    check(
        GET,
        move || announced(204),
        "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n",
        None,
    );
}

#[test]
fn a_body_that_is_not_as_long_as_it_said_does_not_desynchronise() {
    check(
        GET,
        || parts(200, Some(3), &["ab", "cdef", "g"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 3\r\n\r\nabc",
        None,
    );
    check(
        GET,
        || parts(200, Some(3), &["ab"]),
        "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 3\r\n\r\nab",
        Some(Close::Failed),
    );
}

/// It breaks off behind "ab": the client sees that something is missing.
#[track_caller]
fn check_breaks(length: Option<u64>, expected: &str) {
    for at_once in [true, false] {
        let (source, handle) = Source::new(length);
        let source = std::cell::RefCell::new(Some(source));
        let mut rig = serves(4096, move || Ok(answer(200, Any::of(source.take().ok_or(Cut)?))));
        handle.push("ab");
        if at_once {
            handle.fail();
        }
        let mut got = rig.exchange(GET);
        if !at_once {
            assert_eq!(rig.reason(), None);
            handle.fail();
            got += &rig.exchange("");
        }
        assert_eq!(got, expected);
        assert_eq!(rig.reason(), Some(Close::Failed));
        assert!(rig.peer.ended);
        assert!(handle.is_dropped());
    }
}

#[test]
fn a_body_that_fails_leaves_its_answer_incomplete() {
    check_breaks(Some(3), "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 3\r\n\r\nab");
    check_breaks(
        None,
        "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
    );
}

#[test]
fn a_cut_connection_is_dropped() {
    check(GET, || Err(Cut), "", Some(Close::Failed));
}

/// A final answer is what the client counts: an interim one would shift all that follow.
#[test]
fn an_interim_status_is_no_answer() {
    for status in [100, 102, 103] {
        check(GET, move || parts(status, Some(0), &[]), "", Some(Close::Failed));
    }
}

#[test]
fn a_status_that_is_none_becomes_500() {
    for status in [0, 99, 600, u16::MAX] {
        check(
            GET,
            move || parts(status, Some(0), &[]),
            "HTTP/1.1 500 Internal Server Error\r\nx: y\r\ncontent-length: 0\r\n\r\n",
            None,
        );
    }
}
