//! What a client sees, byte for byte: heads, body shapes, cut-off answers, wishes.

use crate::support::{Raw, with_replica};
use upstream_stub::pattern;

fn header<'a>(raw: &'a Raw, name: &str) -> &'a str {
    raw.headers.get(name).map_or("", String::as_str)
}

#[test]
fn an_answer_names_replica_number_and_arrival() {
    with_replica("latency=5ms body=100B", "", 1, |stand| async move {
        let mut client = stand.client().await;
        for number in 0..3_u64 {
            let raw = client
                .request("GET", "/any/path?x=1", &[], b"")
                .await
                .expect("an answer");
            assert_eq!(raw.status, 200);
            assert_eq!(header(&raw, "x-replica"), "r7");
            assert_eq!(header(&raw, "x-request-number"), number.to_string());
            assert_eq!(header(&raw, "x-arrived-at"), (number * 5_000).to_string());
            assert_eq!(raw.body, pattern::slice(0, 100));
            assert_eq!(header(&raw, "date"), "", "a date would be a hidden clock");
            assert_eq!(stand.now_us(), u128::from(number + 1) * 5_000);
        }
    });
}

#[test]
fn any_method_is_answered_and_bodies_are_read() {
    with_replica("normal", "", 1, |stand| async move {
        let mut client = stand.client().await;
        for method in ["POST", "PUT", "DELETE", "PATCH", "QUERY"] {
            let raw = client
                .request(method, "/", &[], b"hello")
                .await
                .expect("an answer");
            assert_eq!(
                (header(&raw, "x-body-bytes"), header(&raw, "x-body-crc32")),
                ("5", "3610a686")
            );
        }
        let head = client
            .request("HEAD", "/bytes/1GiB", &[], b"")
            .await
            .expect("an answer");
        assert_eq!(header(&head, "content-length"), (1_u64 << 30).to_string());
        let after = client
            .request("GET", "/status/204", &[], b"")
            .await
            .expect("still connected");
        assert_eq!((after.status, after.body.len()), (204, 0));
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (ledger.completed, ledger.aborted, ledger.upload_bytes),
            (7, 0, 25)
        );
    });
}

#[test]
fn big_bodies_stream_both_ways() {
    const SIZE: usize = 8 << 20;
    with_replica("normal", "", 1, |stand| async move {
        let down = stand.get(&format!("/bytes/{SIZE}")).await.expect("an answer");
        let expected: Vec<u8> = (0..)
            .map(|i| pattern::slice(i * pattern::BLOCK as u64, u64::MAX))
            .take(SIZE / pattern::BLOCK)
            .flatten()
            .copied()
            .collect();
        assert!(down.body == expected, "the pattern repeats without a seam");
        let mut client = stand.client().await;
        let up = client
            .request("POST", "/", &[], &expected)
            .await
            .expect("an answer");
        assert_eq!(header(&up, "x-body-bytes"), SIZE.to_string());
        let sum = format!("{:08x}", crc32fast::hash(&expected));
        assert_eq!(header(&up, "x-body-crc32"), sum);
    });
}

#[test]
fn echoes_come_back() {
    with_replica("echo", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let raw = client
            .request("POST", "/", &[], b"who is there")
            .await
            .expect("an answer");
        assert_eq!((raw.status, raw.body.as_slice()), (200, &b"who is there"[..]));
        let empty = client.request("GET", "/", &[], b"").await.expect("an answer");
        assert_eq!((empty.status, empty.body.len()), (200, 0));
        assert_eq!(stand.replica.ledger().snapshot().completed, 2);
    });
}

#[test]
fn streams_are_chunked_and_take_their_time() {
    with_replica(
        "stream=4x10ms body=1000B latency=2ms",
        "",
        1,
        |stand| async move {
            let raw = stand.get("/").await.expect("an answer");
            assert_eq!(raw.chunks.iter().map(Vec::len).collect::<Vec<_>>(), [250; 4]);
            assert_eq!(header(&raw, "transfer-encoding"), "chunked");
            assert_eq!(raw.body, pattern::slice(0, 1_000));
            assert_eq!(stand.now_us(), 32_000);
        },
    );
}

#[test]
fn server_sent_events_are_well_formed() {
    with_replica("sse=3x100ms", "", 1, |stand| async move {
        let raw = stand.get("/").await.expect("an answer");
        assert_eq!(header(&raw, "content-type"), "text/event-stream");
        let text = String::from_utf8(raw.body).expect("text");
        let events: Vec<_> = text.split_terminator("\n\n").collect();
        assert_eq!(events.len(), 3);
        for (i, event) in (1..).zip(events) {
            assert_eq!(event, format!("id: {i}\ndata: {{\"event\":{i},\"of\":3}}"));
        }
        assert_eq!(stand.now_us(), 200_000);
    });
}

