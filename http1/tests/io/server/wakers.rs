//! Wake-ups that could be missed: what is polled here is polled only when it was woken.

use crate::support::{Any, Handled, Setup, Wire, answer, collect, ok, read_to_end};
use http1::io::Incoming;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

const HEAD: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n";

/// The handler finds nothing to read, and the loop, right behind it, does: the handler has to hear of it.
#[test]
fn what_the_loop_reads_wakes_the_handler() {
    let mut rig = Setup::default().serve(read_to_end);
    assert_eq!(rig.exchange(HEAD), "");
    rig.peer.push(b"abc");
    rig.tape.blind_reads.set(1);
    assert!(rig.exchange("").ends_with("abc"));
}

#[test]
fn what_the_loop_reads_wakes_an_answer_that_is_made_of_it() {
    let mut rig = Setup::default().serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(body))) }));
    assert!(rig.exchange(HEAD).ends_with("\r\n\r\n"));
    rig.peer.push(b"abc");
    rig.tape.blind_reads.set(1);
    assert_eq!(rig.exchange(""), "abc");
}

#[test]
fn the_end_that_the_loop_reads_wakes_the_handler() {
    let options = http1::io::Options {
        half_close: true,
        ..http1::io::Options::default()
    };
    let mut rig = Setup {
        options,
        ..Setup::default()
    }
    .serve(read_to_end);
    assert_eq!(rig.exchange(HEAD), "");
    rig.peer.shut();
    rig.tape.blind_reads.set(1);
    assert!(rig.exchange("").starts_with("HTTP/1.1 400 "));
}

/// A waker of its own, as `FuturesUnordered` and `join_all` give to each future: woken, it is polled, else not.
struct Inner {
    woken: AtomicBool,
    outer: Waker,
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        self.outer.wake_by_ref();
    }
}

fn in_a_task_of_its_own(mut future: Handled) -> Handled {
    let mut inner: Option<Arc<Inner>> = None;
    Box::pin(poll_fn(move |cx| {
        let inner = inner.get_or_insert_with(|| {
            Arc::new(Inner {
                woken: AtomicBool::new(true),
                outer: cx.waker().clone(),
            })
        });
        if !inner.woken.swap(false, Ordering::Relaxed) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(inner));
        Pin::new(&mut future).poll(&mut Context::from_waker(&waker))
    }))
}

#[test]
fn a_body_is_heard_of_in_a_task_within_the_task() {
    let mut rig = Setup::default().serve(|asked, body| in_a_task_of_its_own(read_to_end(asked, body)));
    assert_eq!(rig.exchange(HEAD), "");
    assert_eq!(rig.exchange("a"), "");
    assert_eq!(rig.exchange("b"), "");
    assert!(rig.exchange("c").ends_with("abc"));
}

#[test]
fn an_invitation_goes_on_when_the_client_takes_it() {
    for capacity in [1, 10, 24] {
        let mut rig = Setup::capacity(capacity).serve(read_to_end);
        rig.push("POST /e HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
        let mut got = 0;
        while got < 25 {
            let pulled = rig.peer.pull(1);
            assert!(pulled > 0, "it stands still after {got} bytes");
            got += pulled;
            rig.task.run();
        }
        rig.peer.take();
        assert!(rig.exchange("abc").ends_with("abc"));
    }
}

/// The handler lets go of the body while the invitation is stuck: the answer comes behind all of it.
#[test]
fn an_invitation_that_is_stuck_comes_before_the_answer() {
    let mut rig = Setup::capacity(4).serve(|_, mut body| {
        Box::pin(async move {
            let _ = poll_fn(|cx| Poll::Ready(http1::io::Body::poll_ready(&mut body, cx))).await;
            drop(body);
            ok("enough")
        })
    });
    rig.push("POST /e HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
    let got = rig.exchange("");
    assert!(
        got.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
        "{got}"
    );
    assert!(got.ends_with("enough"), "{got}");
    assert!(
        rig.exchange("abcGET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .ends_with("enough")
    );
}

#[test]
fn a_slow_flush_is_waited_for() {
    for slow in [1, 2, 5] {
        let mut rig = Setup {
            buffered: true,
            ..Setup::capacity(7)
        }
        .serve(read_to_end);
        rig.tape.slow_flushes.set(slow);
        assert!(rig.exchange(&format!("{HEAD}abc")).ends_with("abc"));
        rig.tape.slow_flushes.set(slow);
        assert!(rig.exchange(&format!("{HEAD}abc")).ends_with("abc"));
    }
}

/// A client that has pipelined more than there is room for: the loop looks no further, and goes on when it can.
#[test]
fn a_full_buffer_neither_spins_nor_sticks() {
    let told = Rc::new(Cell::new(None::<Waker>));
    let go = Rc::new(Cell::new(false));
    let mut rig = Setup::capacity(1 << 20).serve({
        let (told, go) = (Rc::clone(&told), Rc::clone(&go));
        move |_, mut body: Incoming<Wire>| {
            let (told, go) = (Rc::clone(&told), Rc::clone(&go));
            Box::pin(async move {
                poll_fn(|cx| {
                    told.set(Some(cx.waker().clone()));
                    if go.get() { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                let all = collect(&mut body).await.unwrap();
                ok(&all.len().to_string())
            })
        }
    });
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n";
    rig.push(&format!("{head}{}{HEAD}abc", "x".repeat(100_000)));
    let polls = rig.task.polls;
    rig.task.run();
    assert_eq!(rig.task.polls, polls, "nothing wakes it");
    go.set(true);
    told.take().unwrap().wake();
    let got = rig.exchange("");
    assert!(got.contains("\r\n\r\n100000HTTP/1.1 200"), "{got}");
    assert!(got.ends_with("\r\n\r\n3"), "{got}");
}

/// Linger with a client that neither sends nor closes stands still without spinning.
#[test]
fn lingering_waits() {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    rig.exchange("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n");
    let polls = rig.task.polls;
    rig.task.run();
    assert_eq!(rig.task.polls, polls);
    rig.peer.leave();
    rig.task.run();
    assert!(rig.task.is_done());
}
