//! PROXY headers in front of requests: whose address the client's is from then on, and what is hung up on.

use crate::harness::{Gateway, field, run, status, yaml};
use crate::recorder::Recorder;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n";

async fn behind(extra: &str, top: &str) -> (Recorder, Gateway) {
    let recorder = Recorder::start().await;
    let yaml = yaml(&[recorder.addr], extra, top);
    let gateway = Gateway::from_yaml(&yaml.replace("listen: {", "listen: { proxy_protocol: true,")).await;
    (recorder, gateway)
}

/// What the gateway says to these bytes; it may hang up before it has all of them.
async fn ask(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut client = gateway.connect().await;
    let _ = client.0.write_all(bytes).await;
    client.rest().await
}

fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let len = (rest.len() as u16).to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n".as_slice(), &[command, family], &len, rest].concat()
}

#[test]
fn the_clients_address_is_the_one_it_says() {
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("log");
        let top = format!("access_log: {{ path: {} }}", path.display());
        let (recorder, gateway) = behind(", real_ip: true", &top).await;
        let v6: Vec<u8> = [
            &[0x20, 1, 0xd, 0xb8],
            &[0; 11][..],
            &[1],
            &[9; 16],
            &[0, 7, 0, 80],
        ]
        .concat();
        let cases = [
            (b"PROXY TCP4 1.2.3.4 9.9.9.9 8080 80\r\n".to_vec(), "1.2.3.4"),
            (b"PROXY TCP6 2001:db8::1 ::1 1 1\r\n".to_vec(), "2001:db8::1"),
            (b"PROXY TCP6 ::ffff:1.2.3.4 ::1 1 1\r\n".to_vec(), "1.2.3.4"),
            (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
            (
                v2(0x21, 0x11, &[1, 2, 3, 4, 9, 9, 9, 9, 0, 1, 0, 80, 4, 0, 1, 0xff]),
                "1.2.3.4",
            ),
            (v2(0x21, 0x21, &v6), "2001:db8::1"),
            (v2(0x20, 0x00, &[]), "127.0.0.1"),
        ];
        for (header, ip) in &cases {
            let answer = ask(&gateway, &[header, GET.as_bytes()].concat()).await;
            assert_eq!(status(&answer), "200", "{}", header.escape_ascii());
            let head = recorder.seen().pop().expect("a request").head;
            // nobody is trusted about earlier hops, so what the client writes itself is dropped
            assert_eq!(field(&head, "x-forwarded-for").as_deref(), Some(*ip));
            assert_eq!(field(&head, "x-real-ip").as_deref(), Some(*ip));
        }
        gateway.app.stop(Duration::ZERO);
        gateway.served.await.expect("no panic").expect("no error");
        gateway.app.finish_log();
        let log = std::fs::read_to_string(&path).expect("a log");
        assert_eq!(log.lines().count(), cases.len());
        for (line, (_, ip)) in log.lines().zip(&cases) {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(line["client"].as_str(), Some(*ip), "{line}");
        }
    });
}

#[test]
fn it_is_read_once_and_byte_by_byte_if_need_be() {
    run(async {
        let (recorder, gateway) = behind("", "").await;
        let mut client = gateway.connect().await;
        client.0.set_nodelay(true).expect("a socket");
        let request = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
        for byte in format!("PROXY TCP4 1.2.3.4 9.9.9.9 1 1\r\n{request}").bytes() {
            client.0.write_all(&[byte]).await.expect("written");
            tokio::task::yield_now().await;
        }
        assert_eq!(status(&client.answer().await), "200");
        client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&client.answer().await), "200");
        // in front of a second request it is no header, and no request
        client
            .send("PROXY TCP4 6.6.6.6 9.9.9.9 1 1\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        assert_eq!(status(&client.rest().await), "400");
        assert_eq!(recorder.lines(), ["GET /1", "GET /2"]);
    });
}

#[test]
fn what_is_none_is_hung_up_on() {
    run(async {
        let (recorder, gateway) = behind("", "").await;
        let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat();
        let bad: [&[u8]; 7] = [
            GET.as_bytes(),
            b"PROXY TCP4 1.2.3.4\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 1 1\n",
            b"\0",
            &long,
            &v2(0x21, 0x12, &[0; 12]),
            &v2(0x21, 0x11, &[0; 537]),
        ];
        for header in bad {
            let answer = ask(&gateway, &[header, GET.as_bytes()].concat()).await;
            assert_eq!(answer, "", "{}", header.escape_ascii());
        }
        // nor does one that breaks off become one
        let mut client = gateway.connect().await;
        client.send("PROXY TCP4 1.2").await;
        client.0.shutdown().await.expect("closed");
        assert_eq!(client.rest().await, "");
        let count = gateway
            .metric("tollgate_client_turned_away_total{reason=\"proxy_header\"}")
            .await;
        assert_eq!(count, bad.len() as u64 + 1);
        assert_eq!(recorder.connections(), 0);
    });
}

#[test]
fn it_has_a_deadline_of_its_own() {
    run(async {
        let top = "server: { first_byte_timeout: 1h, header_timeout: 100ms }";
        let (_recorder, gateway) = behind("", top).await;
        for start in ["", "PROXY TC", "\r\n\r\n"] {
            let mut client = gateway.connect().await;
            client.send(start).await;
            assert_eq!(client.rest().await, "", "{start:?}");
        }
        let late = "tollgate_client_turned_away_total{reason=\"proxy_header_timeout\"}";
        assert_eq!(gateway.metric(late).await, 3);
    });
}

#[test]
fn only_those_who_are_named_speak_for_others() {
    run(async {
        let header = "PROXY TCP4 10.1.1.1 9.9.9.9 1 1\r\n";
        // we are not one of them: no header is due, and one that comes is no request
        let (recorder, gateway) = behind("", "trusted_proxies: [10.0.0.0/8]").await;
        assert_eq!(status(&ask(&gateway, GET.as_bytes()).await), "200");
        assert_eq!(
            status(&ask(&gateway, format!("{header}{GET}").as_bytes()).await),
            "400"
        );
        assert_eq!(recorder.seen().len(), 1);
        // we are; and whom we speak for is trusted about hops or not, by his own address
        let (recorder, gateway) = behind("", "trusted_proxies: [10.0.0.0/8, 127.0.0.1]").await;
        for (ip, expected) in [("10.1.1.1", "6.6.6.6, 10.1.1.1"), ("1.1.1.1", "1.1.1.1")] {
            let request = header.replace("10.1.1.1", ip) + GET;
            assert_eq!(status(&ask(&gateway, request.as_bytes()).await), "200");
            let head = recorder.seen().pop().expect("a request").head;
            assert_eq!(field(&head, "x-forwarded-for").as_deref(), Some(expected));
        }
        assert_eq!(ask(&gateway, GET.as_bytes()).await, "", "from us it is due");
    });
}
