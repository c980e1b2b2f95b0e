//! CPU profiles of the shipped binary, by its admin listener.
#![cfg(feature = "profiling")]

#[path = "support/running.rs"]
#[expect(dead_code, reason = "others look at its memory")]
mod running;

use running::Running;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// A gateway whose only route answers by itself.
fn start() -> Running {
    Running::start(
        "upstreams: { u: { replicas: ['127.0.0.1:1'] } }\n\
         routes: [ { name: all, match: { path: / }, respond: { status: 200, body: ok } } ]\n",
    )
}

impl Running {
    fn ask(&self, method: &str, target: &str) -> Vec<u8> {
        let mut stream = self.send(method, target);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        answer
    }

    fn send(&self, method: &str, target: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.admin).expect("admin accepts");
        let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        stream
    }

    /// Requests without a pause, until `stop`.
    fn busy(&self, stop: &AtomicBool) {
        const AT_ONCE: usize = 20;
        let mut stream = TcpStream::connect(self.http).expect("the gateway accepts");
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut answers = Vec::new();
        let mut piece = [0; 64 * 1024];
        while !stop.load(Ordering::Relaxed) {
            stream.write_all(&request.repeat(AT_ONCE)).expect("written");
            answers.clear();
            // whoever leaves answers unread is cut off in the end
            while text(&answers).matches("HTTP/1.1 ").count() < AT_ONCE {
                let read = stream.read(&mut piece).expect("an answer");
                assert!(read > 0);
                answers.extend_from_slice(&piece[..read]);
            }
        }
    }
}

fn text(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).into_owned()
}

/// While requests are served, so that there is something to see.
fn profile(running: &Running, target: &str) -> Vec<u8> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| running.busy(&stop));
        let answer = running.ask("GET", target);
        stop.store(true, Ordering::Relaxed);
        answer
    })
}

#[test]
fn says_where_the_time_goes() {
    let running = start();
    let answer = text(&profile(
        &running,
        "/debug/pprof/profile?seconds=1&hz=250&format=folded",
    ));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let stacks: Vec<&str> = answer.split_once("\r\n\r\n").expect("a body").1.lines().collect();
    assert!(
        stacks.iter().any(|stack| stack.starts_with("worker-")),
        "{answer}"
    );
    assert!(stacks.iter().any(|stack| stack.contains("gateway::")), "{answer}");
    for stack in stacks {
        let (names, count) = stack.rsplit_once(' ').expect("names and a count");
        assert!(count.parse::<u64>().is_ok_and(|count| count > 0), "{stack}");
        let innermost = names.rsplit(';').next().expect("a name");
        assert!(
            !innermost.starts_with("trace"),
            "the sampler's own frames: {stack}"
        );
    }
    // as protobuf: the first message of a profile says what is counted
    let answer = profile(&running, "/debug/pprof/profile?seconds=1");
    let at = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a head")
        + 4;
    let head = text(&answer[..at]);
    assert!(
        head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("application/vnd.google.protobuf"),
        "{head}"
    );
    assert_eq!(answer[at..][..2], [1 << 3 | 2, 4]);
    assert!(text(&answer[at..]).contains("nanoseconds"));
}

#[test]
fn one_at_a_time_and_none_for_who_has_gone() {
    let running = start();
    // of two that come together either may be first: then the long one was refused, and is asked for again
    let mut tries = (0..20).map(|_| {
        let minute = running.send("GET", "/debug/pprof/profile?seconds=60");
        let second = text(&running.ask("GET", "/debug/pprof/profile?seconds=1"));
        (minute, second)
    });
    let refused = tries.find(|(_, second)| second.starts_with("HTTP/1.1 409 "));
    let (minute, busy) = refused.expect("one at a time");
    assert!(busy.contains("profile_under_way"), "{busy}");
    // whoever asked for the long one goes, and it ends long before its time
    drop(minute);
    let free = (0..500).map(|_| text(&running.ask("GET", "/debug/pprof/profile?seconds=1")));
    let mut free = free.filter(|answer| answer.starts_with("HTTP/1.1 200 "));
    assert!(free.next().is_some(), "it ends when nobody waits for it");
}

#[test]
fn what_cannot_be_asked_for() {
    let running = start();
    for (method, target, status, what) in [
        (
            "GET",
            "?seconds=61",
            "400",
            "seconds: `61` is no whole number from 1 to 60",
        ),
        (
            "GET",
            "?seconds=0&hz=x",
            "400",
            "hz: `x` is no whole number from 1 to 1000",
        ),
        ("GET", "?format=svg", "400", "pprof, folded"),
        (
            "GET",
            "?second=1",
            "400",
            "second: is none of seconds, hz, format",
        ),
        ("POST", "?seconds=1", "405", "allow: GET\r\n"),
        ("HEAD", "?seconds=1", "405", "allow: GET\r\n"),
    ] {
        let answer = text(&running.ask(method, &format!("/debug/pprof/profile{target}")));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{method} {target}: {answer}"
        );
        assert!(answer.contains(what), "{method} {target}: {answer}");
    }
    assert!(text(&running.ask("GET", "/nowhere")).contains("\"/debug/pprof/profile\""));
}
