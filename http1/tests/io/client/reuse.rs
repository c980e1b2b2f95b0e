//! One connection, many requests.

use crate::support::{Any, Caller, collect, request};
use http1::io::{Connection, Full, SendError};
use std::rc::Rc;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Sends a request and takes its answer.
fn round(caller: Caller, n: usize) -> Caller {
    let body = "b".repeat(n % 5);
    let length = n.is_multiple_of(2).then_some(body.len() as u64);
    let upload = Some(Any::of(Full::new(body.clone())));
    let mut calling = caller.call(request("POST", length), upload);
    let got = calling.exchange("");
    let sent = match length {
        Some(length) => format!("content-length: {length}\r\n\r\n{body}"),
        None if body.is_empty() => "chunked\r\n\r\n0\r\n\r\n".to_owned(),
        None => format!("chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
    };
    assert!(got.ends_with(&sent), "{got}");
    let bytes = if n.is_multiple_of(3) {
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    } else {
        OK
    };
    // the head alone first, so that small connections do not hold more than it
    let head = bytes.find("\r\n\r\n").unwrap() + 4;
    calling.exchange(&bytes[..head]);
    let mut reading = calling.then(|sent| async move {
        let mut receiving = sent.result.unwrap();
        assert_eq!(collect(&mut receiving).await.unwrap(), b"ok");
        receiving.finish()
    });
    reading.exchange(&bytes[head..]);
    Caller {
        connection: reading.task.output.take().unwrap().unwrap(),
        peer: reading.peer,
        tape: reading.tape,
    }
}

#[test]
fn requests_follow_each_other() {
    for capacity in [1, 7, 64, 4096] {
        for vectored in [true, false] {
            let mut caller = Caller::over(capacity, |wire| wire.vectored = vectored);
            for n in 0..100 {
                caller = round(caller, n);
                assert!(!caller.connection.has_ended());
            }
        }
    }
}

#[test]
fn streams_that_flush_are_flushed() {
    for slow in [0, 1, 3] {
        let mut caller = Caller::over(5, |wire| wire.buffered = true);
        for n in 0..20 {
            caller.tape.slow_flushes.set(slow);
            caller = round(caller, n);
        }
    }
}

#[test]
fn an_idle_connection_that_ended_says_so() {
    let mut caller = round(Caller::new(4096), 0);
    assert!(!caller.connection.has_ended());
    caller.peer.shut();
    assert!(caller.connection.has_ended());
    assert!(caller.connection.has_ended());
}

#[test]
fn an_idle_connection_that_speaks_has_ended() {
    let mut caller = round(Caller::new(1 << 20), 0);
    caller.peer.push(OK.repeat(1000).as_bytes());
    assert!(caller.connection.has_ended());
    // nothing more is read, however often it is asked
    for _ in 0..100 {
        caller.peer.push(&[b'x'; 16 * 1024]);
        assert!(caller.connection.has_ended());
    }
    assert!(caller.peer.push(&[b'x'; 1 << 20]) < 100 * 1024, "it was read");
    let mut calling = caller.call(request("GET", Some(0)), None::<Any>);
    calling.exchange("");
    assert!(matches!(
        calling.task.output.take().unwrap().result.map(drop),
        Err(SendError::Unsent(_))
    ));
}

#[test]
fn an_idle_connection_that_fails_has_ended() {
    let mut caller = round(Caller::new(4096), 0);
    caller.tape.reads_fail.set(true);
    assert!(caller.connection.has_ended());
}

#[test]
fn the_end_of_an_idle_connection_wakes() {
    let caller = round(Caller::new(4096), 0);
    let tape = Rc::clone(&caller.tape);
    let mut connection: Connection<_> = caller.connection;
    let mut task = crate::support::Task::new(async move {
        std::future::poll_fn(|cx| connection.poll_ended(cx)).await;
    });
    let mut peer = caller.peer;
    task.run();
    assert!(!task.is_done());
    peer.shut();
    task.run();
    assert!(task.is_done());
    drop(tape);
}

#[test]
fn head_and_first_bytes_leave_in_one_write() {
    for (length, vectored) in [(Some(5), true), (Some(5), false), (None, true), (None, false)] {
        let caller = Caller::over(4096, |wire| wire.vectored = vectored);
        let mut calling = caller.call(request("POST", length), Some(Any::of(Full::new("hello"))));
        let got = calling.exchange("");
        let writes = calling.tape.writes.take();
        assert_eq!(writes.len(), 1, "{length:?} {vectored}");
        assert_eq!(writes.concat(), got.as_bytes());
    }
}
