//! `Expect: 100-continue` (RFC 9110 §10.1.1).

use crate::support::{Any, Setup, Source, answer, collect, ok, read_to_end};
use http1::connection::Close;
use http1::io::Full;

const HEAD: &str = "POST /e HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn it_is_said_once_the_body_is_asked_for() {
    for (capacity, buffered) in [
        (1, false),
        (5, false),
        (64, false),
        (4096, false),
        (3, true),
        (4096, true),
    ] {
        let mut rig = Setup {
            capacity,
            buffered,
            ..Setup::default()
        }
        .serve(read_to_end);
        assert_eq!(rig.exchange(HEAD), CONTINUE, "{capacity}, {buffered}");
        let got = rig.exchange("abc");
        assert!(got.ends_with("\r\n\r\n/e abc"), "{got}");
        assert!(!got.contains("close"), "{got}");
        // once per request, and owed again by the next
        assert_eq!(rig.exchange(HEAD), CONTINUE);
        assert!(rig.exchange("abc").ends_with("/e abc"));
    }
}

#[test]
fn a_final_status_instead_closes() {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("no") }));
    let got = rig.exchange(HEAD);
    assert!(got.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
    assert!(got.contains("\r\nconnection: close\r\n"), "{got}");
    assert!(got.ends_with("\r\n\r\nno"), "{got}");
    assert!(rig.peer.ended, "the client hears the end");
    // it may send the body all the same, which is no request
    rig.exchange("GET");
    assert_eq!(rig.finish(), Some(Close::Unexpected));
}

#[test]
fn nothing_is_said_for_an_empty_body_or_to_http_10() {
    for head in [
        "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n",
        "POST / HTTP/1.0\r\nconnection: keep-alive\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n",
    ] {
        let mut rig = Setup::default().serve(read_to_end);
        assert!(rig.exchange(head).starts_with("HTTP/1.1 200 OK\r\n"));
        assert_eq!(rig.reason(), None);
    }
}

#[test]
fn a_body_that_is_asked_for_while_the_answer_streams_is_invited_before_its_head() {
    let mut rig = Setup::default().serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(body))) }));
    let got = rig.exchange(HEAD);
    let rest = got.strip_prefix(CONTINUE).expect("the invitation comes first");
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "{rest}");
    assert_eq!(rig.exchange("abc"), "abc");
}

/// A body that first says something of its own, and only then looks at the request's.
#[test]
fn nothing_is_said_in_the_middle_of_an_answer() {
    use http1::io::{Body, BodyError, Chunk};
    use std::task::{Context, Poll};

    struct Late<B>(Source, B, bool);

    impl<B: Body> Body for Late<B> {
        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
            self.2 |= matches!(self.0.poll_ready(cx), Poll::Ready(Ok(false)));
            if self.2 {
                return self.1.poll_ready(cx);
            }
            self.0.poll_ready(cx)
        }

        fn bytes(&self) -> Chunk<'_> {
            if self.2 { self.1.bytes() } else { self.0.bytes() }
        }

        fn consume(&mut self, len: usize) {
            if self.2 {
                self.1.consume(len);
            } else {
                self.0.consume(len);
            }
        }

        fn length(&self) -> Option<u64> {
            None
        }
    }

    let (own, handle) = Source::new(None);
    let own = std::cell::RefCell::new(Some(own));
    let mut rig = Setup::default().serve(move |_, body| {
        let own = own.take().unwrap();
        Box::pin(async move { Ok(answer(200, Any::of(Late(own, body, false)))) })
    });
    handle.push("own");
    let mut got = rig.exchange(HEAD);
    handle.end();
    got += &rig.exchange("");
    got += &rig.exchange("abc");
    let rest = got.strip_prefix(CONTINUE).unwrap_or(&got);
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
    assert!(rest.ends_with("3\r\nown\r\n3\r\nabc\r\n0\r\n\r\n"), "{got}");
    assert!(!rest.contains("100 Continue"), "{got}");
}

#[test]
fn an_invitation_that_nobody_took_up_is_drained() {
    let mut rig = Setup::default().serve(|_, mut body| {
        Box::pin(async move {
            let asked =
                std::future::poll_fn(|cx| std::task::Poll::Ready(http1::io::Body::poll_ready(&mut body, cx)));
            assert!(asked.await.is_pending());
            drop(body);
            ok("enough")
        })
    });
    let got = rig.exchange(HEAD);
    assert!(got.starts_with(CONTINUE), "{got}");
    assert!(got.ends_with("enough"), "{got}");
    assert!(rig.exchange(&format!("abc{HEAD}")).ends_with("enough"));
    assert_eq!(rig.reason(), None);
}

#[test]
fn another_expectation_is_refused() {
    let mut rig = Setup::default().serve(|_, mut body| {
        Box::pin(async move {
            let _ = collect(&mut body).await;
            Ok(answer(200, Any::of(Full::new(""))))
        })
    });
    let got = rig.exchange("POST / HTTP/1.1\r\nhost: a\r\nexpect: x\r\ncontent-length: 1\r\n\r\na");
    assert!(got.starts_with("HTTP/1.1 417 "), "{got}");
    assert!(got.contains("connection: close"), "{got}");
}
