//! Planted bugs of tracing, as in `planted`: the same scene as it should be and with the bug.

use crate::collector::{Collector, Manner};
use crate::harness::{Gateway, OK, Step, Upstream};
use crate::planted::{GET, check};
use gateway::planted::Bug;
use std::time::Duration;

async fn end(gateway: Gateway) -> bool {
    gateway.app.stop(Duration::ZERO);
    gateway.served.await.expect("no panic").expect("no error");
    gateway.app.finish_spans()
}

#[test]
fn a_caller_that_does_not_record() {
    let scene = async |_| {
        let collector = Collector::start(Manner::Takes);
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", &collector.config("")).await;
        let parent = "traceparent: 00-12345678901234567890123456789012-1234567890123456-00\r\nConnection";
        gateway.ask(&GET.replace("Connection", parent)).await;
        end(gateway).await;
        collector.spans().len()
    };
    check(Bug::TraceSampledIgnored, scene, 0, 2);
}

#[test]
fn attempts_that_look_like_one() {
    let scene = async |_| {
        let collector = Collector::start(Manner::Takes);
        let upstream = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", &collector.config("")).await;
        gateway.ask(GET).await;
        let seen = upstream.seen.borrow();
        let parent = |request: &String| crate::harness::field(request, "traceparent").expect("told");
        let mut parents: Vec<_> = seen.iter().map(parent).collect();
        parents.dedup();
        parents.len()
    };
    check(Bug::TraceOneSpanForRetries, scene, 2, 1);
}

/// The exporter gives a hanging collector up by itself, but a process that ends does not wait for that.
#[test]
fn a_collector_that_hangs() {
    let scene = async |_| {
        let collector = Collector::start(Manner::Hangs);
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", &collector.config(", sample: 1")).await;
        gateway.ask(GET).await;
        collector.next().await;
        end(gateway).await
    };
    check(Bug::TraceBlocksShutdown, scene, false, true);
}
