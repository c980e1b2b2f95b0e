//! Over time and from the inside: scripts, down and up, queueing, determinism, the ledger, events.

use crate::support::{Client, Stand, with_replica};
use rand::TryRng;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use upstream_stub::{Behaviour, Chance, Event, Fault, Who};
use workload::Queue;
use world::{Seed, World};

async fn at(stand: &Stand, us: u64) {
    tokio::time::sleep_until(stand.start + Duration::from_micros(us)).await;
}

#[test]
fn script_phases_hold_from_their_time_on() {
    with_replica(
        "body=10B",
        "10s latency=200ms status=404; 20s error=1; 30s normal",
        1,
        |stand| async move {
            for (second, status, takes_us) in [
                (0, 200, 0),
                (9, 200, 0),
                (10, 404, 200_000),
                (20, 503, 0),
                (30, 200, 0),
            ] {
                at(&stand, second * 1_000_000).await;
                let before = stand.now_us();
                let raw = stand.get("/").await.expect("an answer");
                assert_eq!(
                    (raw.status, stand.now_us() - before),
                    (status, takes_us),
                    "at {second} s"
                );
            }
        },
    );
}

#[test]
fn down_refuses_and_breaks_off_and_up_listens_again() {
    with_replica(
        "latency=4s",
        "10s down; 20s normal; 30s down; 31s down; 40s normal",
        1,
        |stand| async move {
            at(&stand, 8_000_000).await;
            let mut idle = stand.client().await;
            let mut busy = stand.client().await;
            busy.send("GET", "/", &[], b"").await;
            assert_eq!(
                busy.answer(true).await,
                None,
                "broken off before its 4 s were over"
            );
            assert_eq!(stand.now_us(), 10_000_000);
            assert_eq!(
                idle.request("GET", "/", &[], b"").await,
                None,
                "idle connections go too"
            );
            at(&stand, 19_999_000).await;
            let refused = stand.world.connect(stand.addr).await.expect_err("down");
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
            at(&stand, 20_001_000).await;
            let raw = stand.get("/").await.expect("up again");
            assert_eq!(
                raw.headers.get("x-request-number").map(String::as_str),
                Some("1"),
                "numbers go on"
            );
            at(&stand, 39_000_000).await;
            stand
                .world
                .connect(stand.addr)
                .await
                .expect_err("down over two phases");
            at(&stand, 40_001_000).await;
            stand.get("/").await.expect("up again");
            at(&stand, 50_000_000).await;
            let ledger = stand.replica.ledger().snapshot();
            assert_eq!(
                (
                    ledger.requests,
                    ledger.completed,
                    ledger.dropped_by_script,
                    ledger.aborted
                ),
                (3, 2, 1, 0)
            );
            assert_eq!((ledger.connections_open, ledger.in_flight), (0, 0));
            let turns: Vec<_> = stand
                .diary
                .0
                .borrow()
                .iter()
                .copied()
                .filter(|e| matches!(e, Event::Down { .. } | Event::Up { .. }))
                .collect();
            let (down, up) = (Event::Down { replica: 7 }, Event::Up { replica: 7 });
            assert_eq!(turns, [down, up, down, up]);
            let aborted = Event::Aborted {
                replica: 7,
                number: 0,
                by: Who::Script,
            };
            assert!(stand.diary.0.borrow().contains(&aborted));
        },
    );
}

#[test]
fn a_replica_that_begins_down_comes_up() {
    with_replica("down", "5s up", 1, |stand| async move {
        at(&stand, 4_000_000).await;
        stand.world.connect(stand.addr).await.expect_err("down");
        at(&stand, 5_001_000).await;
        assert_eq!(stand.get("/").await.expect("up").status, 200);
    });
}

/// Statuses, latencies in µs and bodies' fates of `n` requests, one after the other.
fn story(behaviour: &'static str, seed: u64, n: usize) -> Vec<(Option<u16>, u128, bool)> {
    let (send, receive) = std::sync::mpsc::channel();
    with_replica(behaviour, "", seed, |stand| async move {
        for _ in 0..n {
            let before = stand.now_us();
            let raw = stand.get("/").await;
            let complete = raw.as_ref().is_some_and(|raw| raw.complete);
            send.send((raw.map(|raw| raw.status), stand.now_us() - before, complete))
                .expect("open");
        }
    });
    receive.iter().collect()
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let wild = "latency=lognormal:p50=5ms,p99=50ms error=0.3 reset=0.1 truncate=0.1 body=100B";
    let first = story(wild, 1, 200);
    assert_eq!(first, story(wild, 1, 200));
    assert_ne!(first, story(wild, 2, 200));
    // and it is the story that the public prediction tells; tokio's timers tick in milliseconds
    let (behaviour, chance): (Behaviour, _) = (wild.parse().expect("words"), Chance::new(Seed(1), 7));
    for (number, (status, latency_us, complete)) in (0..).zip(first) {
        let plan = chance.plan(&behaviour, number);
        let told = plan.fault != Some(Fault::Reset);
        assert_eq!(status, told.then_some(plan.status), "request {number}");
        assert_eq!(complete, plan.fault.is_none(), "request {number}");
        assert!(
            latency_us.abs_diff(plan.latency.as_micros()) <= 1_000,
            "request {number}: {latency_us} µs"
        );
    }
}

