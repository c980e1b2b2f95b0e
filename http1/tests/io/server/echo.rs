//! The request's body streams back while it comes.

use crate::support::{Any, Handled, Setup, Wire, answer};
use http1::connection::Close;
use http1::io::Incoming;

fn echo(_: crate::support::Asked, body: Incoming<Wire>) -> Handled {
    Box::pin(async move { Ok(answer(200, Any::of(body))) })
}

#[test]
fn known_lengths_come_back_as_they_go() {
    for capacity in [1, 7, 64, 4096] {
        let mut rig = Setup::capacity(capacity).serve(echo);
        let got = rig.exchange("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\n");
        assert!(got.ends_with("content-length: 6\r\n\r\n"), "{got}");
        assert_eq!(rig.exchange("abc"), "abc");
        assert_eq!(rig.exchange("def"), "def");
        let got = rig.exchange("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nghi");
        assert!(got.ends_with("ghi"), "{got}");
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

#[test]
fn chunks_come_back_as_they_go() {
    for capacity in [1, 7, 64, 4096] {
        let mut rig = Setup::capacity(capacity).serve(echo);
        let got = rig.exchange("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
        assert!(got.ends_with("transfer-encoding: chunked\r\n\r\n"), "{got}");
        let mut back = String::new();
        for piece in [
            "3\r\nabc\r\n",
            "3;x\r\nd",
            "ef",
            "\r\n0\r",
            "\nx-sum: 1\r",
            "\n\r\n",
        ] {
            back += &rig.exchange(piece);
        }
        let content: String = back
            .split("\r\n")
            .filter(|line| line.starts_with(|c| c > '9'))
            .collect();
        assert_eq!(content, "abcdef");
        assert!(back.ends_with("0\r\n\r\n"), "{back}");
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

#[test]
fn many_on_one_connection_pipelined() {
    let one = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc\
               PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\nx: y\r\n\r\n";
    let mut rig = Setup::capacity(16).serve(echo);
    let got = rig.exchange(&one.repeat(50));
    assert_eq!(got.matches("content-length: 3\r\n\r\nabc").count(), 50);
    assert_eq!(got.matches("3\r\ndef\r\n0\r\n\r\n").count(), 50);
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn a_client_that_breaks_off_gets_no_whole_answer() {
    let mut rig = Setup::default().serve(echo);
    rig.exchange("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab");
    rig.peer.shut();
    let got = rig.exchange("");
    assert!(!got.contains("0\r\n\r\n"), "{got}");
    assert!(matches!(rig.reason(), Some(Close::Aborted | Close::Failed)));
}

#[test]
fn a_body_that_nobody_may_see_is_drained() {
    let mut rig = Setup::default().serve(echo);
    let head = "HEAD / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n";
    let got = rig.exchange(&format!("{head}abc{head}abc"));
    assert_eq!(got.matches("content-length: 3\r\n\r\n").count(), 2, "{got}");
    assert_eq!(rig.finish(), Some(Close::Ended));
}
