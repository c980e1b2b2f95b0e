//! Each planted bug shows: the same scene, first as it should be and then with the bug in force.
//!
//! A scene is told whether a bug is planted only to wait for what otherwise would not come.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, nowhere, run, status, yaml};
use crate::health::behind;
use crate::pooling::pooled;
use crate::recorder::Recorder;
use gateway::planted::{Bug, plant};
use std::cell::Cell;
use std::fmt::Debug;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const UPLOAD: &str = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                      2\r\nhi\r\n0\r\n\r\n";

/// Takes the bug away again, in a test that fails too: with one test thread the next test would have it.
struct Planted;

impl Planted {
    fn new(bug: Option<Bug>) -> Self {
        plant(bug);
        Self
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        plant(None);
    }
}

/// What a scene shows without the bug, and with it.
pub(crate) fn check<T: PartialEq + Debug>(bug: Bug, scene: impl AsyncFn(bool) -> T, right: T, wrong: T) {
    for (planted, expected) in [(None, right), (Some(bug), wrong)] {
        let _planted = Planted::new(planted);
        let seen = Cell::new(None);
        run(async { seen.set(Some(scene(planted.is_some()).await)) });
        assert_eq!(seen.take(), Some(expected), "{planted:?}");
    }
}

/// Status and attempts of a request to one upstream that takes these steps, on a route with one retry.
fn check_retries(
    bug: Bug,
    steps: &'static [Step],
    request: &str,
    right: (&str, usize),
    wrong: (&str, usize),
) {
    let scene = async |_| {
        let upstream = Upstream::start(steps).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", "").await;
        let answer = gateway.ask(request).await;
        (status(&answer).to_owned(), upstream.requests())
    };
    let owned = |(status, requests): (&str, usize)| (status.to_owned(), requests);
    check(bug, scene, owned(right), owned(wrong));
}

/// Here, or in the simulator, where time and other hosts can be had as they are wanted.
#[test]
fn every_bug_has_a_scene() {
    let simulated = include_str!("../../../sim/src/selfcheck/planted.rs");
    let (simulated, _) = simulated
        .split_once("pub static UNSEEN")
        .expect("rows, and what has none");
    let scenes = [
        include_str!("planted.rs"),
        include_str!("planted_balance.rs"),
        include_str!("planted_breaker.rs"),
        include_str!("planted_health.rs"),
        include_str!("planted_hedge.rs"),
        include_str!("planted_overload.rs"),
        include_str!("planted_pool.rs"),
        include_str!("planted_reload.rs"),
        include_str!("planted_retries.rs"),
        include_str!("planted_routes.rs"),
        include_str!("planted_upgrade.rs"),
        include_str!("planted_trace.rs"),
    ]
    .concat();
    for bug in Bug::ALL {
        let row = format!("Bug::{bug:?},");
        assert!(scenes.contains(&row) || simulated.contains(&row), "{bug}");
    }
}

#[test]
fn retries() {
    let recovers = &[Step::Close, Step::Answer(OK)];
    check_retries(Bug::RetryPost, recovers, POST, ("502", 1), ("200", 2));
    check_retries(Bug::UploadResent, recovers, UPLOAD, ("502", 1), ("200", 2));
    check_retries(Bug::OneRetryTooMany, &[Step::Close], GET, ("502", 2), ("502", 3));
    check_retries(Bug::AnswerSwallowed, &[Step::Close], GET, ("502", 2), ("none", 2));
}

#[test]
fn a_retry_forgets_what_was_tried() {
    let scene = async |_| {
        let (a, b) = (
            Upstream::start(&[Step::Close]).await,
            Upstream::start(&[Step::Close]).await,
        );
        let gateway = Gateway::start(&[a.addr, b.addr], ", retries: { max: 1 }", "").await;
        gateway.get("/").await;
        (a.requests(), b.requests())
    };
    check(Bug::SameReplicaAgain, scene, (1, 1), (2, 0));
}

