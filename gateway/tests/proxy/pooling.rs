//! Upstream connections are kept, bounded, and redialled when they have died.

use crate::harness::{Gateway, OK, Step, Upstream, run, status};

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
        let yaml = crate::harness::yaml(&[upstream.addr], "", "").replace(
            "] } }",
            "], pool: { in_flight_max: 2, connections_max: 2, idle_max: 1 } } }",
        );
        let gateway = Gateway::from_yaml(&yaml).await;
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
        let yaml =
            crate::harness::yaml(&[upstream.addr], "", "").replace("] } }", "], pool: { idle_max: 0 } } }");
        let gateway = Gateway::from_yaml(&yaml).await;
        for asked in 1..=3 {
            assert_eq!(status(&gateway.get("/").await), "200");
            upstream.wait_closed(asked).await;
        }
        assert_eq!(upstream.connections.get(), 3);
    });
}
