//! A second attempt beside one that is slow. Who is slow says nothing until he is told to, so that nothing depends on how
//! fast anything is.

use crate::again::{UNAVAILABLE, denied};
use crate::collector::{Collector, Manner, attribute};
use crate::harness::{Gateway, OK, Step, Upstream, body, read_message, run, status, yaml_with};
use crate::trace::{PARENT, ask, end, of_kind, parent, told};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
pub(crate) const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const OTHER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother";

/// A route that hedges soon.
pub(crate) const SOON: &str = ", retries: { max: 1, hedge: { after: 20ms } }";
/// And one that does not wait for what never comes.
pub(crate) const HALF_A_SECOND: &str = ", timeout: 500ms, retries: { max: 1, hedge: { after: 20ms } }";

/// An upstream that answers when it is told to.
pub(crate) struct Told {
    pub(crate) addr: std::net::SocketAddr,
    pub(crate) asked: Rc<Cell<usize>>,
    /// Requests that it has not answered.
    waiting: Rc<Cell<usize>>,
    answers: Rc<RefCell<VecDeque<&'static str>>>,
}

impl Told {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let told = Self {
            addr: listener.local_addr().expect("bound"),
            asked: Rc::default(),
            waiting: Rc::default(),
            answers: Rc::default(),
        };
        let (asked, answers) = (Rc::clone(&told.asked), Rc::clone(&told.answers));
        let waiting = Rc::clone(&told.waiting);
        tokio::task::spawn_local(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (asked, answers) = (Rc::clone(&asked), Rc::clone(&answers));
                let waiting = Rc::clone(&waiting);
                tokio::task::spawn_local(async move {
                    while read_message(&mut stream).await.is_some() {
                        asked.set(asked.get() + 1);
                        waiting.set(waiting.get() + 1);
                        let answer = loop {
                            let answer = answers.borrow_mut().pop_front();
                            match answer {
                                Some(answer) => break answer,
                                None => tokio::task::yield_now().await,
                            }
                            // its peer may have gone, whom nothing is said any more
                            if matches!(stream.try_read(&mut [0]), Ok(0)) {
                                waiting.set(waiting.get() - 1);
                                return;
                            }
                        };
                        waiting.set(waiting.get() - 1);
                        // nor is one heard that goes in this very moment
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                });
            }
        });
        told
    }

    pub(crate) fn say(&self, answer: &'static str) {
        self.answers.borrow_mut().push_back(answer);
    }

    /// Waits until nobody waits, and forgets what it was told to say.
    async fn gone(&self) {
        while self.waiting.get() > 0 {
            tokio::task::yield_now().await;
        }
        self.answers.borrow_mut().clear();
    }

    async fn wait_asked(&self) {
        while self.asked.get() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) async fn hedges(gateway: &Gateway) -> [u64; 3] {
    let mut counts = [0; 3];
    for (count, outcome) in counts.iter_mut().zip(["won", "lost", "failed"]) {
        let metric = format!("tollgate_upstream_hedges_total{{upstream=\"u\",outcome=\"{outcome}\"}}");
        *count = gateway.metric(&metric).await;
    }
    counts
}

/// Nothing is held any more, whatever has happened.
pub(crate) async fn wait_idle(gateway: &Gateway) {
    while gateway
        .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
        .await
        > 0
    {}
}

#[test]
fn who_is_slow_is_helped_out() {
    run(async {
        let slow = Upstream::start(&[Step::Silence]).await;
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[slow.addr, quick.addr], SOON, "").await;
        assert_eq!(status(&gateway.get("/").await), "200");
        slow.wait_closed(1).await;
        assert_eq!((slow.requests(), quick.requests()), (1, 1));
        assert_eq!(hedges(&gateway).await, [1, 0, 0]);
        assert_eq!(gateway.metric("tollgate_retries_total{route=\"all\"}").await, 1);
        wait_idle(&gateway).await;
        let connections = "tollgate_upstream_connections{upstream=\"u\"}";
        assert_eq!(gateway.metric(connections).await, 1, "the winner's");
    });
}

#[test]
fn the_first_good_answer_is_taken_whosever_it_is() {
    run(async {
        // what the first says while the hedge is under way, what the hedge says before or behind it, and what comes of that
        for (first, hedge, expected, counts) in [
            (Some(OK), None, "ok", [0, 1, 0]),
            (Some(UNAVAILABLE), Some(OTHER), "other", [1, 0, 0]),
            (None, Some(OTHER), "other", [1, 0, 0]),
            (Some(UNAVAILABLE), Some(UNAVAILABLE), "", [0, 0, 1]),
            // nobody knows yet whose answer hints would be of
            (
                Some(
                    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                ),
                None,
                "ok",
                [0, 1, 0],
            ),
        ] {
            let (one, other) = (Told::start().await, Told::start().await);
            let gateway = Gateway::start(&[one.addr, other.addr], SOON, "").await;
            let mut client = gateway.connect().await;
            client.send(GET).await;
            other.wait_asked().await;
            first.iter().for_each(|answer| one.say(answer));
            hedge.iter().for_each(|answer| other.say(answer));
            let answer = client.rest().await;
            let is_final = ["200", "503"].contains(&status(&answer));
            assert_eq!((body(&answer), is_final), (expected, true), "{answer}");
            assert_eq!((one.asked.get(), other.asked.get()), (1, 1));
            wait_idle(&gateway).await;
            assert_eq!(hedges(&gateway).await, counts, "{first:?} {hedge:?}");
        }
    });
}

