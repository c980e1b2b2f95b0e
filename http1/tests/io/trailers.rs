//! Trailers (RFC 9110 §6.5): offered when the content has ended, and passed on only by whoever takes them.

use crate::support::{Any, Caller, Setup, answer, collect, request};
use http1::head::Trailers;
use http1::io::{Body, BodyError, Chunk, Full};
use std::task::{Context, Poll};

/// Passes another body on with what came behind it.
struct With<B>(B);

impl<B: Body> Body for With<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        self.0.poll_ready(cx)
    }

    fn bytes(&self) -> Chunk<'_> {
        self.0.bytes()
    }

    fn consume(&mut self, len: usize) {
        self.0.consume(len);
    }

    fn length(&self) -> Option<u64> {
        self.0.length()
    }

    fn trailers(&mut self) -> Option<Trailers> {
        self.0.received_trailers()?.only(|name| !name.is("x-gone"))
    }
}

const HEAD: &str = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

#[test]
fn an_echo_passes_them_on_at_every_capacity() {
    for capacity in [1, 3, 64, 4096] {
        let mut rig = Setup::capacity(capacity)
            .serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(With(body)))) }));
        // those of one message are not the next one's
        for (section, expected) in [
            ("X-Sum: 1\r\nx-gone: 2\r\nX-More:\r\n", "X-Sum: 1\r\nX-More: \r\n"),
            ("", ""),
            ("x-gone: 2\r\n", ""),
        ] {
            let got = rig.exchange(&format!("{HEAD}3\r\nabc\r\n0\r\n{section}\r\n"));
            assert!(
                got.ends_with(&format!("\r\n0\r\n{expected}\r\n")),
                "{capacity}: {got}"
            );
        }
    }
}

#[test]
fn they_are_dropped_where_nobody_takes_them() {
    let mut rig = Setup::default().serve(|_, mut body| {
        Box::pin(async move {
            let content = collect(&mut body).await.unwrap();
            Ok(answer(200, Any::of(Full::new(content))))
        })
    });
    let got = rig.exchange(&format!("{HEAD}3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n").repeat(2));
    assert!(got.ends_with("abc") && !got.contains("X-Sum"), "{got}");
}

#[test]
fn those_of_an_answer_are_offered_behind_its_content() {
    let mut calling = Caller::new(64).call(request("GET", Some(0)), None);
    calling
        .exchange("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n");
    let mut then = calling.then(|sent| async move {
        let mut receiving = sent.result.unwrap();
        assert!(receiving.received_trailers().is_none());
        collect(&mut receiving).await.unwrap();
        let trailers = receiving.received_trailers().unwrap();
        trailers.with_fields(|fields| {
            fields
                .find("x-sum")
                .and_then(|value| value.text().map(str::to_owned))
        })
    });
    then.exchange("");
    assert_eq!(then.task.output.take().unwrap().as_deref(), Some("1"));
}
