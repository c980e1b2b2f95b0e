//! The two loops against each other, as a proxy joins them.

use crate::support::{Any, Handled, Peer, Setup, Tape, Wire, answer, ok};
use http1::connection::Close;
use http1::head::Limits;
use http1::io::{Body, Buffers, Connection, Waiting};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::io::duplex;

/// A proxy for one request of chunks, and its upstream.
fn proxy(capacity: usize) -> (crate::support::Rig, Peer, Rc<Tape>) {
    let (near, far) = duplex(capacity);
    let wire = Wire::new(near);
    let tape = Rc::clone(&wire.tape);
    let wire = RefCell::new(Some(wire));
    let rig = Setup::capacity(capacity).serve(move |asked, body| -> Handled {
        let wire = wire.take();
        Box::pin(async move {
            let Some(wire) = wire else { return ok("none left") };
            let connection = Connection::new(wire, Limits::default(), Buffers::default());
            let request = crate::support::request(&asked.method, body.length());
            let mut upload = Some(body);
            match connection.send(&request, &mut upload, || ()).await {
                Ok(receiving) => Ok(answer(receiving.status(), Any::of(receiving))),
                Err(_) => Ok(answer(502, Any::of(http1::io::Empty))),
            }
        })
    });
    (rig, Peer::new(far), tape)
}

/// The content of the chunks behind a head.
fn content(message: &str) -> String {
    let chunks = message.split_once("\r\n\r\n").map_or("", |(_, chunks)| chunks);
    chunks.split("\r\n").skip(1).step_by(2).collect()
}

const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

#[test]
fn upload_and_answer_stream_at_once() {
    for capacity in [1, 64, 4096] {
        let (mut rig, mut upstream, _) = proxy(capacity);
        let mut seen = String::new();
        let mut got = rig.exchange("");
        let mut step = |rig: &mut crate::support::Rig, client: &str, server: &str| {
            let (mut client, mut server) = (client.as_bytes(), server.as_bytes());
            loop {
                let sent = rig.peer.push(client);
                client = &client[sent..];
                let answered = upstream.push(server);
                server = &server[answered..];
                let ran = rig.task.run();
                let moved = rig.peer.pull(4096) + upstream.pull(4096);
                if sent + answered + moved == 0 && !ran {
                    break;
                }
            }
            assert!(client.is_empty() && server.is_empty(), "something stands still");
            seen += &upstream.take();
            got += &rig.peer.take();
            (seen.clone(), got.clone())
        };
        let (seen, _) = step(&mut rig, POST, "");
        assert!(seen.ends_with("chunked\r\n\r\n"), "{seen}");
        let (seen, _) = step(&mut rig, "3\r\nabc\r\n", "");
        assert_eq!(content(&seen), "abc", "{seen}");
        let (_, got) = step(
            &mut rig,
            "",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        );
        assert_eq!(content(&got), "ok", "{got}");
        let (seen, _) = step(&mut rig, "3\r\ndef\r\n", "");
        assert_eq!(content(&seen), "abcdef", "{seen}");
        let (seen, _) = step(&mut rig, "0\r\n\r\n", "");
        assert!(seen.ends_with("0\r\n\r\n"), "{seen}");
        let (_, got) = step(&mut rig, "", "0\r\n\r\n");
        assert!(got.ends_with("0\r\n\r\n"), "{got}");
        assert_eq!(rig.watch.waiting(), Waiting::Idle);
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

/// A client that sends all of its request before it reads, while the answer comes already: the upload must not wait
/// for the answer to be taken.
#[test]
fn a_client_that_does_not_read_yet_can_send_on() {
    for chunked in [true, false] {
        let (mut rig, mut upstream, _) = proxy(1024);
        rig.push(POST);
        upstream.pull(4096);
        let answer = if chunked {
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
                chunk.repeat(16)
            )
        } else {
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n{}",
                "x".repeat(65536)
            )
        };
        let chunk = format!("400\r\n{}\r\n", "y".repeat(1024));
        let upload = format!("{}0\r\n\r\n", chunk.repeat(100));
        let (mut client, mut server) = (upload.as_bytes(), answer.as_bytes());
        loop {
            let sent = rig.peer.push(client);
            client = &client[sent..];
            let answered = upstream.push(server);
            server = &server[answered..];
            let ran = rig.task.run();
            if sent + answered + upstream.pull(4096) == 0 && !ran {
                break;
            }
        }
        assert_eq!(client.len(), 0, "the upload stands still; chunked: {chunked}");
        let uploaded = upstream.take().matches('y').count();
        assert_eq!(uploaded, 100 * 1024);
    }
}

/// The client is waited for by the upload, and nothing else could go on: it is held to its deadline.
#[test]
fn an_upload_under_an_early_answer_is_waited_for() {
    let (mut rig, mut upstream, _) = proxy(4096);
    rig.exchange(POST);
    upstream.push(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n");
    assert!(rig.exchange("").ends_with("ok\r\n"));
    assert_eq!(rig.watch.waiting(), Waiting::Body);
}

/// The upstream takes no more: whatever the client does not send is not waited for.
#[test]
fn an_upload_that_nobody_takes_is_not_waited_for() {
    let (mut rig, mut upstream, tape) = proxy(4096);
    rig.exchange(POST);
    upstream.push(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n");
    rig.exchange("");
    tape.writes_fail_after.set(Some(0));
    rig.exchange("3\r\nabc\r\n");
    upstream.push(b"2\r\nok\r\n");
    assert!(rig.exchange("").ends_with("ok\r\n"));
    assert_eq!(rig.watch.waiting(), Waiting::Answer);
}

#[test]
fn a_client_that_goes_takes_its_upstream_connection_with_it() {
    let (mut rig, mut upstream, _) = proxy(4096);
    rig.exchange(POST);
    upstream.pull(4096);
    rig.peer.leave();
    rig.task.run();
    upstream.pull(4096);
    assert!(upstream.ended);
    assert!(rig.task.is_done());
}