#[test]
fn reloads() {
    let scene = async |_| {
        let (old, new) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let gateway = Gateway::start(&[old.addr], "", "").await;
        let next = yaml(&[new.addr], "", "").replace("path: /", "path: /only");
        gateway.app.apply(next.as_bytes()).expect("valid");
        let unknown = status(&gateway.get("/").await).to_owned();
        gateway.get("/only").await;
        (unknown, old.requests(), new.requests())
    };
    check(
        Bug::ReloadForgotten,
        scene,
        ("404".into(), 0, 1),
        ("200".into(), 2, 0),
    );
    check(
        Bug::RemovedReplicaUsed,
        scene,
        ("404".into(), 0, 1),
        ("404".into(), 1, 0),
    );
}

/// The body of the answer to an HTTP/1.0 client, or what comes in chunks to another.
async fn answered(answer: &'static str, request: &str) -> String {
    let upstream = Upstream::start(Box::leak(Box::new([Step::AnswerAndClose(answer)]))).await;
    let gateway = Gateway::start(&[upstream.addr], "", "").await;
    body(&gateway.ask(request).await).to_owned()
}

#[test]
fn bodies() {
    let broken = async |_| {
        answered(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
            GET,
        )
        .await
    };
    check(
        Bug::TruncatedAsComplete,
        broken,
        "2\r\nok\r\n".into(),
        "2\r\nok\r\n0\r\n\r\n".into(),
    );
    let whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let old = async |_| answered(whole, "GET / HTTP/1.0\r\nHost: a\r\n\r\n").await;
    check(Bug::AnswerByteTwice, old, "ok".into(), "okk".into());
    let upload = async |_| {
        let (recorder, gateway) = Recorder::behind("", "").await;
        gateway.ask(UPLOAD).await;
        recorder.seen()[0].content.clone()
    };
    check(Bug::UploadByteTwice, upload, "hi".into(), "hii".into());
}

/// The status of a request while another is in flight, by the pool's settings.
async fn beside_another(pool: &str) -> String {
    let upstream = Upstream::start(&[Step::Silence, Step::Answer(OK)]).await;
    let gateway = Gateway::from_yaml(&pooled(&upstream, pool, "")).await;
    let mut held = gateway.connect().await;
    held.send(GET).await;
    upstream.wait_requests(1).await;
    status(&gateway.get("/").await).to_owned()
}

#[test]
fn bounds() {
    let connections = async |_| beside_another("connections_max: 1, pending_max: 0, in_flight_max: 2").await;
    check(
        Bug::ConnectionsMaxIgnored,
        connections,
        "503".into(),
        "200".into(),
    );
    let in_flight = async |_| beside_another("connections_max: 2, in_flight_max: 1").await;
    check(Bug::InFlightMaxIgnored, in_flight, "503".into(), "200".into());
}

/// The status of a request that came while another had the only connection, which is closed as soon as the one
/// waits for it; and how many wait then.
async fn behind_another(pending_max: usize, may_wait: bool) -> (u64, String) {
    let upstream = Upstream::start(&[Step::Silence, Step::Answer(OK)]).await;
    let pool = format!("connections_max: 1, pending_max: {pending_max}, pending_timeout: 20s");
    let gateway = Gateway::from_yaml(&pooled(&upstream, &pool, "")).await;
    let mut held = gateway.connect().await;
    held.send(GET).await;
    upstream.wait_requests(1).await;
    let mut next = gateway.connect().await;
    next.send(GET).await;
    let pending = async || gateway.metric("tollgate_upstream_pending{upstream=\"u\"}").await;
    while may_wait && pending().await == 0 {}
    if !may_wait {
        return (0, status(&next.rest().await).to_owned());
    }
    drop(held);
    upstream.wait_closed(1).await;
    match pending().await {
        0 => (0, status(&next.rest().await).to_owned()),
        waiting => (waiting, String::new()),
    }
}