/// Requests at random moments, each on its own connection; departures must be those of the queue.
#[test]
fn queueing_mode_departs_as_the_queue_says() {
    for servers in [1_usize, 3] {
        let behaviour = format!("latency=uniform:0s..40ms servers={servers}");
        with_replica(&behaviour.clone(), "", 5, |stand| async move {
            let (behaviour, chance): (Behaviour, _) =
                (behaviour.parse().expect("words"), Chance::new(Seed(5), 7));
            let mut gaps = Seed(9).rng();
            let mut queue = Queue::new(servers);
            let mut tasks = Vec::new();
            let mut arrival_ms = 0;
            for number in 0..200 {
                arrival_ms += gaps.try_next_u64().unwrap_or_default() % 15;
                at(&stand, arrival_ms * 1_000).await;
                let service = chance.plan(&behaviour, number).latency;
                let departure = queue.admit(Duration::from_millis(arrival_ms), service).departure;
                let mut client = stand.client().await;
                client.send("GET", "/", &[], b"").await;
                // the stub must see this request before the next one
                tokio::task::yield_now().await;
                let start = stand.start;
                tasks.push(tokio::task::spawn_local(async move {
                    if number % 10 == 3 {
                        // hangs up at once; its service is consumed all the same
                        tokio::task::yield_now().await;
                        return;
                    }
                    client.answer(true).await.expect("an answer");
                    let late = (Instant::now() - start).saturating_sub(departure);
                    assert!(Instant::now() - start >= departure, "request {number} left early");
                    assert!(
                        late <= Duration::from_millis(1),
                        "request {number} left {late:?} late"
                    );
                }));
            }
            for task in tasks {
                task.await.expect("in time");
            }
            let ledger = stand.replica.ledger().snapshot();
            assert_eq!((ledger.requests, ledger.in_flight), (200, 0));
            assert!(
                ledger.aborted > 0 && ledger.aborted + ledger.completed == 200,
                "{ledger:?}"
            );
        });
    }
}

#[test]
fn hanging_up_is_noticed_at_once() {
    with_replica("latency=1h", "", 1, |stand| async move {
        let mut client = stand.client().await;
        client
            .send("GET", "/", &[("X-Load-Id", "42"), ("Idempotency-Key", "k")], b"")
            .await;
        at(&stand, 1_000_000).await;
        assert_eq!(stand.replica.ledger().snapshot().in_flight, 1);
        drop(client);
        at(&stand, 1_001_000).await;
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (ledger.in_flight, ledger.aborted, ledger.connections_open),
            (0, 1, 0)
        );
        let diary = stand.diary.0.borrow();
        assert!(matches!(
            diary[0],
            Event::Accepted {
                replica: 7,
                connection: 0
            }
        ));
        assert!(matches!(
            diary[1],
            Event::Request {
                number: 0,
                load_id: Some(42),
                key: Some(_),
                ..
            }
        ));
        assert_eq!(
            diary[2..],
            [
                Event::Aborted {
                    replica: 7,
                    number: 0,
                    by: Who::Client
                },
                Event::Closed {
                    replica: 7,
                    connection: 0
                },
            ]
        );
    });
}

