//! Servers that refuse, break off, break the rules, or are no servers of HTTP/2.

use super::peer::*;
use super::*;
use h2::Reason;
use h2::server::Builder;
use http::Response;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;

/// What becomes of one request whose stream the server answers with these frames (kind, flags, payload), and whether
/// the connection lives on.
async fn outcome(frames: &'static [(u8, u8, &'static [u8])]) -> (Result<Http2Answer, Broken2>, Http2) {
    let http2 = scripted(&[], async move |mut peer| {
        peer.preface().await;
        let stream = peer.next(HEADERS).await.expect("a request").stream;
        for (kind, flags, payload) in frames {
            peer.write(*kind, *flags, stream, payload).await;
        }
        while let Some(next) = peer.next(HEADERS).await {
            peer.write(HEADERS, END_HEADERS | END_STREAM, next.stream, OK)
                .await;
        }
    })
    .await;
    (get(&http2).await, http2)
}

#[test]
fn a_stream_that_fails_harms_no_other() {
    // five bytes are promised
    const SHORT: &[(u8, u8, &[u8])] = &[
        (HEADERS, END_HEADERS, b"\x88\0\x0econtent-length\x015"),
        (DATA, END_STREAM, b"abc"),
    ];
    let check = |frames, kind, hint| {
        run(async move {
            let (outcome, http2) = outcome(frames).await;
            check_failed(outcome, kind, hint);
            assert!(http2.is_usable(), "{hint}: {:?}", http2.ended());
            assert_eq!(get(&http2).await.expect("an answer").status, 200);
            assert_eq!(http2.in_flight(), 0);
        });
    };
    let (reset, protocol) = (Failure::Reset, Failure::Protocol);
    check(
        &[(RST_STREAM, 0, &[0, 0, 0, 2])],
        reset,
        "reset the stream (INTERNAL_ERROR)",
    );
    check(
        &[(RST_STREAM, 0, &[0, 0, 0, 0])],
        reset,
        "reset the stream (NO_ERROR)",
    );
    check(
        &[(RST_STREAM, 0, &[0, 0, 0, 13])],
        reset,
        "wants HTTP/1.1 (HTTP_1_1_REQUIRED): drop --http2",
    );
    check(
        &[(RST_STREAM, 0, &[0, 0, 1, 2])],
        reset,
        "reset the stream (code 0x102)",
    );
    check(
        &[
            (HEADERS, END_HEADERS, OK),
            (DATA, 0, b"half"),
            (RST_STREAM, 0, &[0, 0, 0, 8]),
        ],
        reset,
        "reset the stream (CANCEL)",
    );
    // no status at all
    check(SHORT, protocol, "broke the rules of HTTP/2");
    check(
        &[(HEADERS, END_HEADERS | END_STREAM, b"\0\x01a\x01b")],
        protocol,
        "PROTOCOL_ERROR",
    );
}

#[test]
fn what_the_server_did_not_look_at_may_be_sent_again() {
    run(async {
        let (outcome, http2) = outcome(&[(RST_STREAM, 0, &[0, 0, 0, 7])]).await;
        assert_eq!(outcome.expect_err("refused"), Broken2::Unsent);
        assert_eq!(get(&http2).await.expect("an answer").status, 200);
    });
}

#[test]
fn a_connection_that_fails_fails_all_that_is_on_it() {
    let check = |frames, hint: &'static str| {
        run(async move {
            let (outcome, http2) = outcome(frames).await;
            check_failed(outcome, Failure::Protocol, hint);
            http2.until_ended().await;
            assert!(
                http2.ended().expect("it has").contains(hint),
                "{:?}",
                http2.ended()
            );
            assert_eq!(get(&http2).await.expect_err("no more"), Broken2::Unsent);
        });
    };
    // HPACK that refers to nothing; a frame on a stream that was never opened
    check(&[(HEADERS, END_HEADERS, &[0xfe])], "broke the rules of HTTP/2 (");
    check(
        &[(WINDOW_UPDATE, 0, &[0x7f, 0xff, 0xff, 0xff]), (SETTINGS, 0, &[])],
        "PROTOCOL_ERROR",
    );
}

