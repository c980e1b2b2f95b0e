//! Config swaps, stopping, deadlines of idle clients, the admin pages.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, run, status, yaml};
use std::time::Duration;
use tokio::net::TcpStream;

#[test]
fn a_new_config_is_in_force_for_the_next_request_and_counters_survive() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let old = yaml(&[upstream.addr], "", "");
        let gateway = Gateway::from_yaml(&old).await;
        assert_eq!(status(&gateway.get("/").await), "200");
        let only = old.replace("path: /", "path: /only");
        assert_eq!(gateway.app.apply(only.as_bytes()).expect("valid"), 2);
        assert_eq!(status(&gateway.get("/").await), "404");
        assert_eq!(status(&gateway.get("/only").await), "200");
        assert_eq!(
            gateway
                .metric("tollgate_requests_total{route=\"all\",status=\"2xx\"}")
                .await,
            2
        );
        assert_eq!(gateway.metric("tollgate_config_version").await, 2);
    });
}

#[test]
fn a_broken_config_is_refused_and_the_old_one_stays() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let old = yaml(&[upstream.addr], "", "");
        let gateway = Gateway::from_yaml(&old).await;
        let errors = gateway.app.apply(b"routes: 7").expect_err("broken").to_string();
        assert!(errors.contains("routes"), "{errors}");
        let moved = old.replace("http: \"127.0.0.1:0\"", "http: \"127.0.0.1:1\"");
        let errors = gateway
            .app
            .apply(moved.as_bytes())
            .expect_err("listeners stay")
            .to_string();
        assert!(errors.starts_with("listen: "), "{errors}");
        assert_eq!(status(&gateway.get("/").await), "200");
        assert_eq!(gateway.metric("tollgate_config_version").await, 1);
    });
}

/// What is due meanwhile is done meanwhile: a drain may take as long as its longest request.
#[test]
fn house_is_kept_while_stopping() {
    run(async {
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let busy = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::from_yaml(&format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
             upstreams: {{ quick: {{ replicas: [\"{}\"], pool: {{ idle_timeout: 300ms }} }}, busy: {{ replicas: [\"{}\"] }} }}\n\
             routes: [ {{ name: quick, match: {{ path: /quick }}, upstream: quick }}, \
             {{ name: busy, match: {{ path: /busy }}, upstream: busy, timeout: 1h }} ]\n",
            quick.addr, busy.addr
        ))
        .await;
        let mut client = gateway.connect().await;
        client.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n").await;
        busy.wait_requests(1).await;
        gateway.get("/quick").await;
        gateway.app.stop(Duration::from_secs(3_600));
        quick.wait_closed(1).await;
        assert!(gateway.app.is_running());
    });
}

#[test]
fn stopping_finishes_what_is_in_flight_and_closes_what_is_idle() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut idle = gateway.connect().await;
        let mut busy = gateway.connect().await;
        busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        gateway.app.stop(Duration::from_secs(20));
        assert_eq!(idle.rest().await, "", "an idle connection is closed");
        assert!(
            TcpStream::connect(gateway.http).await.is_err(),
            "nothing is accepted any more"
        );
        tokio::io::AsyncWriteExt::write_all(&mut upstream, OK.as_bytes())
            .await
            .expect("written");
        assert_eq!(body(&busy.answer().await), "ok");
        gateway.served.await.expect("no panic").expect("no error");
    });
}

/// Who keeps a connection and was told nothing may send a request as it closes, and would never hear what became of it.
#[test]
fn what_comes_on_an_open_connection_is_answered_while_others_are_in_hand() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK), Step::Silence, Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let (mut kept, mut busy) = (gateway.connect().await, gateway.connect().await);
        let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        kept.send(get).await;
        kept.answer().await;
        busy.send(get).await;
        upstream.wait_requests(2).await;
        gateway.app.stop(Duration::from_secs(3_600));
        // it has looked some times, and is far from the second that an idle connection stays for
        tokio::time::sleep(Duration::from_millis(50)).await;
        kept.send(get).await;
        let answer = kept.answer().await;
        assert_eq!((status(&answer), body(&answer)), ("200", "ok"));
        assert_eq!(field(&answer, "connection").as_deref(), Some("close"));
        assert_eq!(kept.rest().await, "");
    });
}

#[test]
fn clients_that_send_no_head_are_closed() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let top = "server: { first_byte_timeout: 50ms, header_timeout: 50ms, idle_timeout: 50ms }";
        let gateway = Gateway::start(&[upstream.addr], "", top).await;
        let mut silent = gateway.connect().await;
        assert_eq!(silent.rest().await, "");
        let mut slow = gateway.connect().await;
        assert_eq!(slow.ask_and_close("GET / HTTP/1.1\r\nHo").await, "");
        let mut idle = gateway.connect().await;
        let answer = idle.ask_and_close("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(body(&answer), "ok");
    });
}

#[test]
fn admin_pages() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let page = |path: &'static str| async move {
            let mut client = Client::to(gateway.admin).await;
            client
                .ask_and_close(&format!(
                    "{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                ))
                .await
        };
        let health = page("GET /healthz").await;
        assert_eq!((status(&health), body(&health)), ("200", "{\"status\":\"ok\"}\n"));
        assert!(page("GET /routes").await.contains("\"name\":\"all\""));
        assert_eq!(status(&page("GET /nothing").await), "404");
        assert_eq!(status(&page("POST /healthz").await), "405");
    });
}