#[test]
fn paced_bodies_announce_their_length() {
    with_replica("pace=1000B body=50B", "", 1, |stand| async move {
        let raw = stand.get("/").await.expect("an answer");
        assert_eq!((header(&raw, "content-length"), raw.body.len()), ("50", 50));
        assert_eq!(stand.now_us(), 40_000);
    });
}

#[test]
fn truncated_answers_send_half_and_close() {
    for (behaviour, sent) in [
        ("truncate=1 body=100B", 50),
        ("truncate=1", 1),
        ("truncate=1 body=1MiB", 1 << 19),
        ("truncate=1 stream=4x1ms body=100B", 50),
        ("truncate=1 pace=1000B body=100B", 50),
        ("truncate=1 error=1", 10),
    ] {
        with_replica(behaviour, "", 1, |stand| async move {
            let raw = stand.get("/").await.expect("a head");
            assert!(!raw.complete, "{behaviour} looked complete");
            assert_eq!(raw.body.len(), sent, "{behaviour}");
            let ledger = stand.replica.ledger().snapshot();
            assert_eq!(
                (ledger.truncated, ledger.completed, ledger.in_flight),
                (1, 0, 0),
                "{behaviour}"
            );
        });
    }
}

#[test]
fn resets_end_the_connection_before_any_byte() {
    with_replica("reset=1 latency=5ms", "", 1, |stand| async move {
        assert_eq!(stand.get("/").await, None);
        assert_eq!(stand.now_us(), 5_000);
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!((ledger.resets, ledger.requests, ledger.answers.len()), (1, 1, 0));
    });
}

/// Whatever the shape: what belongs to another request is another body.
#[test]
fn a_body_is_the_requests_own() {
    for behaviour in [
        "body=100B",
        "body=100KiB",
        "stream=4x1ms",
        "stream=3x1ms body=1000B",
        "pace=1MiB body=100KiB",
    ] {
        with_replica(behaviour, "", 1, |stand| async move {
            let mut client = stand.client().await;
            let mut bodies = Vec::new();
            for id in ["0", "7", "1023"] {
                let raw = client.request("GET", "/", &[("X-Load-Id", id)], b"").await;
                let body = raw.expect("an answer").body;
                assert!(body.starts_with(format!("{id:0>4} ").as_bytes()), "{behaviour}");
                let begin = pattern::start(id.parse().ok());
                for (i, piece) in (0..).zip(body.chunks(pattern::LINE)) {
                    let at = begin + i * pattern::LINE as u64;
                    assert_eq!(
                        piece,
                        pattern::slice(at, piece.len() as u64),
                        "{behaviour}, line {i}"
                    );
                }
                bodies.push(body);
            }
            let nobodys = stand.get("/").await.expect("an answer").body;
            assert!(nobodys == bodies[0], "{behaviour}");
            assert!(
                bodies.iter().all(|body| body.len() == nobodys.len()),
                "{behaviour}"
            );
        });
    }
    with_replica("sse=2x1ms", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let raw = client.request("GET", "/", &[("X-Load-Id", "42")], b"").await;
        let text = String::from_utf8(raw.expect("an answer").body).expect("text");
        let last = "id: 2\ndata: {\"event\":2,\"of\":2,\"load_id\":42}\n\n";
        assert!(text.ends_with(last), "{text}");
    });
}

#[test]
fn errors_are_short_and_whole() {
    with_replica(
        "error=1 error_status=500 body=1MiB stream=9x1s",
        "",
        1,
        |stand| async move {
            let raw = stand.get("/").await.expect("an answer");
            assert_eq!(
                (raw.status, raw.body.as_slice()),
                (500, &br#"{"error":"injected"}"#[..])
            );
            assert_eq!(stand.now_us(), 0);
        },
    );
}

#[test]
fn a_request_may_ask_for_itself() {
    with_replica("latency=1s status=201", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let raw = client
            .request("GET", "/status/418", &[("X-Stub", "latency=3ms body=7B")], b"")
            .await;
        let raw = raw.expect("an answer");
        assert_eq!((raw.status, raw.body.len(), stand.now_us()), (201, 7, 3_000));
        let raw = client
            .request("GET", "/delay/4ms", &[], b"")
            .await
            .expect("an answer");
        assert_eq!((raw.status, stand.now_us()), (201, 7_000));
        let raw = client
            .request("GET", "/", &[("x-stub", "down latency=never")], b"")
            .await
            .expect("an answer");
        assert_eq!(raw.status, 400);
        let text = String::from_utf8(raw.body).expect("text");
        assert!(text.contains("latency=never"), "{text}");
    });
}
