//! When a connection carries another request, and in what order requests are answered.

use crate::support::{Any, Handled, Rig, Setup, Source, SourceHandle, answer, ok, read_to_end};
use http1::connection::Close;
use std::cell::RefCell;
use std::rc::Rc;

/// One request and its answer; whether another may follow, and what the server said about it.
#[track_caller]
fn check(head: &str, connection: Option<&str>, reason: Option<Close>) {
    for capacity in [1, 2, 7, 64, 4096] {
        let mut rig = Setup::capacity(capacity).serve(|_, _| Box::pin(async { ok("ok") }));
        let got = rig.exchange(head);
        let line = connection.map_or(String::new(), |option| format!("connection: {option}\r\n"));
        assert_eq!(
            got,
            format!("HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 2\r\n{line}\r\nok"),
            "{head:?}"
        );
        assert_eq!(rig.reason(), reason, "{head:?}");
        if reason.is_none() {
            let again = rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            assert!(again.ends_with("\r\n\r\nok"), "{again}");
            assert_eq!(rig.finish(), Some(Close::Ended));
        } else {
            assert!(rig.tape.shut.get(), "the client hears that nothing follows");
        }
    }
}

#[test]
fn http_11_stays_unless_the_client_says_otherwise() {
    check("GET / HTTP/1.1\r\nhost: a\r\n\r\n", None, None);
    check(
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        Some("close"),
        Some(Close::Asked),
    );
    check(
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: x, CLOSE\r\n\r\n",
        Some("close"),
        Some(Close::Asked),
    );
}

#[test]
fn http_10_closes_unless_the_client_says_otherwise() {
    check("GET / HTTP/1.0\r\n\r\n", Some("close"), Some(Close::Asked));
    check(
        "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        Some("keep-alive"),
        None,
    );
}

#[test]
fn the_handler_may_close() {
    let mut rig = Setup::default().serve(|_, _| {
        Box::pin(async {
            let mut answer = ok("ok")?;
            answer.head.close();
            Ok(answer)
        })
    });
    let got = rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(got.contains("\r\nconnection: close\r\n"), "{got}");
    assert_eq!(rig.reason(), Some(Close::Answered));
}

#[test]
fn an_empty_line_between_requests_is_skipped() {
    let mut rig = Setup::default().serve(read_to_end);
    let post = "POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx\r\n";
    for _ in 0..3 {
        assert!(rig.exchange(post).ends_with("/1 x"));
    }
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let requests = |from: usize, to: usize| -> String {
        (from..to)
            .map(|n| match n % 3 {
                0 => format!("GET /{n} HTTP/1.1\r\nhost: a\r\n\r\n"),
                1 => format!("POST /{n} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"),
                _ => format!(
                    "PUT /{n} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nde\r\n0\r\nx-t: 1\r\n\r\n"
                ),
            })
            .collect()
    };
    for capacity in [1, 3, 17, 64, 1024, 1 << 20] {
        let mut rig = Setup::capacity(capacity).serve(read_to_end);
        let got = rig.exchange(&requests(0, 1000));
        let bodies: Vec<&str> = got
            .split("HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: ")
            .skip(1)
            .map(|answer| answer.split_once("\r\n\r\n").unwrap().1)
            .collect();
        let expected: Vec<String> = (0..1000)
            .map(|n| format!("/{n} {}", ["", "abc", "de"][n % 3]))
            .collect();
        assert_eq!(bodies, expected, "{capacity}");
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

/// What a server was asked for that answers when told to.
#[derive(Clone, Default)]
struct Demands {
    targets: Rc<RefCell<Vec<String>>>,
    sources: Rc<RefCell<Vec<SourceHandle>>>,
}

impl Demands {
    fn serve(&self) -> Rig {
        let demands = self.clone();
        Setup::default().serve(move |asked, _| -> Handled {
            demands.targets.borrow_mut().push(asked.target);
            let (source, handle) = Source::new(Some(1));
            demands.sources.borrow_mut().push(handle);
            Box::pin(async move { Ok(answer(200, Any::of(source))) })
        })
    }
}

#[test]
fn a_request_waits_for_the_answer_before_it() {
    let demands = Demands::default();
    let mut rig = demands.serve();
    let one = rig.exchange("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(one.ends_with("\r\n\r\n"), "the head goes ahead: {one}");
    assert_eq!(*demands.targets.borrow(), ["/1"]);
    demands.sources.borrow()[0].push("a");
    let rest = rig.exchange("");
    assert!(rest.starts_with("aHTTP/1.1 200 OK\r\n"), "{rest}");
    assert_eq!(*demands.targets.borrow(), ["/1", "/2"]);
}

#[test]
fn what_is_pipelined_is_held_in_one_buffer() {
    let demands = Demands::default();
    let mut rig = demands.serve();
    let many = "GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(10_000);
    let sent = rig.send(many.as_bytes());
    assert_eq!(demands.targets.borrow().len(), 1);
    // the connection's own 64 KiB, a receive buffer, and the one that was taken out of it
    assert!((64 * 1024..=80 * 1024 + 27).contains(&sent), "{sent}");
}
