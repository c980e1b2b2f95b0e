//! Bounds on client connections: of all, and of one address. What is turned away is closed at once, and counted.

use crate::harness::{Client, Gateway, body, run, status};
use crate::recorder::Recorder;

async fn turned_away(gateway: &Gateway, reason: &str) -> u64 {
    let metric = format!("tollgate_client_turned_away_total{{reason=\"{reason}\"}}");
    gateway.metric(&metric).await
}

/// A connection on which a request was answered, and which stays.
async fn open(gateway: &Gateway, before: &str) -> Client {
    let mut client = gateway.connect().await;
    client
        .send(&format!("{before}GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        .await;
    assert_eq!(body(&client.answer().await), "GET / 0");
    client
}

/// Whether one more is closed without a word.
async fn is_closed(gateway: &Gateway, before: &str) -> bool {
    let mut client = gateway.connect().await;
    let request = format!("{before}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // it may be gone before all of this is sent
    let _ = tokio::io::AsyncWriteExt::write_all(&mut client.0, request.as_bytes()).await;
    let said = client.rest().await;
    assert!(said.is_empty() || status(&said) == "200", "{said}");
    said.is_empty()
}

#[test]
fn of_all() {
    run(async {
        let (_recorder, gateway) = Recorder::behind("", "server: { connections_max: 1 }").await;
        let first = open(&gateway, "").await;
        assert!(is_closed(&gateway, "").await);
        assert_eq!(turned_away(&gateway, "connections_max").await, 1);
        drop(first);
        while gateway.metric("tollgate_client_connections").await > 0 {}
        assert!(!is_closed(&gateway, "").await);
    });
}

#[test]
fn of_one_address() {
    run(async {
        let (_recorder, gateway) = Recorder::behind("", "server: { connections_per_ip_max: 2 }").await;
        let (first, _second) = (open(&gateway, "").await, open(&gateway, "").await);
        assert!(is_closed(&gateway, "").await);
        assert_eq!(turned_away(&gateway, "connections_per_ip_max").await, 1);
        drop(first);
        while gateway.metric("tollgate_client_connections").await > 1 {}
        assert!(!is_closed(&gateway, "").await);
    });
}

#[test]
fn of_one_address_behind_a_balancer() {
    run(async {
        let top = "server: { connections_per_ip_max: 1 }";
        let recorder = Recorder::start().await;
        let yaml = crate::harness::yaml(&[recorder.addr], "", top);
        let gateway = Gateway::from_yaml(&yaml.replace("listen: {", "listen: { proxy_protocol: true,")).await;
        let [one, other] = ["1.1.1.1", "2.2.2.2"].map(|ip| format!("PROXY TCP4 {ip} 9.9.9.9 1 1\r\n"));
        let (_one, _other) = (open(&gateway, &one).await, open(&gateway, &other).await);
        assert!(is_closed(&gateway, &one).await && is_closed(&gateway, &other).await);
        assert_eq!(turned_away(&gateway, "connections_per_ip_max").await, 2);
        // of IPv6 it is the first half that counts
        let [a, b, c] = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
            .map(|ip| format!("PROXY TCP6 {ip} ::1 1 1\r\n"));
        let _a = open(&gateway, &a).await;
        assert!(is_closed(&gateway, &b).await && !is_closed(&gateway, &c).await);
    });
}

#[test]
fn a_trusted_proxy_speaks_for_many() {
    run(async {
        let top = "trusted_proxies: [127.0.0.1]\nserver: { connections_per_ip_max: 1 }";
        let (_recorder, gateway) = Recorder::behind("", top).await;
        let _open = [
            open(&gateway, "").await,
            open(&gateway, "").await,
            open(&gateway, "").await,
        ];
        assert_eq!(turned_away(&gateway, "connections_per_ip_max").await, 0);
    });
}
