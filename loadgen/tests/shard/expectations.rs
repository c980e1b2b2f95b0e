//! What an answer must be: what is not as expected is counted once, under what was wrong, and in words.

use super::account::check_conservation;
use super::virtual_world::{Virtual, answer, run, spec};
use loadgen::{Body, Catalogue};
use loadgen::{Expect, JobSpec, StepSpec, Unexpected};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nX-Kind: good\r\nx-kind: better\r\ncontent-length: 11\r\n\r\nhello world";
const TEAPOT: &str = "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy";

fn job(expect: &str) -> JobSpec {
    let expect = match expect {
        "" => Expect::default(),
        text => Expect::parse(text).unwrap_or_else(|errors| panic!("{errors:?}")),
    };
    let step = StepSpec {
        name: "GET".into(),
        method: "GET".into(),
        authority: "test".into(),
        path: "/".into(),
        body: Body::default(),
        expect: Arc::new(expect),
        ..StepSpec::default()
    };
    let step = step.build(None, &mut Vec::new()).expect("a request");
    let mut spec = spec();
    spec.catalogue = Some(Arc::new(Catalogue::single(step)));
    (spec.requests, spec.duration) = (Some(50), Duration::from_secs(60));
    spec
}

#[test]
fn answers_are_held_to_what_is_expected() {
    use Unexpected::{Body, Header, Size, Status};
    let cases = [
        (ANSWER, "", None),
        (TEAPOT, "", None),
        (BROKEN, "", Some(Status)),
        (ANSWER, "status=200", None),
        (ANSWER, "status=200|304", None),
        (TEAPOT, "status=2xx", Some(Status)),
        (TEAPOT, "status=4xx", None),
        (BROKEN, "status=503", None),
        (ANSWER, "header:X-Kind=good", None),
        (ANSWER, "header:x-kind~^bet", None),
        (ANSWER, "header:X-Kind=bad", Some(Header)),
        (ANSWER, "header:X-Other~.", Some(Header)),
        (ANSWER, "size=11", None),
        (ANSWER, "size<11", Some(Size)),
        (ANSWER, "size>1KiB", Some(Size)),
        (ANSWER, "body~^hello w", None),
        (ANSWER, "body~goodbye", Some(Body)),
        (
            ANSWER,
            "status=200,header:X-Kind=good,size<1KiB,body~world$",
            None,
        ),
        (ANSWER, "status=200,body~nothing of it", Some(Body)),
    ];
    for (bytes, expect, wanted) in cases {
        let (recording, events) = run(Virtual::new(move |_, stream| answer(stream, bytes)), job(expect));
        check_conservation(&recording, &events);
        let unexpected: BTreeMap<_, _> = wanted.map(|kind| (kind, 50)).into_iter().collect();
        assert_eq!(recording.counts.unexpected, unexpected, "{expect:?}");
        assert_eq!(recording.counts.done, 50, "{expect:?}: what was answered is done");
        let words = wanted.map_or(0, |_| 1);
        assert_eq!(recording.surprises.len(), words, "{:?}", recording.surprises);
        let errors = unexpected.values().sum::<u64>();
        assert_eq!(recording.counts.errors(), errors);
    }
}

/// What is looked at is bounded, and a connection is kept whatever came of the answer.
#[test]
fn expectations_cost_no_connection() {
    let world = Virtual::new(|_, stream| answer(stream, ANSWER));
    let mut spec = job("body~nothing,status=201");
    (spec.rate, spec.connections) = (10.0, 64);
    let (recording, _) = run(world.clone(), spec);
    assert_eq!(recording.counts.unexpected_total(), 50);
    assert_eq!(world.dialled.get(), recording.counts.connections);
    assert!(world.dialled.get() < 10, "{}", world.dialled.get());
}
