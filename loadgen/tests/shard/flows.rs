//! Flows: what one answer gives the next request takes, a step that fails ends it, and an arrival has one outcome.

use super::account::{check_conservation, close};
use super::virtual_world::{Course, Virtual, head, run, run_by, run_of, spec, write};
use loadgen::{Common, Failure, JobSpec, Recording, Unexpected, parse_mix};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

fn job(mix: &str) -> JobSpec {
    let common = Common {
        authority: "test".into(),
        ..Common::default()
    };
    let catalogue = parse_mix(mix, "mix", &common, &mut |_| Err("no files".into()));
    let mut spec = spec();
    spec.catalogue = Some(Arc::new(catalogue.unwrap_or_else(|errors| panic!("{errors:#?}"))));
    (spec.rate, spec.requests) = (50.0, Some(100));
    spec.duration = Duration::from_secs(60);
    spec
}

/// Answers by the request's head; nothing is no answer at all.
fn server(reply: impl Fn(&str) -> Option<String> + 'static) -> Virtual {
    let reply = Rc::new(reply);
    Virtual::new(move |_, mut stream| {
        let reply = Rc::clone(&reply);
        async move {
            while let Some(head) = head(&mut stream).await {
                match reply(&head) {
                    Some(answer) => write(&mut stream, &answer).await,
                    None => return,
                }
            }
        }
    })
}

fn plain(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn parts(recording: &Recording) -> Vec<(&str, u64, u64, u64)> {
    let parts = recording.parts.iter();
    parts
        .map(|part| (&part.name[..], part.done, part.unexpected, part.failed))
        .collect()
}

const LOGIN: &str = "
scenarios:
  - name: session
    flow:
      - { name: log in, post: /login, expect: status=200, keep: { access: 'json:/access' } }
      - name: call
        get: '/call/{{access}}'
        headers: { Authorization: 'Bearer {{access}}' }
        expect: status=200
";

#[test]
fn what_the_login_gives_the_call_takes() {
    // every login gives another token and another cookie; a call without both, or with somebody else's, is refused
    let sessions = Rc::new(RefCell::new(BTreeMap::<String, String>::new()));
    let world = server({
        let sessions = Rc::clone(&sessions);
        move |head| {
            let id = field(head, "x-load-id").expect("an id").to_owned();
            if head.starts_with("POST /login ") {
                assert!(field(head, "cookie").is_none(), "somebody else's cookie: {head}");
                let token = format!("t{}", sessions.borrow().len());
                assert!(sessions.borrow_mut().insert(id.clone(), token.clone()).is_none());
                let cookie = format!("set-cookie: sid={id}; Path=/\r\n");
                return plain("200 OK", &cookie, &format!("{{\"access\": \"{token}\"}}"));
            }
            let token = sessions.borrow()[&id].clone();
            let right = head.starts_with(&format!("GET /call/{token} "))
                && field(head, "Authorization") == Some(&format!("Bearer {token}"))
                && field(head, "cookie") == Some(&format!("sid={id}"));
            plain(if right { "200 OK" } else { "403 Forbidden" }, "", head)
        }
    });
    let (recording, events) = run(world, job(LOGIN));
    check_conservation(&recording, &events);
    assert_eq!(recording.surprises, BTreeMap::new());
    assert_eq!((recording.counts.done, recording.counts.requests), (100, 200));
    assert_eq!(
        parts(&recording),
        [("session: log in", 100, 0, 0), ("session: call", 100, 0, 0)]
    );
}

type Reply = fn(&str) -> Option<String>;
/// Name, server, what becomes of every arrival, and (done, unexpected, failed) of both steps.
type Case = (
    &'static str,
    Reply,
    Option<Unexpected>,
    Option<Failure>,
    [(u64, u64, u64); 2],
);

#[test]
fn a_step_that_fails_ends_the_flow() {
    let cases: [Case; 5] = [
        (
            "the login is refused",
            |_| plain("401 Unauthorized", "", "{}"),
            Some(Unexpected::Status),
            None,
            [(100, 100, 0), (0, 0, 0)],
        ),
        (
            "the login has no token",
            |_| plain("200 OK", "", "{}"),
            Some(Unexpected::Capture),
            None,
            [(100, 100, 0), (0, 0, 0)],
        ),
        (
            "the call is refused",
            |head| match head.starts_with("POST") {
                true => plain("200 OK", "", r#"{"access": "x"}"#),
                false => plain("500 Oops", "", ""),
            },
            Some(Unexpected::Status),
            None,
            [(100, 0, 0), (100, 100, 0)],
        ),
        (
            "the call is not answered",
            |head| match head.starts_with("POST") {
                true => plain("200 OK", "", r#"{"access": "x"}"#),
                false => None,
            },
            None,
            Some(Failure::Reset),
            [(100, 0, 0), (0, 0, 100)],
        ),
        (
            "the token cannot be sent",
            |_| plain("200 OK", "", "{\"access\": \"a b\"}"),
            None,
            Some(Failure::Local),
            [(100, 0, 0), (0, 0, 100)],
        ),
    ];
    for (name, reply, unexpected, failure, wanted) in cases {
        let mut spec = job(LOGIN);
        // a connection of its own for every arrival, so that each is refused by itself
        spec.rate = 10.0;
        let (recording, events) = run(server(reply), spec);
        check_conservation(&recording, &events);
        let counts = &recording.counts;
        assert_eq!(
            counts.unexpected,
            unexpected.map(|kind| (kind, 100)).into_iter().collect(),
            "{name}"
        );
        assert_eq!(
            counts.failed,
            failure.map(|kind| (kind, 100)).into_iter().collect(),
            "{name}: {:?}",
            recording.examples
        );
        let parts: Vec<_> = parts(&recording)
            .iter()
            .map(|part| (part.1, part.2, part.3))
            .collect();
        assert_eq!(parts, wanted, "{name}");
    }
}

/// The pause is the user's, and inside the response time of the whole; what comes of it in time is told exactly.
#[test]
fn thinking_takes_its_time_and_timeouts_are_the_part_s() {
    const MIX: &str = "
scenarios:
  - name: session
    flow:
      - { name: one, get: /one }
      - { name: two, get: /two, think: 300ms }
  - { name: other, weight: 0.000001, get: / }
";
    let times = Rc::new(RefCell::new(BTreeMap::<(String, String), Instant>::new()));
    let world = server({
        let times = Rc::clone(&times);
        move |head| {
            let id = field(head, "x-load-id").expect("an id").to_owned();
            let path = head.split(' ').nth(1).expect("a path").to_owned();
            times.borrow_mut().insert((path, id), Instant::now());
            plain("200 OK", "", "")
        }
    });
    let (recording, events) = run(world.clone(), job(MIX));
    check_conservation(&recording, &events);
    close(recording.response.min(), 300.0);
    close(recording.response.max(), 300.0);
    close(recording.service.mean() as u64, 300.0);
    let times = times.take();
    for ((path, id), at) in times.iter().filter(|((path, _), _)| path == "/two") {
        let one = times[&("/one".to_owned(), id.clone())];
        let thought = *at - one;
        assert!(
            thought >= Duration::from_millis(300) && thought <= Duration::from_millis(302),
            "{path} {id}: {thought:?}"
        );
    }
    // it thinks longer than it may take: it ends while it thinks, which is nobody's but the second step's
    let mut spec = job(MIX);
    spec.timeout = Duration::from_millis(200);
    let (recording, events) = run(world, spec);
    check_conservation(&recording, &events);
    assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Timeout, 100)]));
    assert_eq!(
        parts(&recording)[..2],
        [("session: one", 100, 0, 0), ("session: two", 0, 0, 100)]
    );
}