#[test]
fn goodbye_lets_what_was_accepted_end_and_gives_back_the_rest() {
    run(async {
        let http2 = scripted(&[], async |mut peer| {
            peer.preface().await;
            let first = peer.next(HEADERS).await.expect("a request").stream;
            let second = peer.next(HEADERS).await.expect("another").stream;
            assert_eq!((first, second), (1, 3));
            // the last stream is the first, and there is no error
            peer.write(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            peer.write(HEADERS, END_HEADERS | END_STREAM, first, OK).await;
            peer.drain().await;
        })
        .await;
        let gone = async {
            http2.until_ended().await;
            assert_eq!(
                http2.ended(),
                Some("the server ends the connection (GOAWAY, NO_ERROR)")
            );
            let sent = Cell::new(false);
            let late = http2
                .exchange(&request("GET", "/"), Bytes::new(), Keep::Nothing, || {
                    sent.set(true)
                })
                .await;
            assert_eq!((late.expect_err("no more"), sent.get()), (Broken2::Unsent, false));
            assert_eq!(http2.in_flight(), 1);
        };
        let (first, second, ()) = tokio::join!(get(&http2), get(&http2), gone);
        assert_eq!(first.expect("an answer").status, 200);
        assert_eq!(second.expect_err("not looked at"), Broken2::Unsent);
        assert!(!http2.is_usable());
    });
}

#[test]
fn an_end_in_the_middle_is_a_reset() {
    run(async {
        let http2 = scripted(&[], async |mut peer| {
            peer.preface().await;
            let stream = peer.next(HEADERS).await.expect("a request").stream;
            peer.next(HEADERS).await.expect("another");
            peer.write(HEADERS, END_HEADERS, stream, OK).await;
            peer.write(DATA, 0, stream, b"half").await;
        })
        .await;
        let (first, second) = tokio::join!(get(&http2), get(&http2));
        check_failed(first, Failure::Reset, "the connection ended early");
        check_failed(second, Failure::Reset, "the connection ended early");
        assert_eq!(get(&http2).await.expect_err("no more"), Broken2::Unsent);
        assert!(!http2.is_usable());
    });
}

#[test]
fn an_idle_connection_tells_its_end() {
    run(async {
        let http2 = scripted(&[], async |mut peer| {
            peer.preface().await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        })
        .await;
        assert!(http2.is_usable());
        http2.until_ended().await;
        assert_eq!(http2.ended(), Some("the server closed the connection"));
    });
}

/// What waits for room when the connection ends does not wait for ever.
#[test]
fn nobody_waits_for_room_on_a_dead_connection() {
    run(async {
        let http2 = scripted(&[0, 3, 0, 0, 0, 1], async |mut peer| {
            peer.preface().await;
            peer.next(HEADERS).await.expect("a request");
        })
        .await;
        let (first, second) = tokio::join!(get(&http2), get(&http2));
        check_failed(first, Failure::Reset, "ended early");
        assert_eq!(second.expect_err("no room any more"), Broken2::Unsent);
    });
}

#[test]
fn servers_without_http2_are_called_that() {
    let check = |answer: &'static [u8], kind, hint: &'static str| {
        run(async move {
            let (near, mut far) = duplex(1024);
            let server = async {
                far.write_all(answer).await.expect("room in the pipe");
                far.shutdown().await.expect("shut down");
                let mut said = Vec::new();
                far.read_to_end(&mut said).await.expect("read");
                assert!(said.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
            };
            let (connected, ()) = tokio::join!(Http2::connect(near), server);
            let (found, text) = connected.err().expect("no HTTP/2");
            assert_eq!(found, kind, "{text}");
            assert!(text.contains(hint), "{hint:?} is not in {text:?}");
        });
    };
    let hint = "does not speak HTTP/2";
    check(
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        Failure::Protocol,
        hint,
    );
    check(b"<html></html>", Failure::Protocol, hint);
    check(b"", Failure::Reset, "no HTTP/2: the connection ended early");
    check(b"no", Failure::Reset, "no HTTP/2: ");
}

#[test]
fn a_server_that_says_nothing_is_the_callers_to_leave() {
    run(async {
        let (near, far) = duplex(1024);
        assert!(
            timeout(Duration::from_secs(10), Http2::connect(near))
                .await
                .is_err()
        );
        drop(far);
    });
}

#[test]
fn an_exchange_that_is_dropped_cancels_its_stream_alone() {
    run(async {
        let ended = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&ended);
        let http2 = connected(&Builder::new(), move |request, mut respond| {
            let seen = Rc::clone(&seen);
            async move {
                let endless = request.uri().path() == "/endless";
                let mut stream = respond.send_response(Response::new(()), !endless).expect("sent");
                if !endless {
                    return;
                }
                loop {
                    stream.reserve_capacity(1_000);
                    let capacity = poll_fn(|cx| {
                        if let std::task::Poll::Ready(reason) = stream.poll_reset(cx) {
                            seen.borrow_mut().push(reason.expect("a reset"));
                            return std::task::Poll::Ready(None);
                        }
                        stream.poll_capacity(cx)
                    });
                    match capacity.await {
                        Some(Ok(room)) => stream.send_data(vec![b'x'; room].into(), false).expect("sent"),
                        _ => break,
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        })
        .await;
        let endless = request("GET", "/endless");
        let endless = || http2.exchange(&endless, Bytes::new(), Keep::UpTo(10), || {});
        let both = async { tokio::join!(endless(), endless()) };
        assert!(timeout(Duration::from_secs(3), both).await.is_err());
        assert_eq!(http2.in_flight(), 0);
        assert_eq!(get(&http2).await.expect("an answer").status, 200);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(*ended.borrow(), [Reason::CANCEL; 2]);
    });
}

/// More than h2 remembers by itself: a server that was slow has its answers under way.
#[test]
fn answers_to_thousands_that_timed_out_do_not_end_the_connection() {
    const AT_ONCE: usize = 1_000;
    const ROUNDS: usize = 3;
    run(async {
        let http2 = scripted(&[], async |mut peer| {
            peer.preface().await;
            while let Some(frame) = peer.read().await {
                let late = frame.kind == RST_STREAM;
                let last = frame.stream as usize > 2 * AT_ONCE * ROUNDS;
                if late || frame.kind == HEADERS && last {
                    peer.write(HEADERS, END_HEADERS, frame.stream, OK).await;
                    peer.write(DATA, END_STREAM, frame.stream, b"late").await;
                }
            }
        })
        .await;
        let http2 = Rc::new(http2);
        for _ in 0..ROUNDS {
            let tasks: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    let http2 = Rc::clone(&http2);
                    tokio::task::spawn_local(
                        async move { timeout(Duration::from_secs(1), get(&http2)).await },
                    )
                })
                .collect();
            for task in tasks {
                assert!(task.await.expect("no panic").is_err(), "no answer in time");
            }
        }
        let answer = get(&http2).await.expect("an answer");
        assert_eq!((answer.status, answer.body_bytes), (200, 4));
        assert_eq!(http2.streams_opened(), (AT_ONCE * ROUNDS + 1) as u64);
    });
}

#[test]
fn requests_that_cannot_be_sent_are_the_generators_fault() {
    run(async {
        let http2 = connected(&Builder::new(), async |_, mut respond| {
            respond.send_response(Response::new(()), true).expect("sent");
        })
        .await;
        let mut hop = request("GET", "/");
        hop.headers_mut()
            .insert("connection", "close".parse().expect("a value"));
        let mut bare = request("GET", "/");
        *bare.uri_mut() = "/".parse().expect("a path");
        for wrong in [hop, bare] {
            let sent = Cell::new(false);
            let outcome = http2
                .exchange(&wrong, Bytes::new(), Keep::Nothing, || sent.set(true))
                .await;
            check_failed(outcome, Failure::Local, "the request cannot be sent");
            assert!(!sent.get());
        }
        assert_eq!(get(&http2).await.expect("an answer").status, 200);
        assert_eq!(http2.in_flight(), 0);
    });
}

/// A head without end is a failure and no full memory.
#[test]
fn heads_have_a_bound() {
    run(async {
        let http2 = connected(&Builder::new(), async |_, mut respond| {
            let large = Response::builder()
                .header("x", "y".repeat(70_000))
                .body(())
                .expect("an answer");
            respond.send_response(large, true).expect("sent");
        })
        .await;
        check_failed(get(&http2).await, Failure::Protocol, "broke the rules");
    });
}

#[test]
fn dropping_a_connection_closes_it() {
    run(async {
        let closed = Rc::new(Cell::new(false));
        let seen = Rc::clone(&closed);
        let http2 = scripted(&[], async move |mut peer| {
            peer.preface().await;
            peer.drain().await;
            seen.set(true);
        })
        .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!closed.get());
        drop(http2);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(closed.get());
    });
}