#[test]
fn a_hedge_that_fails_leaves_the_request_to_the_first() {
    run(async {
        let (one, other) = (Told::start().await, Upstream::start(&[Step::Close]).await);
        let gateway = Gateway::start(&[one.addr, other.addr], SOON, "").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        while hedges(&gateway).await == [0; 3] && other.requests() == 0 {}
        let broken = "tollgate_upstream_broken_total{upstream=\"u\"}";
        while gateway.metric(broken).await == 0 {}
        one.say(OK);
        assert_eq!(body(&client.rest().await), "ok");
        assert_eq!(hedges(&gateway).await, [0, 0, 1]);
        wait_idle(&gateway).await;
    });
}

#[test]
fn only_what_may_be_repeated_and_can_be_is_hedged() {
    run(async {
        let kept = ", timeout: 500ms, retries: { max: 1, body_max: 1KiB, hedge: { after: 20ms } }";
        let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: x\r\n\r\n";
        let put = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";
        let keyed = POST.replace("Host: a", "Host: a\r\nIdempotency-Key: k1");
        for (extra, request, answer) in [
            (HALF_A_SECOND, GET, "200"),
            (HALF_A_SECOND, POST, "504"),
            (HALF_A_SECOND, &keyed, "200"),
            (HALF_A_SECOND, put, "504"),
            (kept, put, "200"),
            (kept, POST, "504"),
            (&format!("{HALF_A_SECOND}, upgrade: true"), upgrade, "504"),
        ] {
            let slow = Upstream::start(&[Step::Silence]).await;
            let quick = Upstream::start(&[Step::Answer(OK)]).await;
            let gateway = Gateway::start(&[slow.addr, quick.addr], extra, "").await;
            assert_eq!(status(&gateway.ask(request).await), answer, "{request}");
            assert_eq!(quick.requests(), usize::from(answer == "200"), "{request}");
            if answer == "200" {
                assert_eq!(body(&quick.last()), body(&slow.last()));
            }
            wait_idle(&gateway).await;
        }
    });
}

#[test]
fn there_is_none_where_there_is_no_room_or_nobody_else() {
    run(async {
        for (replicas, pool, denials) in [
            (1, "", 0),
            (2, ", pool: { in_flight_max: 2 }", 0),
            (2, ", pool: { connections_max: 1, idle_max: 1 }", 0),
            (2, ", panic: true", 1),
        ] {
            let slow = Upstream::start(&[Step::Silence]).await;
            let quick = Upstream::start(&[Step::Answer(OK)]).await;
            let replicas = &[slow.addr, quick.addr][..replicas];
            let budget = "budget: { ratio: 0.5, min_per_second: 0, ttl: 30s }";
            let extra =
                format!(", timeout: 300ms, retries: {{ max: 1, {budget}, hedge: {{ after: 20ms }} }}");
            let gateway = Gateway::from_yaml(&yaml_with(replicas, pool, &extra, "")).await;
            assert_eq!(status(&gateway.get("/").await), "504", "{pool}");
            assert_eq!((slow.requests(), quick.requests()), (1, 0), "{pool}");
            assert_eq!(denied(&gateway, "budget").await, denials, "{pool}");
            assert_eq!(hedges(&gateway).await, [0; 3]);
        }
    });
}

#[test]
fn hedges_are_a_share_of_requests() {
    run(async {
        let slow = Upstream::start(&[Step::Silence]).await;
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let budget = "budget: { ratio: 0.25, min_per_second: 0, ttl: 30s }";
        let extra = format!(", timeout: 200ms, retries: {{ max: 1, {budget}, hedge: {{ after: 20ms }} }}");
        let gateway = Gateway::start(&[slow.addr, quick.addr], &extra, "").await;
        // every other request goes to the slow one; a fourth of them all can be helped out
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(status(&gateway.get("/").await).to_owned());
        }
        let rescued = answers.iter().filter(|status| *status == "200").count() - 4;
        let made: u64 = hedges(&gateway).await.iter().sum();
        assert!(made <= 2 && rescued as u64 <= made, "{made} {answers:?}");
        assert!(denied(&gateway, "budget").await >= 2, "{answers:?}");
    });
}

#[test]
fn both_attempts_have_the_try_timeout() {
    run(async {
        let both = [
            Upstream::start(&[Step::Silence]).await,
            Upstream::start(&[Step::Silence]).await,
        ];
        let extra = ", retries: { max: 1, try_timeout: 200ms, hedge: { after: 20ms } }";
        let gateway = Gateway::start(&[both[0].addr, both[1].addr], extra, "").await;
        assert_eq!(status(&gateway.get("/").await), "504");
        for upstream in &both {
            upstream.wait_closed(1).await;
            assert_eq!(upstream.requests(), 1);
        }
        let timed_out = "tollgate_upstream_timed_out_total{upstream=\"u\"}";
        assert_eq!(gateway.metric(timed_out).await, 2);
        assert_eq!(hedges(&gateway).await, [0, 0, 1]);
        wait_idle(&gateway).await;
    });
}