/// Of every shape: what the probe is told of a request and of its answer is what went over the wire.
#[test]
fn the_probe_is_told_what_was_asked_and_answered() {
    let (data, long) = (b"some data".as_slice(), [b'x'; 100_000]);
    for (method, number, target, stub, body) in [
        ("GET", 1, "/a/b?c=d", "body=100B", b"".as_slice()),
        ("GET", 1, "/", "body=1MiB", b""),
        ("GET", 1, "/", "normal", b""),
        ("HEAD", 2, "/bytes/1KiB", "normal", b""),
        ("POST", 3, "/status/204", "body=9B", data),
        ("PUT", 4, "/echo", "echo", data),
        ("DELETE", 5, "/echo", "echo", &long),
        ("PATCH", 6, "/", "stream=5x1ms body=10KiB", data),
        ("OPTIONS", 7, "*", "pace=1MiB body=100KiB", b""),
        ("QUERY", 0, "/q", "sse=3x1ms", data),
        ("GET", 1, "/", "error=1 body=1KiB", b""),
        ("GET", 1, "/", "latency=never", b""),
    ] {
        with_replica("normal", "", 1, |stand| async move {
            let fields = [("X-Load-Id", "12"), ("X-Stub", stub)];
            // an answer before this one on the connection leaves nothing behind
            let mut client = stand.client().await;
            client
                .request("GET", "/bytes/7", &[], b"")
                .await
                .expect("an answer");
            let raw = client.request(method, target, &fields, body).await;
            let raw = raw.expect("an answer");
            let diary = stand.diary.0.borrow();
            let of = |wanted: u64| {
                diary.iter().filter(move |event| match event {
                    Event::Request { number, .. } | Event::Finished { number, .. } => *number == wanted,
                    _ => false,
                })
            };
            let told: Vec<Event> = of(1).copied().collect();
            let wanted = [
                Event::Request {
                    replica: 7,
                    connection: 0,
                    number: 1,
                    method: number,
                    target_crc32: crc32fast::hash(target.as_bytes()),
                    load_id: Some(12),
                    key: None,
                },
                Event::Finished {
                    replica: 7,
                    number: 1,
                    bytes: raw.body.len() as u64,
                    crc32: crc32fast::hash(&raw.body),
                },
            ];
            assert_eq!(told, wanted, "{method} {target} {stub}");
            assert_eq!(of(0).count(), 2);
        });
    }
}

#[test]
fn hanging_up_in_an_upload_or_a_stream_is_an_abort() {
    with_replica("stream=100x1s", "", 1, |stand| async move {
        let mut upload = stand.client().await;
        upload.send("POST", "/", &[("content-length", "100")], b"").await;
        let mut stream = stand.client().await;
        stream.send("GET", "/", &[], b"").await;
        at(&stand, 5_000_000).await;
        drop((upload, stream));
        at(&stand, 7_000_000).await;
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (
                ledger.aborted,
                ledger.completed,
                ledger.in_flight,
                ledger.connections_open
            ),
            (2, 0, 0, 0)
        );
        assert_eq!(ledger.answers, BTreeMap::from([(200, 1)]));
    });
}

#[test]
fn the_ledger_counts_what_was_seen() {
    with_replica("latency=10ms", "", 1, |stand| async move {
        let mut clients = Vec::new();
        for i in 0..5 {
            let mut client = stand.client().await;
            let key = format!("key-{}", i % 2);
            client
                .send(
                    "POST",
                    "/",
                    &[("X-Request-Id", "same"), ("Idempotency-Key", &key)],
                    b"",
                )
                .await;
            clients.push(client);
        }
        for mut client in clients {
            client.answer(true).await.expect("an answer");
        }
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (
                ledger.requests,
                ledger.completed,
                ledger.in_flight,
                ledger.in_flight_max
            ),
            (5, 5, 0, 5)
        );
        assert_eq!(ledger.connections_accepted, 5);
        assert_eq!((ledger.request_ids.distinct, ledger.request_ids.repeated), (1, 1));
        assert_eq!(stand.replica.ledger().times_seen("same"), 5);
        let keys: Vec<_> = ledger.idempotency_keys.repeats.into_iter().collect();
        assert_eq!(keys, [("key-0".to_owned(), 3), ("key-1".to_owned(), 2)]);
        stand.replica.ledger().reset();
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (ledger.requests, ledger.in_flight_max, ledger.request_ids.distinct),
            (0, 0, 0)
        );
    });
}

#[test]
fn every_request_has_one_end() {
    let wild = "latency=exp:5ms error=0.2 reset=0.2 truncate=0.2 body=1KiB";
    with_replica(wild, "500ms down; 600ms normal", 3, |stand| async move {
        let mut answered = 0;
        while stand.now_us() < 1_000_000 {
            let Ok(stream) = stand.world.connect(stand.addr).await else {
                at(&stand, 601_000).await;
                continue;
            };
            let mut client = Client::on(stream);
            answered += usize::from(client.request("GET", "/", &[], b"").await.is_some());
        }
        let mut ends = BTreeMap::<u64, Vec<Event>>::new();
        for event in stand.diary.0.borrow().iter() {
            match *event {
                Event::Request { number, .. } => assert!(ends.insert(number, Vec::new()).is_none()),
                Event::Finished { number, .. }
                | Event::Injected { number, .. }
                | Event::Aborted { number, .. } => ends.entry(number).or_default().push(*event),
                _ => {}
            }
        }
        assert!(ends.values().all(|end| end.len() == 1), "{ends:?}");
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(ledger.requests, ends.len() as u64);
        assert_eq!(ledger.answers.values().sum::<u64>(), answered as u64);
        let ended =
            ledger.completed + ledger.aborted + ledger.dropped_by_script + ledger.resets + ledger.truncated;
        assert_eq!(ended, ledger.requests);
    });
}
