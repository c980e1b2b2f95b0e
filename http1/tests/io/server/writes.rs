//! How many writes an answer takes, which is what a small one costs.

use crate::support::{Any, Setup, Source, answer};
use http1::io::{Body, Full};

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// The lengths of the writes that this body's answer takes.
fn writes<B: Body + 'static>(vectored: bool, make: impl Fn() -> B + 'static) -> Vec<usize> {
    let mut rig = Setup {
        vectored,
        capacity: 1 << 20,
        ..Setup::default()
    }
    .serve(move |_, _| {
        let body = Any::of(make());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    let got = rig.exchange(GET);
    let writes = rig.writes();
    assert_eq!(got, writes.concat());
    writes.iter().map(String::len).collect()
}

#[test]
fn head_and_small_body_leave_in_one_write() {
    for vectored in [true, false] {
        assert_eq!(writes(vectored, || Full::new("hello")).len(), 1);
        assert_eq!(writes(vectored, || Full::new("")).len(), 1);
        assert_eq!(writes(vectored, || Full::new(vec![b'x'; 4096])).len(), 1);
        assert_eq!(writes(vectored, || Source::of(None, &["hello"])).len(), 1);
        assert_eq!(writes(vectored, || Source::of(None, &["a", "b", "c"])).len(), 1);
        assert_eq!(writes(vectored, || Source::of(None, &[])).len(), 1);
    }
}

#[test]
fn a_large_body_leaves_with_the_head_and_is_not_copied_where_slices_are_taken() {
    assert_eq!(writes(true, || Full::new(vec![b'x'; 100_000])).len(), 1);
    assert_eq!(writes(false, || Full::new(vec![b'x'; 100_000])).len(), 2);
}

#[test]
fn chunks_are_gathered() {
    let pieces = ["x"; 10_000];
    let writes = writes(true, move || Source::of(None, &pieces));
    // six bytes each
    assert!(writes.len() <= 5, "{writes:?}");
}

#[test]
fn a_head_does_not_wait_for_its_body() {
    let (source, handle) = Source::new(Some(5));
    let source = std::cell::RefCell::new(Some(source));
    let mut rig = Setup::default().serve(move |_, _| {
        let body = Any::of(source.take().unwrap());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    assert!(rig.exchange(GET).ends_with("\r\n\r\n"));
    handle.push("hello");
    assert_eq!(rig.exchange(""), "hello");
    assert_eq!(rig.writes().len(), 2);
}

#[test]
fn pipelined_answers_are_a_write_each() {
    let mut rig =
        Setup::default().serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(Full::new("hello")))) }));
    rig.exchange(&GET.repeat(10));
    assert_eq!(rig.writes().len(), 10);
}
