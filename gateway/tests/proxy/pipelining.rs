//! Requests that come before their predecessors are answered, and clients that close half of their connection.

use crate::harness::run;
use crate::recorder::{Recorder, answers};
use tokio::io::AsyncWriteExt;

#[test]
fn answers_keep_the_order_of_the_requests_whatever_the_upstream_takes() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let targets = ["/hold/1", "/2", "/hold/3", "/4", "/nowhere//5", "/6"];
        let requests: String = targets[..4]
            .iter()
            .map(|target| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .collect();
        let mut client = gateway.connect().await;
        client.send(&requests).await;
        recorder.wait_seen(1).await;
        // another client is not held up by them
        assert!(gateway.get("/other").await.ends_with("GET /other 0"));
        recorder.release();
        recorder.wait_seen(4).await;
        // with a body, with its framing made anew, and with an end
        let more = "POST /5 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfiv\r\n1\r\ne\r\n0\r\n\r\n\
                    PUT /6 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nsix\
                    GET /after-the-last HTTP/1.1\r\nHost: a\r\n\r\n";
        client.send(more).await;
        recorder.release();
        let texts: Vec<_> = answers(&client.rest().await)
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        let expected = [
            "GET /hold/1 0",
            "GET /2 0",
            "GET /hold/3 0",
            "GET /4 0",
            "POST /5 4",
            "PUT /6 3",
        ];
        assert_eq!(texts, expected);
        assert!(!recorder.text().contains("after-the-last"));
    });
}

#[test]
fn a_hundred_in_one_piece_and_one_in_a_hundred_pieces() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let requests: String = (0..100)
            .map(|n| {
                let body = "x".repeat(n);
                format!("POST /{n} HTTP/1.1\r\nHost: a\r\nContent-Length: {n}\r\n\r\n{body}")
            })
            .collect();
        let mut client = gateway.connect().await;
        client.send(&requests).await;
        recorder.wait_seen(100).await;
        let last = "POST /last HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nend";
        for byte in last.as_bytes() {
            client.0.write_all(&[*byte]).await.expect("written");
            tokio::task::yield_now().await;
        }
        let texts: Vec<_> = answers(&client.rest().await)
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        let mut expected: Vec<_> = (0..100).map(|n| format!("POST /{n} {n}")).collect();
        expected.push("POST /last 3".to_owned());
        assert_eq!(texts, expected);
        assert_eq!(recorder.connections(), 1);
    });
}

#[test]
fn a_refusal_comes_behind_the_answers_before_it() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let requests =
            "GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut client = gateway.connect().await;
        client.send(requests).await;
        recorder.wait_seen(1).await;
        recorder.release();
        let answers = answers(&client.rest().await);
        let statuses: Vec<_> = answers.iter().map(|(status, _)| status.as_str()).collect();
        assert_eq!(statuses, ["200", "400"]);
        assert_eq!(recorder.lines(), ["GET /hold"]);
    });
}

#[test]
fn a_client_that_closed_its_half_is_abandoned() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let mut client = gateway.connect().await;
        client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").await;
        recorder.wait_seen(1).await;
        client.0.shutdown().await.expect("half closed");
        assert_eq!(client.rest().await, "");
        recorder.release();
        recorder.wait_closed(1).await;
        let closes = "tollgate_client_closes_total{reason=\"aborted\"}";
        assert_eq!(gateway.metric(closes).await, 1);
        assert_eq!(
            gateway
                .metric("tollgate_requests_aborted_total{route=\"all\"}")
                .await,
            1
        );
    });
}

#[test]
fn a_head_or_a_body_that_breaks_off_reaches_nobody_as_a_request() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        for half in [
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n0\r\n",
        ] {
            let mut client = gateway.connect().await;
            client.send(half).await;
            client.0.shutdown().await.expect("half closed");
            assert!(!client.rest().await.contains("200 OK"), "{half:?}");
        }
        recorder.wait_closed(recorder.connections()).await;
        assert_eq!(recorder.lines(), [""; 0]);
    });
}
