//! Servers that hate their clients: each is reported as what it is, and the run ends by itself, in bounded time and memory.

use super::program::{document, ended, loadgen};
use super::server::{OK, raw};
use loadgen::{Document, Failure};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Far more than any run here takes, on any machine.
const LONG: Duration = Duration::from_secs(120);
/// Of a debug build with everything that it ever held; an answer without end would be more in a second.
const MEMORY_MAX_KB: u64 = 400 * 1024;
const REQUESTS: u64 = 12;

/// Waits without sleeping on a clock that tests could get wrong: nobody ever speaks on this channel.
fn pause(time: Duration) {
    let (_silent, never) = channel::<()>();
    let _ = never.recv_timeout(time);
}

/// Reads one request; false at the end of the connection.
fn request(stream: &mut TcpStream) -> bool {
    let mut last = [0; 4];
    while last != *b"\r\n\r\n" {
        last.rotate_left(1);
        if stream.read_exact(&mut last[3..]).is_err() {
            return false;
        }
    }
    true
}

/// Reads to the end of the connection.
fn hold(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// One request, then `bytes`, then the connection stays as it is until the client leaves.
fn says(bytes: &'static [u8]) -> Script {
    Box::new(move |mut stream| {
        if request(&mut stream) && stream.write_all(bytes).is_ok() {
            hold(stream);
        }
    })
}

/// The same, and the connection ends.
fn says_and_ends(bytes: &'static [u8]) -> Script {
    Box::new(move |mut stream| {
        if request(&mut stream) {
            let _ = stream.write_all(bytes);
        }
    })
}

/// One request, then `start`, then `more` for ever.
fn floods(start: &'static [u8], more: &'static [u8]) -> Script {
    Box::new(move |mut stream| {
        let many = more.repeat(65_536 / more.len());
        if request(&mut stream) && stream.write_all(start).is_ok() {
            while stream.write_all(&many).is_ok() {}
        }
    })
}

/// Every request is answered with `bytes`.
fn answers(bytes: &'static [u8]) -> Script {
    Box::new(move |mut stream| while request(&mut stream) && stream.write_all(bytes).is_ok() {})
}

type Script = Box<dyn Fn(TcpStream) + Send + Sync>;

/// Runs it against `url` to its end, and says what it took up at most.
fn judged(url: &str, extra: &[&str]) -> (i32, Document) {
    let load: &[&str] = match extra.contains(&"--closed") {
        // a closed loop is as busy as can be
        true => &["--allow-invalid"],
        false => &["-R", "200", "-n", "12"],
    };
    let patient: &[&str] = match extra.contains(&"--timeout") {
        true => &[],
        false => &["--timeout", "1m"],
    };
    let common = [
        "-c",
        "4",
        "--drain",
        "1m",
        "--max-send-lag",
        "1h",
        "--format",
        "json",
        "--quiet",
    ];
    let mut child = loadgen(&[&[url], load, patient, &common, extra].concat())
        .spawn()
        .expect("runs");
    let mut stdout = child.stdout.take().expect("piped");
    let mut stderr = child.stderr.take().expect("piped");
    let text = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let begun = tokio::time::Instant::now();
    let mut memory_kb = 0;
    while child.try_wait().expect("ours").is_none() {
        memory_kb = memory_kb.max(memory(&child).unwrap_or(0));
        if begun.elapsed() > LONG {
            child.kill().expect("ours");
            panic!("{url} {extra:?}: it does not end");
        }
        pause(Duration::from_millis(20));
    }
    assert!(memory_kb < MEMORY_MAX_KB, "{url} {extra:?}: {memory_kb} KB");
    let mut errors = String::new();
    stderr.read_to_string(&mut errors).expect("UTF-8");
    let output = child.wait_with_output().expect("ended");
    let (code, ..) = ended(output);
    assert_eq!(errors, "", "exit code {code}");
    (code, document(&text.join().expect("reads").expect("UTF-8")))
}

/// The most memory that it ever had.
fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// All requests ended as `kind`, or were answered where there is none.
fn check(name: &str, script: Script, extra: &[&str], kind: Option<Failure>, words: &str) -> Document {
    let scheme = if extra.contains(&"-k") { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}/", raw(script).port());
    let (code, document) = judged(&url, extra);
    let report = &document.report;
    let counts = &report.counts;
    let said = format!("{name}: {:?} {:?} {:?}", counts, report.failures, report.reasons);
    match kind {
        None => {
            assert_eq!((code, counts.done), (0, counts.planned), "{said}");
        }
        Some(kind) => {
            assert_eq!(counts.failed, BTreeMap::from([(kind, counts.planned)]), "{said}");
            assert!(report.failures[&kind].contains(words), "{said}");
            assert_eq!(code, 4, "nothing was answered: {said}");
            assert!(!report.valid && !report.reasons.is_empty(), "{said}");
        }
    }
    if !extra.contains(&"--closed") {
        assert_eq!(counts.planned, REQUESTS, "{said}");
    }
    document
}

#[test]
fn what_is_not_http_is_protocol() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let cases: [(&str, Script, &str); 11] = [
        ("garbage", says(b"\x00\xff\x17garbage\r\n\r\n"), "start line"),
        ("another protocol", says(b"SSH-2.0-OpenSSH_9.9\r\n"), "start line"),
        (
            "no head, as in HTTP/0.9",
            says(b"<html>\r\nhello\r\n</html>\r\n"),
            "start line",
        ),
        (
            "a head without end",
            floods(b"HTTP/1.1 200 OK\r\nx: ", b"yyyyyyyy"),
            "",
        ),
        ("fields without end", floods(HEAD, b"a: b\r\n"), ""),
        (
            "a start line without end",
            floods(b"HTTP/1.1 200 ", b"OK OK OK "),
            "",
        ),
        (
            "interim answers without end",
            floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
            "",
        ),
        (
            "an upgrade that nobody wants",
            says(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
            "101",
        ),
        (
            "a chunk that is none",
            says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
            "chunk",
        ),
        (
            "a chunk size without end",
            floods(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"0000"),
            "",
        ),
        (
            "trailers without end",
            floods(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
                b"a: b\r\n",
            ),
            "",
        ),
    ];
    for (name, script, words) in cases {
        check(name, script, &[], Some(Failure::Protocol), words);
    }
}

#[test]
fn what_breaks_off_is_a_reset() {
    let cases: [(&str, Script); 7] = [
        ("nothing", says_and_ends(b"")),
        ("half a head", says_and_ends(b"HTTP/1.1 200 OK\r\nconte")),
        (
            "a body that is shorter than said",
            says_and_ends(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        ),
        (
            "half a chunk",
            says_and_ends(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc"),
        ),
        (
            "the end of a chunked body is missing",
            says_and_ends(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ),
        ("closed when it was accepted", Box::new(drop)),
        // what is unread when a socket is closed makes the kernel reset the connection
        (
            "reset in the body",
            Box::new(|mut stream| {
                let _ = stream.read_exact(&mut [0; 10]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
            }),
        ),
    ];
    for (name, script) in cases {
        check(name, script, &[], Some(Failure::Reset), "");
    }
}

#[test]
fn what_never_ends_times_out() {
    let short = ["--timeout", "500ms"];
    let cases: [(&str, Script, &[&str]); 8] = [
        ("no answer", says(b""), &[]),
        ("half a head", says(b"HTTP/1.1 200 OK\r\nx"), &[]),
        (
            "a body that is longer than it says",
            says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
            &[],
        ),
        (
            "chunks without end",
            floods(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                b"4\r\nabcd\r\n",
            ),
            &[],
        ),
        (
            "a body without end or length",
            floods(b"HTTP/1.1 200 OK\r\n\r\n", b"abcdefgh"),
            &[],
        ),
        (
            "a byte a second",
            Box::new(|mut stream| {
                request(&mut stream);
                for byte in OK.as_bytes() {
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                    pause(Duration::from_secs(1));
                }
            }),
            &[],
        ),
        ("TLS without a word", Box::new(hold), &["-k"]),
        ("HTTP/2 without a word", Box::new(hold), &["--h2c"]),
    ];
    for (name, script, extra) in cases {
        let document = check(
            name,
            script,
            &[&short[..], extra].concat(),
            Some(Failure::Timeout),
            "in time",
        );
        // a histogram of three digits tells the lower end of what it cannot tell apart: 499.9 ms for 500.02
        assert!(
            document.report.failed_us.min >= 500_000.0 * (1.0 - 1e-3),
            "{name}: {:?}",
            document.report.failed_us
        );
    }
}

/// Connections that the kernel takes and nobody accepts, and those for which its queue is full.
#[test]
fn a_server_that_stops_accepting_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("free port");
    rustix::net::listen(&listener, 1).expect("a shorter queue");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let (code, document) = judged(&url, &["--timeout", "500ms"]);
    assert_eq!(code, 4);
    assert_eq!(
        document.report.counts.failed,
        BTreeMap::from([(Failure::Timeout, REQUESTS)])
    );
}

#[test]
fn answers_that_are_odd_are_answers() {
    let cases: [(&str, &'static [u8], u16, u64); 6] = [
        ("204 with a body", b"HTTP/1.1 204 No Content\r\n\r\nhello", 204, 0),
        ("304 with a body", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nhello", 304, 0),
        ("more than was said", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more", 200, 2),
        (
            "two for one",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno",
            200,
            2,
        ),
        ("interim ones before it", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, 0),
        ("no reason", b"HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n", 299, 0),
    ];
    for (name, bytes, status, body) in cases {
        for load in [&[][..], &["--closed", "-n", "50"]] {
            let document = check(name, answers(bytes), load, None, "");
            let counts = &document.report.counts;
            assert_eq!(
                counts.statuses,
                BTreeMap::from([(status, counts.planned)]),
                "{name}"
            );
            assert_eq!(counts.body_bytes, body * counts.planned, "{name}");
        }
    }
}

/// The end of the connection crosses the next request on its way, which nobody has seen then: it is sent again, as
/// RFC 9112 §9.3.1 has it, and is no error.
#[test]
fn connections_that_end_without_a_word_are_made_again() {
    let script: Script = says_and_ends(OK.as_bytes());
    let document = check("in a closed loop", script, &["--closed", "-n", "400"], None, "");
    assert_eq!(document.report.counts.connections, 400);
    let script: Script = Box::new(|mut stream| {
        // takes the second request, and does not answer it
        if request(&mut stream) && stream.write_all(OK.as_bytes()).is_ok() {
            request(&mut stream);
        }
    });
    let document = check(
        "with the request in hand",
        script,
        &["--closed", "-n", "60"],
        None,
        "",
    );
    let counts = &document.report.counts;
    assert!(counts.requests > counts.sent, "{counts:?}");
    assert_eq!((counts.sent, counts.connections), (60, 60));
}

/// What is not safe to send twice is not, and an answer that was begun is a reset.
#[test]
fn what_may_have_been_done_is_not_done_again() {
    let once: fn() -> Script = || {
        Box::new(|mut stream| {
            if request(&mut stream) && stream.write_all(OK.as_bytes()).is_ok() {
                request(&mut stream);
            }
        })
    };
    let half: fn() -> Script = || {
        Box::new(|mut stream| {
            if request(&mut stream) && stream.write_all(OK.as_bytes()).is_ok() && request(&mut stream) {
                let _ = stream.write_all(b"HTTP/1.1 2");
            }
        })
    };
    for (script, method) in [(once, "POST"), (half, "GET")] {
        let url = format!("http://localhost:{}/", raw(script()).port());
        let load = ["--closed", "-n", "60", "-m", method];
        let (code, document) = judged(&url, &load);
        let counts = &document.report.counts;
        assert_eq!(code, 0, "{method}: {:?}", document.report.reasons);
        assert_eq!(
            counts.done + counts.failed_as(Failure::Reset),
            60,
            "{method}: {counts:?}"
        );
        assert_eq!((counts.sent, counts.requests), (60, 60), "{method}: {counts:?}");
        assert!((25..=35).contains(&counts.done), "{method}: {counts:?}");
    }
}

#[test]
fn servers_that_speak_first_or_no_tls_are_told_apart() {
    let speaks: Script = Box::new(|mut stream| {
        let _ = stream.write_all(b"220 mail ready\r\n");
        hold(stream);
    });
    check("a banner", speaks, &[], Some(Failure::Protocol), "");
    let garbage: Script = Box::new(|mut stream| {
        let _ = stream.write_all(b"\x16\x03\x09\xff\xffgarbage of all kinds");
        hold(stream);
    });
    check("TLS that is none", garbage, &["-k"], Some(Failure::Tls), "");
    let ends: Script = Box::new(|mut stream| {
        let _ = stream.read(&mut [0; 1_000]);
    });
    check("TLS that ends", ends, &["-k"], Some(Failure::Tls), "handshake");
}

/// A frame of HTTP/2 (RFC 9113 §4.1) on stream 0.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).expect("a short one");
    [&[0, 0, len, kind, 0, 0, 0, 0, 0], payload].concat()
}

#[test]
fn http2_that_goes_away_at_once_is_given_up() {
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    let storm: Script = Box::new(|mut stream| {
        let goaway = frame(GOAWAY, &[0; 8]);
        let hello = [frame(SETTINGS, &[]), goaway.clone()].concat();
        if stream.write_all(&hello).is_ok() {
            while stream.write_all(&goaway).is_ok() {}
        }
    });
    check("GOAWAY without end", storm, &["--h2c"], Some(Failure::Reset), "");
    let settings: Script = Box::new(|mut stream| {
        let hello = frame(SETTINGS, &[]);
        while stream.write_all(&hello).is_ok() {}
    });
    // nobody says how often they may come: it times out, or the connection is ended for it
    let url = format!("http://localhost:{}/", raw(settings).port());
    let (code, document) = judged(&url, &["--h2c", "--timeout", "500ms"]);
    assert_eq!((code, document.report.counts.done), (4, 0));
}