#[test]
fn queues() {
    check(
        Bug::PendingMaxIgnored,
        async |planted| behind_another(0, planted).await,
        (0, "503".into()),
        (0, "200".into()),
    );
    check(
        Bug::WaiterLost,
        async |_| behind_another(1, true).await,
        (0, "200".into()),
        (1, String::new()),
    );
}

#[test]
fn leaks() {
    let cancelled = async |_| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        upstream.wait_requests(1).await;
        drop(client);
        upstream.wait_closed(1).await;
        gateway
            .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
            .await
    };
    check(Bug::SlotLeakedOnCancel, cancelled, 0, 1);
    let failed = async |_| {
        let replicas = [Upstream::start(&[Step::Close]).await.addr, nowhere().await];
        let gateway = Gateway::start(&replicas, "", "").await;
        gateway.get("/").await;
        gateway.get("/").await;
        gateway
            .metric("tollgate_upstream_connections{upstream=\"u\"}")
            .await
    };
    check(Bug::ConnectionSlotLeaked, failed, 0, 2);
}

/// An upstream that halts behind `first` until it is told to go on, and a client's request to it.
async fn halting(extra: &str, first: &str, goes_on: bool) -> String {
    const LATE: Duration = Duration::from_millis(200);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let gateway = Gateway::start(&[listener.local_addr().expect("bound")], extra, "").await;
    let mut client = gateway.connect().await;
    client.send(GET).await;
    let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
    let mut request = [0; 1024];
    assert_ne!(upstream.read(&mut request).await.expect("read"), 0);
    upstream.write_all(first.as_bytes()).await.expect("written");
    if goes_on {
        // far beyond the deadline of the route, which is not there any more
        tokio::time::sleep(LATE).await;
        upstream
            .write_all(OK.strip_prefix(first).expect("a part").as_bytes())
            .await
            .expect("written");
    }
    client.rest().await
}

#[test]
fn deadlines() {
    let head = async |planted| status(&halting(", timeout: 1ms", "", planted).await).to_owned();
    check(Bug::TimeoutForgotten, head, "504".into(), "200".into());
    let attempt = ", retries: { max: 0, try_timeout: 1ms }";
    let head = async |planted| status(&halting(attempt, "", planted).await).to_owned();
    check(Bug::TryTimeoutForgotten, head, "504".into(), "200".into());
    let part = OK.strip_suffix("k").expect("a body");
    let content = async |planted| body(&halting(", idle_timeout: 1ms", part, planted).await).to_owned();
    check(Bug::IdleTimeoutForgotten, content, "o".into(), "ok".into());
}

#[test]
fn a_dead_connection_is_no_reason_to_dial() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::AnswerAndClose(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        gateway.get("/").await;
        status(&gateway.get("/").await).to_owned()
    };
    check(Bug::StaleConnectionKept, scene, "200".into(), "503".into());
}

#[test]
fn a_reused_connection_that_breaks_hides_a_second_sending() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK), Step::Close, Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        gateway.get("/").await;
        (status(&gateway.get("/").await).to_owned(), upstream.requests())
    };
    check(Bug::ResentUntold, scene, ("502".into(), 2), ("200".into(), 3));
}

#[test]
fn unknown_fields_go_astray() {
    let scene = async |_| {
        let (recorder, gateway) = Recorder::behind("", "").await;
        gateway
            .ask("GET / HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nConnection: close\r\n\r\n")
            .await;
        field(&recorder.seen()[0].head, "x-own")
    };
    check(Bug::FieldsDropped, scene, Some("1".to_owned()), None);
}

#[test]
fn a_replica_out_of_reach_is_not_tried_again() {
    let scene = async |_| {
        let gateway = Gateway::start(&[nowhere().await], "", "").await;
        gateway.get("/").await;
        gateway.get("/").await;
        gateway
            .metric("tollgate_upstream_not_connected_total{upstream=\"u\"}")
            .await
    };
    check(Bug::NeverForgiven, scene, 2, 1);
}

