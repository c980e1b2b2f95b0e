//! Answers as they are received.

use crate::support::{Any, Caller, Peer, collect, request};
use http1::connection::Close;
use http1::io::{Body, Empty};

/// What this answer is to a request with this method: its status, its body, and whether the connection can go on. The
/// server closes behind it if `ends`.
#[track_caller]
fn check(method: &str, bytes: &str, ends: bool, expected: (u16, &str), reason: Result<(), Close>) {
    for capacity in [1, 2, 13, 64, 4096] {
        let mut calling = Caller::new(capacity).call(request(method, Some(0)), None::<Any>);
        let got = calling.exchange("");
        assert!(got.ends_with("host: a\r\n\r\n"), "{got}");
        // as much as is taken while the head is waited for
        let mut sent = 0;
        while calling.task.output.is_none() {
            let pushed = calling.peer.push(&bytes.as_bytes()[sent..]);
            sent += pushed;
            let ran = calling.task.run();
            assert!(pushed > 0 || ran, "{bytes:?} stands still at {sent}");
        }
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            let fields = receiving.head().unwrap().fields.len();
            assert!(fields < 10);
            let body = String::from_utf8(collect(&mut receiving).await.unwrap()).unwrap();
            assert!(receiving.head().is_none());
            assert!(receiving.is_done());
            (receiving.status(), body, receiving.finish().map(drop))
        });
        reading.exchange(&bytes[sent..]);
        if ends {
            assert!(reading.task.output.is_none());
            reading.peer.shut();
            reading.exchange("");
        }
        let (status, body, finished) = reading.task.output.take().expect("the answer has ended");
        assert_eq!((status, body.as_str()), expected, "{bytes:?}");
        assert_eq!(finished, reason, "{bytes:?}");
    }
}

#[test]
fn bodies_end_where_they_say() {
    let ok = "HTTP/1.1 200 OK\r\n";
    check(
        "GET",
        &format!("{ok}content-length: 3\r\n\r\nabc"),
        false,
        (200, "abc"),
        Ok(()),
    );
    check(
        "GET",
        &format!("{ok}content-length: 0\r\n\r\n"),
        false,
        (200, ""),
        Ok(()),
    );
    check(
        "GET",
        &format!("{ok}transfer-encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        false,
        (200, "abc"),
        Ok(()),
    );
    check(
        "GET",
        &format!("{ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n"),
        false,
        (200, "abc"),
        Ok(()),
    );
    check(
        "GET",
        &format!("{ok}\r\nabc"),
        true,
        (200, "abc"),
        Err(Close::Delimited),
    );
    check(
        "GET",
        "HTTP/1.0 200 OK\r\n\r\nabc",
        true,
        (200, "abc"),
        Err(Close::Delimited),
    );
}

#[test]
fn the_server_may_close() {
    check(
        "GET",
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc",
        false,
        (200, "abc"),
        Err(Close::Asked),
    );
    check(
        "GET",
        "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc",
        false,
        (200, "abc"),
        Err(Close::Asked),
    );
    check(
        "GET",
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nabc",
        false,
        (200, "abc"),
        Ok(()),
    );
}

#[test]
fn some_answers_have_no_body_whatever_they_say() {
    for framing in ["content-length: 3\r\n", "transfer-encoding: chunked\r\n", ""] {
        check(
            "HEAD",
            &format!("HTTP/1.1 200 OK\r\n{framing}\r\n"),
            false,
            (200, ""),
            Ok(()),
        );
        check(
            "GET",
            &format!("HTTP/1.1 204 No Content\r\n{framing}\r\n"),
            false,
            (204, ""),
            // one that announces a body may send it, and it would be taken for the next answer
            if framing.is_empty() {
                Ok(())
            } else {
                Err(Close::Unsolicited)
            },
        );
        check(
            "GET",
            &format!("HTTP/1.1 304 Not Modified\r\n{framing}\r\n"),
            false,
            (304, ""),
            Ok(()),
        );
    }
}

#[test]
fn what_nobody_asked_for_ends_the_connection() {
    for (method, bytes, body) in [
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcd", "abc"),
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", ""),
        (
            "GET",
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "",
        ),
    ] {
        let mut calling = Caller::new(4096).call(request(method, Some(0)), None::<Any>);
        calling.exchange(bytes);
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            let body = collect(&mut receiving).await.unwrap();
            (body, receiving.finish().map(drop))
        });
        reading.exchange("");
        let (got, finished) = reading.task.output.take().unwrap();
        assert_eq!(got, body.as_bytes());
        assert_eq!(finished, Err(Close::Unsolicited), "{bytes:?}");
    }
}

#[test]
fn an_answer_whose_body_was_not_read_cannot_be_finished() {
    let mut calling = Caller::new(4096).call(request("GET", Some(0)), None::<Any>);
    calling.exchange("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert_eq!(receiving.length(), Some(3));
    assert_eq!(receiving.finish().map(drop), Err(Close::Failed));
}

#[test]
fn interim_answers_are_skipped_up_to_a_bound() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let interim = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    for times in 0..=4 {
        check(
            "GET",
            &format!("{}{answer}", interim.repeat(times)),
            false,
            (200, "ok"),
            Ok(()),
        );
    }
    let mut calling = Caller::new(4096).call(request("GET", Some(0)), None::<Any>);
    calling.exchange(&format!("{}{answer}", interim.repeat(5)));
    assert!(calling.task.output.unwrap().result.is_err());
    // and the count starts anew with each request
    let mut caller = Caller::new(4096);
    for _ in 0..3 {
        let mut calling = caller.call(request("GET", Some(0)), None::<Any>);
        calling.exchange(&format!("{}{answer}", interim.repeat(4)));
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            collect(&mut receiving).await.unwrap();
            receiving.finish()
        });
        reading.exchange("");
        caller = Caller {
            connection: reading.task.output.take().unwrap().unwrap(),
            peer: reading.peer,
            tape: reading.tape,
        };
    }
}

#[test]
fn a_large_head_arrives() {
    let fields = format!("x: {}\r\n", "y".repeat(30_000));
    check(
        "GET",
        &format!("HTTP/1.1 200 OK\r\n{fields}content-length: 3\r\n\r\nabc"),
        false,
        (200, "abc"),
        Ok(()),
    );
}

#[test]
fn an_empty_upload_is_the_same_as_none() {
    let mut calling = Caller::new(4096).call(request("POST", Some(0)), Some(Any::of(Empty)));
    let got = calling.exchange("");
    assert!(got.ends_with("content-length: 0\r\n\r\n"), "{got}");
    calling.exchange("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert!(receiving.finish().is_ok());
}

/// Dropping an answer tells the server that nobody waits.
#[test]
fn a_dropped_answer_closes() {
    let mut calling = Caller::new(4096).call(request("GET", Some(0)), None::<Any>);
    calling.exchange("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na");
    drop(calling.task.output.take());
    let peer: &mut Peer = &mut calling.peer;
    peer.pull(1);
    assert!(peer.ended);
}
