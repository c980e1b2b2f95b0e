//! Interim answers on their way to the client (RFC 9110 §15.2).

use crate::support::{Any, Setup, answer, collect};
use http1::head::{FieldName, FieldValue};
use http1::io::{Full, Interims};
use http1::write::ResponseHead;
use std::cell::RefCell;
use std::rc::Rc;

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const HINT: &str = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";

fn hint(status: u16, value: &str) -> ResponseHead {
    let mut head = ResponseHead::new(Vec::new(), status);
    head.add(
        FieldName::constant("link"),
        FieldValue::new(value.as_bytes()).unwrap(),
    );
    head
}

#[test]
fn they_come_before_the_answer_and_are_not_waited_for() {
    for (capacity, buffered) in [(1, false), (64, true), (4096, false), (4096, true)] {
        let way = Rc::new(RefCell::new(None::<Interims>));
        let keep = Rc::clone(&way);
        let setup = Setup {
            capacity,
            buffered,
            ..Setup::default()
        };
        let mut rig = setup.serve(move |asked, body| {
            *keep.borrow_mut() = Some(body.interims());
            Box::pin(async move {
                if asked.target == "/" {
                    assert!(body.interims().send(hint(103, "</a>")));
                    std::future::pending::<()>().await;
                }
                Ok(answer(200, Any::of(Full::new("done"))))
            })
        });
        assert_eq!(rig.exchange(GET), HINT, "{capacity}, {buffered}");
        // whoever makes the answer may go on with it
        assert!(way.borrow().as_ref().unwrap().send(hint(102, "</a>")));
        rig.task.nudge();
        assert!(
            rig.exchange("")
                .starts_with("HTTP/1.1 102 Processing\r\nlink: </a>\r\n\r\n")
        );
    }
}

#[test]
fn those_of_the_last_moment_come_before_it_too() {
    let mut rig = Setup::capacity(5).serve(|_, body| {
        Box::pin(async move {
            let way = body.interims();
            assert!(way.send(hint(103, "</a>")) && way.send(hint(103, "</a>")));
            Ok(answer(200, Any::of(Full::new("done"))))
        })
    });
    for _ in 0..2 {
        let got = rig.exchange(GET);
        let rest = got.strip_prefix(HINT).and_then(|rest| rest.strip_prefix(HINT));
        let rest = rest.unwrap_or_else(|| panic!("{got}"));
        assert!(
            rest.starts_with("HTTP/1.1 200 OK\r\n") && rest.ends_with("done"),
            "{rest}"
        );
    }
}

#[test]
fn they_stay_behind_an_invitation() {
    let mut rig = Setup::capacity(7).serve(|_, mut body| {
        Box::pin(async move {
            let way = body.interims();
            let content = std::pin::pin!(collect(&mut body)).await.unwrap();
            assert!(way.send(hint(103, "</a>")));
            Ok(answer(200, Any::of(Full::new(content))))
        })
    });
    let head = "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    assert_eq!(rig.exchange(head), "HTTP/1.1 100 Continue\r\n\r\n");
    let got = rig.exchange("abc");
    assert!(got.starts_with(HINT) && got.ends_with("abc"), "{got}");
}

/// Neither clients that know none, nor more than is taken, nor anything that is no hint.
#[test]
fn what_is_not_sent() {
    let tried = Rc::new(RefCell::new(Vec::new()));
    let tell = Rc::clone(&tried);
    let mut rig = Setup::capacity(1 << 20).serve(move |asked, body| {
        let way = body.interims();
        let statuses: &[u16] = match &*asked.target {
            "/final" => &[200, 100, 101],
            "/many" => &[103, 103, 103],
            _ => &[103],
        };
        let value = if asked.target == "/many" {
            "x".repeat(7_000)
        } else {
            "</a>".into()
        };
        let sent = statuses.iter().map(|status| way.send(hint(*status, &value)));
        tell.borrow_mut().extend(sent);
        Box::pin(async { Ok(answer(200, Any::of(Full::new("done")))) })
    });
    let got = rig.exchange(&GET.replace("/ ", "/final "));
    assert!(got.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
    let got = rig.exchange(&GET.replace("/ ", "/many "));
    assert_eq!(got.matches("HTTP/1.1 103 ").count(), 2);
    let got = rig.exchange("GET / HTTP/1.0\r\nhost: a\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
    assert_eq!(tried.take(), [false, false, false, true, true, false, false]);
}

#[test]
fn none_follows_the_answer() {
    let way = Rc::new(RefCell::new(None::<Interims>));
    let keep = Rc::clone(&way);
    let mut rig = Setup::default().serve(move |_, body| {
        *keep.borrow_mut() = Some(body.interims());
        Box::pin(async { Ok(answer(200, Any::of(Full::new("done")))) })
    });
    rig.exchange(GET);
    assert!(!way.borrow().as_ref().unwrap().send(hint(103, "</a>")));
    assert!(rig.exchange(GET).starts_with("HTTP/1.1 200 OK\r\n"));
}