/// With two replicas, the first of which cannot be connected to and is ejected for that.
async fn with_health(replicas: [std::net::SocketAddr; 2], cooldown: &str) -> Gateway {
    let health = format!("{{ passive: {{ connect_failures: 1, cooldown: {cooldown} }} }}");
    behind(&replicas, &health, "").await
}

async fn not_connected(gateway: &Gateway) -> u64 {
    gateway
        .metric("tollgate_upstream_not_connected_total{upstream=\"u\"}")
        .await
}

#[test]
fn health_is_not_listened_to() {
    let used = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = with_health([nowhere().await, upstream.addr], "60s").await;
        for _ in 0..4 {
            gateway.get("/").await;
        }
        not_connected(&gateway).await
    };
    check(Bug::EjectedUsed, used, 1, 2);
    let share = async |_| {
        let gateway = with_health([nowhere().await, nowhere().await], "60s").await;
        for _ in 0..4 {
            gateway.get("/").await;
        }
        not_connected(&gateway).await
    };
    check(Bug::EjectionShareIgnored, share, 4, 2);
    let returned = async |planted| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = with_health([nowhere().await, upstream.addr], "10ms").await;
        gateway.get("/").await;
        if planted {
            // longer than the cooldown and the gateway's look at it
            tokio::time::sleep(Duration::from_millis(300)).await;
            gateway.get("/").await;
            gateway.get("/").await;
        } else {
            while not_connected(&gateway).await < 2 {
                gateway.get("/").await;
            }
        }
        not_connected(&gateway).await
    };
    check(Bug::NeverReturned, returned, 2, 1);
}

/// Two clients whose requests are there before the first is looked at.
async fn side_by_side(gateway: &Gateway, requests: [&str; 2]) -> [String; 2] {
    let (mut a, mut b) = (gateway.connect().await, gateway.connect().await);
    for client in [&mut a, &mut b] {
        // so that both are waited for
        client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&client.answer().await), "404");
    }
    a.send(requests[0]).await;
    b.send(requests[1]).await;
    [a.answer().await, b.answer().await]
}

const GET_A: &str = "GET /u/a HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_B: &str = "GET /u/b HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_dial_stands_in_the_way_of_another() {
    let scene = async |_| {
        let recorder = Recorder::start().await;
        let gateway =
            Gateway::from_yaml(&yaml(&[recorder.addr], "", "").replace("path: /", "path: /u")).await;
        let answers = side_by_side(&gateway, [GET_A, GET_B]).await;
        answers.map(|answer| status(&answer).to_owned())
    };
    let owned = |statuses: [&str; 2]| statuses.map(str::to_owned);
    check(
        Bug::OneDialAtATime,
        scene,
        owned(["200", "200"]),
        owned(["200", "503"]),
    );
}

#[test]
fn requests_share_a_buffer() {
    let scene = async |_| {
        let recorder = Recorder::start().await;
        let gateway =
            Gateway::from_yaml(&yaml(&[recorder.addr], "", "").replace("path: /", "path: /u")).await;
        let answers = side_by_side(&gateway, [GET_A, GET_B]).await;
        body(&answers[0]) != body(&answers[1])
    };
    check(
        Bug::RequestsMixed,
        async |planted| scene(planted).await,
        true,
        false,
    );
}

#[test]
fn a_stop_waits_for_nobody() {
    let scene = async |planted| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        upstream.wait_requests(1).await;
        gateway.app.stop(Duration::from_secs(20));
        while planted && gateway.app.is_running() {
            tokio::task::yield_now().await;
        }
        let refused = async || TcpStream::connect(gateway.http).await.is_err();
        while !refused().await {}
        gateway.app.is_running()
    };
    check(Bug::DrainCutShort, scene, true, false);
}