#[test]
fn a_client_that_goes_away_takes_both_with_it() {
    run(async {
        let both = [
            Upstream::start(&[Step::Silence]).await,
            Upstream::start(&[Step::Silence]).await,
        ];
        let gateway = Gateway::start(&[both[0].addr, both[1].addr], SOON, "").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        for upstream in &both {
            upstream.wait_requests(1).await;
        }
        drop(client);
        for upstream in &both {
            upstream.wait_closed(1).await;
        }
        wait_idle(&gateway).await;
        assert_eq!(hedges(&gateway).await, [0, 1, 0]);
    });
}

/// So many answers, and then silence.
fn then_silence(answers: usize) -> &'static [Step] {
    let mut steps = vec![Step::Answer(OK); answers];
    steps.push(Step::Silence);
    steps.leak()
}

#[test]
fn a_quantile_has_to_be_known_first() {
    run(async {
        // a hundred samples are known in the one case, and in the other they are not
        for (answers, expected) in [(60, "200"), (40, "504")] {
            let turns = Upstream::start(then_silence(answers)).await;
            let quick = Upstream::start(&[Step::Answer(OK)]).await;
            let extra = ", timeout: 500ms, retries: { max: 1, hedge: { after: p95, min: 50ms } }";
            let gateway = Gateway::start(&[turns.addr, quick.addr], extra, "").await;
            let mut last = String::new();
            while turns.requests() <= answers {
                last = gateway.get("/").await;
            }
            assert_eq!(status(&last), expected, "behind {answers}");
        }
    });
}

/// A sequence of numbers that look like chance.
fn chance(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn whatever_becomes_of_two_attempts_nothing_is_held_in_the_end() {
    run(async {
        let both = [Told::start().await, Told::start().await];
        let keys = ", breaker: { min_requests: 1000, per_replica: true }";
        let extra = ", retries: { max: 1, budget: none, hedge: { after: 5ms } }";
        let addrs = both.each_ref().map(|told| told.addr);
        let gateway = Gateway::from_yaml(&yaml_with(&addrs, keys, extra, "")).await;
        let (mut state, mut rounds) = (7, 0);
        while rounds < 60 {
            rounds += 1;
            let mut client = gateway.connect().await;
            client.send(GET).await;
            while both.iter().any(|told| told.asked.get() < rounds) {
                tokio::task::yield_now().await;
            }
            let drawn = chance(&mut state) as usize;
            let (first, answer) = (drawn % 2, [OK, UNAVAILABLE][drawn / 2 % 2]);
            match drawn / 4 % 3 {
                0 => drop(client),
                1 => {
                    both[first].say(answer);
                    both[1 - first].say(OK);
                    assert_eq!(status(&client.rest().await), "200");
                }
                _ => {
                    both.iter().for_each(|told| told.say(answer));
                    let expected = if answer == OK { "200" } else { "503" };
                    assert_eq!(status(&client.rest().await), expected);
                }
            }
            wait_idle(&gateway).await;
            // what a cancelled attempt was to be told is nobody's
            for told in &both {
                told.gone().await;
            }
        }
        assert_eq!(hedges(&gateway).await.iter().sum::<u64>(), rounds as u64);
        for addr in addrs {
            let metric = format!("tollgate_replica_in_flight{{upstream=\"u\",replica=\"{addr}\"}}");
            assert_eq!(gateway.metric(&metric).await, 0);
        }
    });
}

#[test]
fn each_attempt_has_its_span_and_the_log_counts_both() {
    run(async {
        let collector = Collector::start(Manner::Takes);
        let slow = Upstream::start(&[Step::Silence]).await;
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("access.log");
        let config = collector.config(", sample: parent");
        let top = format!("{config}\naccess_log: {{ path: {} }}", log.display());
        let gateway = Gateway::start(&[slow.addr, quick.addr], SOON, &top).await;
        let fields = parent(&format!("{PARENT}-01"));
        assert_eq!(status(&ask(&gateway, &fields).await), "200");
        let app = gateway.app.clone();
        assert!(end(gateway).await && app.finish_log());
        let (_, spans) = collector.next().await;
        let attempts = of_kind(&spans, 3);
        let seen = [told(&slow.last()), told(&quick.last())];
        assert_eq!(attempts.len(), 2);
        for (span, (_, told, _)) in attempts.iter().zip(&seen) {
            assert_eq!(span["spanId"], told.as_str());
        }
        assert_eq!(attribute(attempts[0], "error.type").as_deref(), Some("cancelled"));
        let answered = attribute(attempts[1], "http.response.status_code");
        assert_eq!(answered.as_deref(), Some("200"));
        let line = std::fs::read_to_string(&log).expect("a log");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(
            (&line["attempts"], &line["upstream"]),
            (&2.into(), &quick.addr.to_string().into())
        );
    });
}