/// Whoever failed before, or without, a request on the wire is told apart by scenario all the same.
#[test]
fn every_failure_is_one_of_its_scenario() {
    const MIX: &str = "
scenarios:
  - { name: a, get: /a }
  - { name: b, get: /b }
";
    let mute = || server(|_| plain("200 OK", "", "").filter(|_| false));
    let hangs = || Virtual::new(|_, mut stream| async move { while head(&mut stream).await.is_some() {} });
    type Alter = fn(&mut JobSpec);
    let cases: [(&str, Virtual, Alter); 4] = [
        ("reset", mute(), |_| {}),
        ("timeout", hangs(), |spec| {
            spec.timeout = Duration::from_millis(100)
        }),
        ("timeout and overflow", hangs(), |spec| {
            (spec.connections, spec.backlog) = (1, 2);
            spec.timeout = Duration::from_secs(1);
        }),
        ("unfinished", hangs(), |spec| {
            (spec.connections, spec.drain) = (2, Duration::from_millis(10));
            spec.timeout = Duration::from_secs(60);
        }),
    ];
    for (name, world, alter) in cases {
        let mut spec = job(MIX);
        alter(&mut spec);
        let (recording, events) = run(world, spec);
        check_conservation(&recording, &events);
        assert_eq!(recording.counts.failed_total(), 100, "{name}");
        let failed: Vec<u64> = recording.parts.iter().map(|part| part.failed).collect();
        assert!(failed.iter().all(|count| *count > 20), "{name}: {failed:?}");
    }
}

#[test]
fn steps_of_one_name_stay_apart_when_shards_are_added_up() {
    const MIX: &str = "
scenarios:
  - name: poll
    flow:
      - { name: look, get: /first }
      - { name: look, get: /second, expect: status=200 }
";
    let reply = |head: &str| match head.contains("/second") {
        true => plain("404 Not Found", "", ""),
        false => plain("200 OK", "", ""),
    };
    let (alone, _) = run(server(reply), job(MIX));
    let (mut sum, _) = run_of(server(reply), job(MIX), 0, 2);
    sum.merge(&run_of(server(reply), job(MIX), 1, 2).0);
    assert_eq!(parts(&sum), parts(&alone));
    assert_eq!(
        parts(&alone),
        [("poll: look", 100, 0, 0), ("poll: look", 100, 100, 0)]
    );
}

#[test]
fn flows_that_are_stopped_or_warm_up_are_accounted_for() {
    let slow = || {
        Virtual::new(|_, mut stream| async move {
            while head(&mut stream).await.is_some() {
                sleep(Duration::from_millis(50)).await;
                let answer = plain("200 OK", "", r#"{"access": "x"}"#).expect("always");
                write(&mut stream, &answer).await;
            }
        })
    };
    let course = Course {
        stop: Duration::from_millis(700),
        ..Course::default()
    };
    let (recording, events) = run_by(slow(), job(LOGIN), course);
    check_conservation(&recording, &events);
    assert!(recording.counts.failed_as(Failure::Unfinished) > 0);
    let mut spec = job(LOGIN);
    spec.warmup = Duration::from_secs(1);
    let (recording, events) = run(slow(), spec);
    check_conservation(&recording, &events);
    let counts = &recording.counts;
    assert!(counts.warmup > 20 && counts.done > 20);
    assert_eq!(counts.requests, 2 * counts.sent);
    assert_eq!(counts.attempted, counts.planned);
    let done: Vec<u64> = recording.parts.iter().map(|part| part.done).collect();
    assert_eq!(done, [counts.done, counts.done]);
    assert_eq!(recording.phases.first_byte.len(), counts.done);
}
