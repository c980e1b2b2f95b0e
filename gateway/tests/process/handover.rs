//! It has a successor.

use crate::part::{ANYWHERE, Home, Kept, Part, Upstream, get, status, yaml};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

fn start(home: &Home, workers: &str) -> Part {
    let path = home.path("handover.sock");
    home.start(&[
        "--no-watch",
        "--handover",
        path.to_str().expect("text"),
        "--workers",
        workers,
    ])
}

/// Lets those who ask go home, when the test panics too: they would be waited for for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Clients that connect all the time, through many successions by processes with fewer workers and with more.
#[test]
fn nobody_is_turned_away() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = start(&home, "2");
    let (http, admin) = (part.http, part.admin);
    let over = AtomicBool::new(false);
    let asked: usize = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut asked = 0;
                    while !over.load(Ordering::Acquire) {
                        // a connection of its own: refused or reset, it panics
                        let answer = get(http, "/");
                        assert!(
                            answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"),
                            "{answer}"
                        );
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        let is_over = Over(&over);
        for workers in ["1", "3", "2"] {
            let successor = start(&home, workers);
            assert_eq!((successor.http, successor.admin), (http, admin));
            part.says("handed over to a successor");
            part.says("aborted 0");
            assert_eq!(part.ends(), Some(0));
            part = successor;
            assert_eq!(status(&get(admin, "/readyz")), "200");
        }
        drop(is_over);
        asking
            .into_iter()
            .map(|asking| asking.join().expect("every answer was good"))
            .sum()
    });
    assert!(asked > 0);
    part.signal("-TERM");
    assert_eq!(part.ends(), Some(0));
    assert!(!home.path("handover.sock").exists(), "nobody is there any more");
}

/// More than are asked one after the other in the second that a connection has.
const ASKED_MAX: usize = 1_000_000;

#[test]
fn what_the_predecessor_has_in_hand_it_finishes() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = start(&home, "2");
    let mut kept = Kept::to(part.http);
    kept.send("/");
    assert!(!kept.answer());
    let _successor = start(&home, "2");
    kept.ends();
    assert_eq!(part.ends(), Some(0));
}

/// Without a lead, too: a request may be on its way on a connection that has none just now.
#[test]
fn who_asks_on_an_open_connection_is_answered_and_told_that_it_ends() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = start(&home, "1");
    let mut kept = Kept::to(part.http);
    kept.send("/");
    assert!(!kept.answer());
    let _successor = start(&home, "1");
    part.says("handed over to a successor");
    let is_last = (0..ASKED_MAX).any(|_| {
        kept.send("/");
        kept.answer()
    });
    assert!(is_last, "it was told that it ends");
    kept.ends();
    assert_eq!(part.ends(), Some(0));
}

#[test]
fn a_successor_that_dies_before_it_is_ready_changes_nothing() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = start(&home, "2");
    let path = home.path("handover.sock");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "its user's alone");
    let mut successor = UnixStream::connect(&path).expect("it listens");
    let mut byte = [0];
    successor.read_exact(&mut byte).expect("it says where it listens");
    drop(successor);
    part.says("this process goes on");
    assert_eq!(status(&get(part.http, "/")), "200");
    // one that speaks another language is none either
    let mut other = UnixStream::connect(&path).expect("it listens");
    other.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("written");
    part.says("this process goes on");
    // the next one is
    let successor = start(&home, "2");
    assert_eq!(successor.http, part.http);
    assert_eq!(part.ends(), Some(0));
    assert_eq!(status(&get(successor.http, "/")), "200");
}

#[test]
fn who_is_told_to_stop_waits_for_the_successor_that_has_come() {
    let upstream = Upstream::start();
    for is_ready in [true, false] {
        let home = Home::new();
        home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
        let mut part = start(&home, "2");
        let mut successor = UnixStream::connect(home.path("handover.sock")).expect("it listens");
        let mut byte = [0];
        successor.read_exact(&mut byte).expect("it says where it listens");
        part.signal("-TERM");
        assert_eq!(status(&get(part.http, "/")), "200", "nobody else accepts yet");
        if is_ready {
            successor.write_all(b"r").expect("written");
            part.says("handed over to a successor");
        } else {
            drop(successor);
            part.says("this process stops, as it was told");
        }
        assert_eq!(part.ends(), Some(0));
    }
}

/// What it said and then, dead or alive, said no more, and how the successor ends that is not stopped.
#[test]
fn a_predecessor_that_dies_over_it_is_not_waited_for_and_one_that_lives_is_not_overrun() {
    let upstream = Upstream::start();
    let nothing = "{\"format\":1,\"listening\":[]}\n";
    for (said, lives) in [("", false), ("", true), (nothing, false), (nothing, true)] {
        let home = Home::new();
        home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
        let path = home.path("handover.sock");
        let listener = UnixListener::bind(&path).expect("bound");
        let predecessor = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a successor");
            stream.write_all(said.as_bytes()).expect("written");
            // the file is left behind; the successor may find the one closed and not yet the other
            drop(stream);
            lives.then_some(listener)
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
        command.arg("--config").arg(home.path("gateway.yaml"));
        if lives {
            let output = command.arg("--handover").arg(&path).output().expect("it starts");
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("failed to take over: "), "{said}");
        } else {
            let next = start(&home, "1");
            assert_eq!(status(&get(next.http, "/")), "200");
        }
        drop(predecessor.join().expect("no panic"));
    }
}

#[test]
fn what_a_predecessor_left_behind_is_in_nobodys_way() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = start(&home, "1");
    part.signal("-KILL");
    part.ends();
    assert!(home.path("handover.sock").exists());
    let next = start(&home, "1");
    assert_eq!(status(&get(next.http, "/")), "200");
}

#[test]
fn another_file_is_not_replaced() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let config = home.path("gateway.yaml");
    let output = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .arg("--config")
        .arg(&config)
        .arg("--handover")
        .arg(&config)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is no socket: choose another path"), "{said}");
    assert!(std::fs::metadata(&config).expect("still there").is_file());
}
