//! What the probe is told: what was asked, what was sent again, what came back; judged by what the server saw and said.

use super::account::check_conservation;
use super::virtual_world::{OK, Virtual, head, run, run_of, spec, write};
use bytes::Bytes;
use loadgen::{
    Body, Catalogue, Event, JobSpec, Offered, Protocol, RequestStep, ScenarioSpec, StepSpec, Trace,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// A request as a server sees it: method, target, body, and the key it carries.
type Seen = (String, String, Vec<u8>, String);

fn step(method: &str, path: &str, body: &str) -> RequestStep {
    let spec = StepSpec {
        name: format!("{method} {path}"),
        method: method.into(),
        authority: "test".into(),
        path: path.into(),
        headers: vec![("Idempotency-Key".into(), "key-{{id}}".into())],
        body: Body::Text(body.into()),
        ..StepSpec::default()
    };
    spec.build(None, &mut Vec::new())
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Arrivals at these milliseconds, each a flow of two or a single request.
fn traced(times_ms: &[u64]) -> JobSpec {
    let scenario = |name: &str, weight, steps| ScenarioSpec {
        name: name.into(),
        weight,
        steps,
    };
    let catalogue = Catalogue::weighted(vec![
        scenario(
            "order",
            2.0,
            vec![
                step("POST", "/orders/{{id}}", "{\"order\":{{id}}}"),
                step("DELETE", "/orders/{{id}}?gone", ""),
            ],
        ),
        scenario(
            "look",
            1.0,
            vec![step("QUERY", "/look/{{rand 1 1000}}", "what {{uuid}}")],
        ),
    ]);
    let times: Vec<_> = times_ms.iter().copied().map(Duration::from_millis).collect();
    let mut spec = spec();
    spec.catalogue = Some(Arc::new(catalogue.expect("valid")));
    spec.offered = Some(Offered::Trace(Trace::new(&times).expect("ascends")));
    spec
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines();
    lines.find_map(|line| line.to_lowercase().starts_with(name).then(|| &line[name.len()..]))
}

/// The body of the answer to a request of this target: another one for each, and longer than a read.
fn reply(target: &str) -> String {
    target.repeat(3_000)
}

/// Answers by target, and keeps what it saw by load id.
fn server(seen: &Rc<RefCell<BTreeMap<u64, Vec<Seen>>>>) -> Virtual {
    let seen = Rc::clone(seen);
    Virtual::new(move |_, mut stream| {
        let seen = Rc::clone(&seen);
        async move {
            while let Some(head) = head(&mut stream).await {
                let length =
                    field(&head, "content-length: ").map_or(0, |text| text.parse().expect("a number"));
                let mut body = vec![0; length];
                stream.read_exact(&mut body).await.expect("a body");
                let mut words = head.split(' ').map(str::to_owned);
                let (method, target) = (words.next().expect("GET"), words.next().expect("/"));
                let id = field(&head, "x-load-id: ")
                    .expect("an id")
                    .parse()
                    .expect("a number");
                let key = field(&head, "idempotency-key: ").unwrap_or("").to_owned();
                let answer = reply(&target);
                seen.borrow_mut()
                    .entry(id)
                    .or_default()
                    .push((method, target, body, key));
                write(
                    &mut stream,
                    &format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
                        answer.len()
                    ),
                )
                .await;
            }
        }
    })
}

/// What must have been told of the requests of one arrival and of its last answer, connections aside.
fn wanted(id: u64, seen: &[Seen]) -> Vec<Event> {
    let mut events = Vec::new();
    for (method, target, body, _) in seen {
        events.push(Event::Asked {
            id,
            method: http1::head::Method::of(method.as_bytes()).number(),
            target_crc32: crc32fast::hash(target.as_bytes()),
            body_bytes: body.len() as u64,
            body_crc32: crc32fast::hash(body),
        });
        events.push(Event::Sent { id, connection: 0 });
    }
    let last = reply(seen.last().map_or("", |(_, target, ..)| target));
    events.push(Event::Done {
        id,
        status: 200,
        body_bytes: last.len() as u64,
        body_crc32: crc32fast::hash(last.as_bytes()),
    });
    events
}

/// A trace's arrival k has id k, on whatever shard.
#[test]
fn requests_and_answers_are_told_as_they_were() {
    let times: Vec<u64> = (0..200).map(|k| k * k / 10).collect();
    for of in [1, 3] {
        let seen = Rc::default();
        let mut planned = BTreeMap::new();
        let mut told = BTreeMap::<u64, Vec<Event>>::new();
        for index in 0..of {
            let (recording, events) = run_of(server(&seen), traced(&times), index, of);
            check_conservation(&recording, &events);
            for event in events {
                match event {
                    Event::Planned { id, at_us, scenario } => {
                        planned.insert(id, (at_us, scenario));
                        assert_eq!(id % 64 % of as u64, index as u64, "on the wrong shard");
                    }
                    Event::Sent { id, .. } => {
                        told.entry(id)
                            .or_default()
                            .push(Event::Sent { id, connection: 0 });
                    }
                    Event::Asked { id, .. } | Event::Done { id, .. } => {
                        told.entry(id).or_default().push(event);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        let seen = seen.borrow();
        assert_eq!(planned.len(), times.len());
        assert_eq!(
            planned.keys().collect::<Vec<_>>(),
            seen.keys().collect::<Vec<_>>()
        );
        for ((id, requests), at) in seen.iter().zip(&times) {
            let (at_us, scenario) = planned[id];
            assert_eq!(at_us, at * 1_000);
            assert_eq!(
                (scenario, requests.len()),
                if requests[0].0 == "POST" { (0, 2) } else { (1, 1) }
            );
            assert_eq!(told[id], wanted(*id, requests));
            assert!(
                requests.iter().all(|(.., key)| *key == format!("key-{id}")),
                "{requests:?}"
            );
        }
        let first = planned.values().filter(|(_, scenario)| *scenario == 0).count();
        assert!(
            (100..180).contains(&first),
            "{first} of 200 made the scenario of weight 2 of 3"
        );
    }
}

#[test]
fn turns_are_told_by_their_place() {
    let seen = Rc::default();
    let steps = (0..5)
        .map(|n| step("GET", &format!("/{n}/{{{{id}}}}"), ""))
        .collect();
    let mut spec = traced(&[1, 1, 2, 3, 5, 8, 13, 21]);
    spec.catalogue = Some(Arc::new(Catalogue::turns(steps).expect("few")));
    let (recording, events) = run(server(&seen), spec);
    check_conservation(&recording, &events);
    for event in &events {
        if let Event::Planned { id, scenario, .. } = *event {
            assert_eq!(u64::from(scenario), id % 5);
            assert_eq!(seen.borrow()[&id][0].1, format!("/{scenario}/{id}"));
        }
    }
    assert_eq!(seen.borrow().len(), 8);
}

/// Kinds and connections of what was told of all arrivals, one after the other.
fn course(events: &[Event]) -> Vec<(&'static str, Option<u64>)> {
    let told = events.iter().map(|event| match event {
        Event::Planned { .. } => ("planned", None),
        Event::Asked { .. } => ("asked", None),
        Event::Shows { .. } => ("shows", None),
        Event::Given { .. } => ("given", None),
        Event::Sent { connection, .. } => ("sent", Some(*connection)),
        Event::Resent { connection, .. } => ("resent", Some(*connection)),
        Event::Pointed { .. } => ("pointed", None),
        Event::Served { .. } => ("served", None),
        Event::Done { .. } => ("done", None),
        Event::Failed { .. } => ("failed", None),
    });
    told.collect()
}

/// A kept connection that ends without a byte of an answer: what may be sent twice is, and that is told.
#[test]
fn what_is_sent_again_is_told() {
    let again = [("resent", Some(1)), ("done", None)].as_slice();
    for (method, end) in [("GET", again), ("PUT", again), ("POST", &[("failed", None)])] {
        // the first connection answers once, and takes one request more
        let world = Virtual::new(|number, mut stream| async move {
            let mut answers = 0;
            while head(&mut stream).await.is_some() && (number > 0 || answers == 0) {
                answers += 1;
                write(&mut stream, OK).await;
            }
        });
        let mut spec = spec();
        spec.method = method.into();
        let times = [5, 1_000].map(Duration::from_millis);
        spec.offered = Some(Offered::Trace(Trace::new(&times).expect("ascends")));
        let (recording, events) = run(world, spec);
        check_conservation(&recording, &events);
        let one = [("planned", None), ("asked", None), ("sent", Some(0))];
        let wanted = [&one[..], &[("done", None)], &one, end].concat();
        assert_eq!(course(&events), wanted, "{method}");
        let sends = 2 + u64::from(end == again);
        assert_eq!((recording.counts.sent, recording.counts.requests), (2, sends));
    }
}

/// Whoever comes again shows what he was last given, and an answer without cookies takes none away.
#[test]
fn cookies_of_visitors_are_told() {
    const GIVES: &str = "HTTP/1.1 200 OK\r\nset-cookie: s=1\r\ncontent-length: 0\r\n\r\n";
    const RENEWS: &str = "HTTP/1.1 200 OK\r\nset-cookie: s=2; Path=/\r\ncontent-length: 0\r\n\r\n";
    let sent = Rc::<RefCell<Vec<String>>>::default();
    let seen = Rc::clone(&sent);
    let world = Virtual::new(move |_, mut stream| {
        let seen = Rc::clone(&seen);
        async move {
            while let Some(head) = head(&mut stream).await {
                let cookie = field(&head, "cookie: ").unwrap_or("").to_owned();
                let number = seen.borrow().len();
                seen.borrow_mut().push(cookie);
                write(&mut stream, [GIVES, OK, GIVES, RENEWS][number]).await;
            }
        }
    });
    let visit = StepSpec {
        name: "visit".into(),
        method: "GET".into(),
        authority: "test".into(),
        path: "/".into(),
        visits: true,
        ..StepSpec::default()
    };
    let visit = visit.build(None, &mut Vec::new()).expect("valid");
    let visitor = ScenarioSpec {
        name: "visitor".into(),
        weight: 1.0,
        steps: vec![visit],
    };
    let mut spec = traced(&[0, 1_000, 2_000, 3_000]);
    spec.catalogue = Some(Arc::new(Catalogue::weighted(vec![visitor]).expect("one")));
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(*sent.borrow(), ["", "s=1", "s=1", "s=1"]);
    let sum = |cookies: &str| crc32fast::hash(cookies.as_bytes());
    let (mut shown, mut given) = (Vec::new(), Vec::new());
    for event in &events {
        match *event {
            Event::Shows { id, crc32 } => shown.push((id, crc32)),
            Event::Given { id, crc32 } => given.push((id, crc32)),
            _ => {}
        }
    }
    assert_eq!(shown, [(0, 0), (1, sum("s=1")), (2, sum("s=1")), (3, sum("s=1"))]);
    assert_eq!(given, [(0, sum("s=1")), (2, sum("s=1")), (3, sum("s=2"))]);
    let visit = |given: &[(&'static str, Option<u64>)]| {
        let asked = [
            ("planned", None),
            ("shows", None),
            ("asked", None),
            ("sent", Some(0)),
        ];
        [&asked[..], given, &[("done", None)]].concat()
    };
    let (with, without) = (visit(&[("given", None)]), visit(&[]));
    assert_eq!(course(&events), [&with[..], &without, &with, &with].concat());
}

/// The same over HTTP/2, where a server says that it did not look; answers are not summed up there.
#[test]
fn http2_tells_what_was_asked_and_what_was_sent_again() {
    let world = Virtual::new(|_, stream| async move {
        let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
        let mut number = 0;
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            number += 1;
            if number == 1 {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
                continue;
            }
            let mut body = respond
                .send_response(http::Response::new(()), false)
                .expect("open");
            body.send_data(Bytes::from_static(b"ok"), true).expect("open");
        }
    });
    let mut spec = spec();
    (spec.protocol, spec.connections) = (Protocol::Http2, 1);
    (spec.method, spec.path, spec.body) = ("PUT".into(), "/a?b={{id}}".into(), Bytes::from_static(b"data"));
    spec.offered = Some(Offered::Trace(
        Trace::new(&[Duration::from_millis(5)]).expect("one"),
    ));
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    let (id, connection) = (0, 0);
    let wanted = [
        Event::Planned {
            id,
            at_us: 5_000,
            scenario: 0,
        },
        Event::Asked {
            id,
            method: 4,
            target_crc32: crc32fast::hash(b"/a?b=0"),
            body_bytes: 4,
            body_crc32: crc32fast::hash(b"data"),
        },
        Event::Sent { id, connection },
        Event::Resent { id, connection },
        Event::Done {
            id,
            status: 200,
            body_bytes: 2,
            body_crc32: 0,
        },
    ];
    assert_eq!(events, wanted);
}
