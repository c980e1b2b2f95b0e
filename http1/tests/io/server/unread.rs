//! Bodies that the handler did not read: read past while that is cheap, or the end of the connection.

use crate::support::{Setup, ok};
use http1::connection::Close;
use http1::io::Options;

fn setup(capacity: usize) -> Setup {
    let options = Options {
        drain_max: 1000,
        ..Options::default()
    };
    Setup {
        options,
        ..Setup::capacity(capacity)
    }
}

const NEXT: &str = "GET /next HTTP/1.1\r\nhost: a\r\n\r\n";

#[test]
fn a_small_rest_is_read_past() {
    for (capacity, len) in [(1, 10), (7, 1000), (64, 999), (4096, 1000)] {
        let mut rig = setup(capacity).serve(|asked, _| Box::pin(async move { ok(&asked.target) }));
        let head = format!("POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: {len}\r\n\r\n");
        let body = "x".repeat(len);
        let got = rig.exchange(&format!("{head}{body}{NEXT}"));
        assert!(!got.contains("close"), "{got}");
        assert!(got.contains("/p") && got.ends_with("/next"), "{got}");
        // also when it comes later
        let got = rig.exchange(&head);
        assert!(got.ends_with("/p"), "{got}");
        assert_eq!(rig.exchange(&body[..len / 2]), "");
        assert!(
            rig.exchange(&format!("{}{NEXT}", &body[len / 2..]))
                .ends_with("/next")
        );
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

/// The answer says that it is the last, all of it arrives, and the rest is read past until the client closes.
#[track_caller]
fn check_closes(framing: &str, body: &str) {
    for capacity in [5, 64, 4096, 1 << 20] {
        let mut rig = setup(capacity).serve(|_, _| Box::pin(async { ok("answer") }));
        let head = format!("POST /p HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n");
        let got = rig.exchange(&format!("{head}{body}"));
        assert!(got.contains("connection: close\r\n"), "{got}");
        assert!(got.ends_with("\r\n\r\nanswer"), "{got}");
        assert!(rig.peer.ended, "the sending side is closed");
        assert_eq!(rig.reason(), None, "it lingers");
        rig.exchange(NEXT);
        assert!(rig.peer.take().is_empty(), "what comes behind is no request");
        assert_eq!(rig.finish(), Some(Close::BodyUnread));
    }
}

#[test]
fn a_large_rest_closes() {
    check_closes("content-length: 1001", "");
    check_closes("content-length: 1001", &"x".repeat(900));
    check_closes("content-length: 100000", &"x".repeat(50_000));
}

#[test]
fn a_rest_of_unknown_length_closes() {
    check_closes("transfer-encoding: chunked", "");
    check_closes("transfer-encoding: chunked", "3\r\nabc\r\n");
    check_closes("transfer-encoding: chunked", "3\r\nabc\r\n0\r\n\r\n");
}

#[test]
fn lingering_is_bounded() {
    let mut rig = setup(4096).serve(|_, _| Box::pin(async { ok("answer") }));
    let head = "POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\n";
    rig.exchange(head);
    let sent = rig.send(&vec![b'x'; 4 << 20]);
    assert_eq!(rig.reason(), Some(Close::BodyUnread));
    assert!((1 << 20..=(1 << 20) + 16 * 1024 + 4096).contains(&sent), "{sent}");
}

#[test]
fn a_body_that_was_read_is_not_unread() {
    let mut rig = setup(4096).serve(crate::support::read_to_end);
    let body = "x".repeat(5000);
    let got = rig.exchange(&format!(
        "POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n{body}{NEXT}"
    ));
    assert!(!got.contains("close"), "{got}");
    assert!(got.ends_with("/next "), "{got}");
}

/// `poll_fn` and its like keep what they captured after they are done, until they are dropped.
#[test]
fn a_handler_that_is_done_holds_nothing() {
    let mut rig = setup(4096).serve(|_, body| {
        Box::pin(std::future::poll_fn(move |_| {
            let _held = &body;
            std::task::Poll::Ready(ok("answer"))
        }))
    });
    let got = rig.exchange("POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n");
    assert!(got.contains("connection: close\r\n"), "{got}");
}

#[test]
fn a_client_that_breaks_the_rest_off_is_aborted() {
    let mut rig = setup(4096).serve(|_, _| Box::pin(async { ok("answer") }));
    rig.exchange("POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
    assert_eq!(rig.finish(), Some(Close::Aborted));
}
