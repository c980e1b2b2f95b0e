//! Upstream connections are kept, bounded, and redialled when they have died.

use crate::harness::{Client, Gateway, OK, Step, Upstream, run, status, yaml_with};
use rustix::process::{Resource, getrlimit, setrlimit};

#[test]
fn one_connection_serves_many_clients_in_turn() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        for _ in 0..20 {
            assert_eq!(status(&gateway.get("/").await), "200");
        }
        assert_eq!((upstream.requests(), upstream.connections.get()), (20, 1));
        assert_eq!(
            gateway.metric("tollgate_pool_dials_total{upstream=\"u\"}").await,
            1
        );
        assert_eq!(
            gateway.metric("tollgate_pool_reuses_total{upstream=\"u\"}").await,
            19
        );
    });
}

#[test]
fn a_post_is_redialled_when_its_pooled_connection_had_died() {
    run(async {
        let upstream = Upstream::start(&[Step::AnswerAndClose(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        for sent in 1..=10 {
            let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
            assert_eq!(status(&gateway.ask(post).await), "200");
            assert_eq!(upstream.requests(), sent);
        }
    });
}

#[test]
fn requests_in_flight_are_bounded_over_the_upstream() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let pool = "in_flight_max: 2, connections_max: 2, idle_max: 1";
        let gateway = Gateway::from_yaml(&pooled(&upstream, pool, "")).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut client = gateway.connect().await;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            held.push(client);
        }
        upstream.wait_requests(2).await;
        assert_eq!(status(&gateway.get("/").await), "503");
        assert_eq!(
            gateway
                .metric("tollgate_upstream_full_total{upstream=\"u\"}")
                .await,
            1
        );
        drop(held);
        upstream.wait_closed(2).await;
        assert_eq!(
            gateway
                .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
                .await,
            0
        );
    });
}

#[test]
fn idle_connections_beyond_the_bound_are_closed() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::from_yaml(&pooled(&upstream, "idle_max: 0", "")).await;
        for asked in 1..=3 {
            assert_eq!(status(&gateway.get("/").await), "200");
            upstream.wait_closed(asked).await;
        }
        assert_eq!(upstream.connections.get(), 3);
    });
}

/// A config with one upstream, these settings of its pool, and more for the route.
pub(crate) fn pooled(upstream: &Upstream, pool: &str, route: &str) -> String {
    yaml_with(&[upstream.addr], &format!(", pool: {{ {pool} }}"), route, "")
}

#[test]
fn many_clients_share_a_few_connections() {
    const CLIENTS: usize = 500;
    const REQUESTS: usize = 4;
    // two descriptors for each client, both ends being here
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("up to the maximum is allowed");
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let pool = "connections_max: 8, in_flight_max: 500, pending_max: 500, pending_timeout: 30s";
        let gateway = Gateway::from_yaml(&pooled(&upstream, pool, "")).await;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let mut client = gateway.connect().await;
            clients.push(tokio::task::spawn_local(async move {
                for _ in 0..REQUESTS {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
                    assert_eq!(status(&client.answer().await), "200");
                }
            }));
        }
        for client in clients {
            client.await.expect("all were answered");
        }
        assert_eq!(upstream.requests(), CLIENTS * REQUESTS);
        assert!(upstream.connections.get() <= 8, "{}", upstream.connections.get());
    });
}

#[test]
fn workers_share_connections() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let yaml = pooled(&upstream, "connections_max: 1, pending_timeout: 20s", "");
        let gateway = Gateway::with_workers(&yaml, 2).await;
        for worker in [0, 1, 0, 1] {
            let mut client = Client::to(gateway.workers[worker]).await;
            let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            assert_eq!(status(&client.ask_and_close(get).await), "200");
        }
        // each had to take it from the other
        assert_eq!(upstream.connections.get(), 4);
        upstream.wait_closed(3).await;
    });
}

/// The status of a request behind one that has the only connection, by more of its route, and which counter has it.
async fn waits_in_vain(route: &str, pool: &str) -> (String, [u64; 4]) {
    let upstream = Upstream::start(&[Step::Silence]).await;
    let held = "routes: [ { name: held, match: { path: /held }, upstream: u }, ";
    let yaml = pooled(&upstream, &format!("connections_max: 1, {pool}"), route);
    let gateway = Gateway::from_yaml(&yaml.replace("routes: [ ", held)).await;
    let mut held = gateway.connect().await;
    held.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n").await;
    upstream.wait_requests(1).await;
    let answer = gateway.get("/").await;
    let mut counts = [0; 4];
    let names = ["full", "pending_full", "pending_timeouts", "not_connected"];
    for (count, name) in counts.iter_mut().zip(names) {
        let name = format!("tollgate_upstream_{name}_total{{upstream=\"u\"}}");
        *count = gateway.metric(&name).await;
    }
    (status(&answer).to_owned(), counts)
}

#[test]
fn who_waits_in_vain_is_told_and_no_replica_is_blamed() {
    run(async {
        let check = async |route: &str, pool: &str, code: &str, counts: [u64; 4]| {
            let seen = waits_in_vain(route, pool).await;
            assert_eq!(seen, (code.to_owned(), counts), "{route} {pool}");
        };
        check("", "pending_max: 0", "503", [0, 1, 0, 0]).await;
        check("", "in_flight_max: 1", "503", [1, 0, 0, 0]).await;
        check("", "pending_timeout: 5ms", "503", [0, 0, 1, 0]).await;
        let tries = ", retries: { max: 3, try_timeout: 5ms }";
        check(tries, "pending_timeout: 20s", "503", [0, 0, 1, 0]).await;
        check(", timeout: 5ms", "pending_timeout: 20s", "504", [0, 0, 0, 0]).await;
    });
}
