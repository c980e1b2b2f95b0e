//! It is told to stop.

use crate::part::{ANYWHERE, Home, Kept, Part, Upstream, body, connect, get, status, yaml};
use std::net::TcpStream;

fn start(upstream: &Upstream, top: &str) -> (Home, Part) {
    let home = Home::new();
    home.write(&yaml(ANYWHERE, upstream.addr, "/", top));
    let part = home.start(&["--no-watch"]);
    (home, part)
}

#[test]
fn it_says_that_it_is_not_ready_and_serves_for_as_long_as_the_lead() {
    let upstream = Upstream::start();
    let (_home, mut part) = start(&upstream, "shutdown: { lead: 3s, deadline: 20s }");
    assert_eq!(status(&get(part.admin, "/readyz")), "200");
    assert_eq!(body(&get(part.admin, "/readyz"))["status"], "ready");
    // each has had an answer, and waits
    let mut kept: Vec<_> = (0..20).map(|_| Kept::to(part.http)).collect();
    for kept in &mut kept {
        kept.send("/");
        assert!(!kept.answer());
    }
    let idle = kept.pop().expect("one of them");
    let begin = tokio::time::Instant::now();
    part.signal("-TERM");
    while status(&get(part.admin, "/readyz")) != "503" {}
    assert_eq!(body(&get(part.admin, "/readyz"))["status"], "stopping");
    let alive = get(part.admin, "/healthz");
    assert_eq!(
        (status(&alive), &body(&alive)["status"]),
        ("200", &"stopping".into())
    );
    assert_eq!(status(&get(part.http, "/")), "200", "still accepted");
    // those that go on are told one after the other; which, is by chance
    let mut told = Vec::new();
    while !kept.is_empty() {
        kept.retain_mut(|kept| {
            kept.send("/");
            let is_last = kept.answer();
            told.extend(is_last.then(|| begin.elapsed()));
            !is_last
        });
    }
    let spread = told[told.len() - 1] - told[0];
    assert!(
        spread.as_millis() > 500,
        "of 19 in 3 s the first and the last are closer with a chance of 1e-12: {told:?}"
    );
    // one that waits may be sent a request until nobody sends any more
    idle.ends();
    assert!(begin.elapsed().as_secs() >= 3, "{:?}", begin.elapsed());
    assert_eq!(part.ends(), Some(0));
    assert!(TcpStream::connect(part.http).is_err());
}

#[test]
fn what_is_in_flight_is_waited_for_and_told_to_be_the_last() {
    let upstream = Upstream::start();
    let (_home, mut part) = start(&upstream, "");
    let mut kept = Kept::to(part.http);
    kept.send("/");
    assert!(!kept.answer());
    // a client in the middle of a head
    let mut slow = connect(part.http);
    std::io::Write::write_all(&mut slow, b"GET / HTTP/1.1\r\n").expect("written");
    while part.metric("tollgate_client_connections") < 2 {}
    part.signal("-TERM");
    kept.ends();
    std::io::Write::write_all(&mut slow, b"Host: a\r\n\r\n").expect("written");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut slow, &mut answer).expect("no reset");
    assert!(
        answer.contains("onnection: close\r\n") && answer.ends_with("ok"),
        "{answer}"
    );
    part.says("requests drained 1, aborted 0");
    assert_eq!(part.ends(), Some(0));
}

#[test]
fn what_is_cut_off_at_the_deadline_is_counted_and_is_another_exit_code() {
    let (upstream, dir) = (Upstream::start(), tempfile::tempdir().expect("a directory"));
    let log = dir.path().join("log");
    let top = format!(
        "shutdown: {{ deadline: 50ms }}\naccess_log: {{ path: {} }}",
        log.display()
    );
    let (_home, mut part) = start(&upstream, &top);
    let mut kept = Kept::to(part.http);
    kept.send("/never");
    upstream.requests(1);
    part.signal("-TERM");
    part.says("requests drained 0, aborted 1");
    assert_eq!(part.ends(), Some(3));
    // told from a client that has gone
    let log = std::fs::read_to_string(log).expect("a log");
    let why = "\"outcome\":\"aborted\",\"detail\":\"the gateway ended before it was done\"";
    assert!(log.contains(why), "{log}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let upstream = Upstream::start();
    let (_home, mut part) = start(&upstream, "shutdown: { lead: 1h }");
    let mut kept = Kept::to(part.http);
    kept.send("/never");
    upstream.requests(1);
    part.signal("-TERM");
    while status(&get(part.admin, "/readyz")) != "503" {}
    // the config in force is the last one
    assert_eq!(status(&part.reload()), "503");
    part.signal("-INT");
    part.says("ended at once by a second signal");
    assert_eq!(part.ends(), Some(3));
}
