//! What an answer is, and what the connection is worth after it: framing, early answers, closing.

use super::account::check_conservation;
use super::virtual_world::{OK, Virtual, answer, head, run, spec, write};
use bytes::Bytes;
use loadgen::{Arrival, Failure, JobSpec, Recording};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;

/// Larger than what the pipe takes, so that it cannot leave unread.
const UPLOAD_BYTES: usize = 1024 * 1024;

/// One request after the other, so that a connection that can be used again is.
fn slow(requests: u64) -> JobSpec {
    let mut spec = spec();
    (spec.arrival, spec.rate, spec.requests) = (Arrival::Constant, 10.0, Some(requests));
    spec.duration = Duration::from_secs(60);
    spec
}

/// Each of `spec`'s requests done, over so many connections and with so many bytes of bodies.
fn check(world: &Virtual, spec: JobSpec, connections: u64, body_bytes: u64) -> Recording {
    let requests = spec.requests.expect("a limit");
    let (recording, events) = run(world.clone(), spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.done, requests, "{:?}", recording.examples);
    assert_eq!(recording.counts.body_bytes, body_bytes);
    assert_eq!(world.dialled.get(), connections);
    recording
}

#[test]
fn ambiguous_answers_are_protocol_failures() {
    const CASES: [(&str, &str); 8] = [
        (
            "200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "beside Transfer-Encoding",
        ),
        (
            "200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
            "more than one",
        ),
        ("200 OK\r\ncontent-length: +2\r\n\r\nok", "no number"),
        (
            "200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "transfer coding",
        ),
        ("200 OK\ncontent-length: 2\r\n\r\nok", "CRLF"),
        ("200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok", "folded"),
        (
            "101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "101",
        ),
        (
            "200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokk\r\n0\r\n\r\n",
            "chunk",
        ),
    ];
    for (bytes, reason) in CASES {
        let world = Virtual::new(move |_, mut stream| async move {
            while head(&mut stream).await.is_some() {
                write(&mut stream, &format!("HTTP/1.1 {bytes}")).await;
            }
        });
        let (recording, events) = run(world, slow(5));
        check_conservation(&recording, &events);
        assert_eq!(
            recording.counts.failed,
            BTreeMap::from([(Failure::Protocol, 5)]),
            "{bytes:?}"
        );
        let example = &recording.examples[&Failure::Protocol];
        assert!(example.contains(reason), "{bytes:?}: {example}");
    }
}

#[test]
fn heads_without_end_are_protocol_failures() {
    for head_bytes in [
        format!("x: {}", "y".repeat(65 * 1024)),
        "x: y\r\n".repeat(101) + "\r\n",
    ] {
        let world = Virtual::new(move |_, mut stream| {
            let bytes = format!("HTTP/1.1 200 OK\r\n{head_bytes}");
            async move {
                head(&mut stream).await;
                write(&mut stream, &bytes).await;
                std::future::pending().await
            }
        });
        let (recording, events) = run(world, slow(3));
        check_conservation(&recording, &events);
        assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Protocol, 3)]));
    }
}

#[test]
fn answers_without_bodies_keep_their_connection() {
    let cases = [
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ),
    ];
    for (method, bytes) in cases {
        let mut spec = slow(20);
        spec.method = method.into();
        check(&Virtual::new(move |_, stream| answer(stream, bytes)), spec, 1, 0);
    }
}

#[test]
fn chunks_are_counted_without_their_framing_and_trailers() {
    const CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
        3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n";
    check(
        &Virtual::new(|_, stream| answer(stream, CHUNKS)),
        slow(20),
        1,
        20 * 13,
    );
}

#[test]
fn bytes_that_nobody_asked_for_cost_the_connection() {
    const TWO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
    check(
        &Virtual::new(|_, stream| answer(stream, TWO)),
        slow(20),
        20,
        20 * 2,
    );
}

#[test]
fn connection_close_of_the_job_dials_for_every_request() {
    let mut spec = slow(20);
    spec.headers = vec![("Connection".into(), "close".into())];
    check(&Virtual::new(|_, stream| answer(stream, OK)), spec, 20, 20 * 2);
}

#[test]
fn uploads_are_sent_whole_and_keep_their_connection() {
    let world = Virtual::new(|_, mut stream| async move {
        while let Some(head) = head(&mut stream).await {
            assert!(head.contains("\r\ncontent-length: 1048576\r\n"), "{head}");
            let mut body = vec![0; UPLOAD_BYTES];
            stream.read_exact(&mut body).await.expect("the body");
            assert!(body.iter().all(|byte| *byte == b'u'));
            write(&mut stream, OK).await;
        }
    });
    let mut spec = slow(10);
    (spec.method, spec.body) = ("POST".into(), Bytes::from(vec![b'u'; UPLOAD_BYTES]));
    check(&world, spec, 1, 10 * 2);
}

/// The answer counts; where the next request would begin nobody knows.
#[test]
fn an_early_answer_to_an_upload_is_an_answer_and_costs_the_connection() {
    let world = Virtual::new(|_, mut stream| async move {
        head(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nno!",
        )
        .await;
        // never reads on, and never closes
        std::future::pending::<()>().await;
        drop(stream);
    });
    let mut spec = slow(10);
    (spec.method, spec.body) = ("POST".into(), Bytes::from(vec![b'u'; UPLOAD_BYTES]));
    let recording = check(&world, spec, 10, 10 * 3);
    assert_eq!(recording.counts.statuses, BTreeMap::from([(413, 10)]));
}

/// A request that waits is not put on a connection that was closed behind the last answer.
#[test]
fn connections_closed_behind_an_answer_are_not_used_by_who_waits() {
    let world = Virtual::new(|_, mut stream| async move {
        head(&mut stream).await;
        sleep(Duration::from_millis(5)).await;
        write(&mut stream, OK).await;
    });
    let mut spec = slow(50);
    (spec.rate, spec.connections) = (1_000.0, 1);
    check(&world, spec, 50, 50 * 2);
}
