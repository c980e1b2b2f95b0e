//! What a signal does, and when it comes.

use super::program::{PATIENT, document, ended, loadgen};
use super::server::{OK, tcp};
use loadgen::Document;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Child;
use std::time::Duration;
use tokio::time::Instant;

fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("ours");
}

fn interrupted(child: Child) -> Document {
    let (code, stdout, stderr) = ended(child.wait_with_output().expect("ends"));
    assert_eq!(code, 130, "{stderr}");
    let document = document(&stdout);
    assert!(document.run.interrupted);
    document
}

#[test]
fn an_interrupt_keeps_what_was_measured_at_any_moment() {
    let endless = ["-R", "300", "-d", "1h", "--format", "json", "-t", "2"];
    for (after, extra) in [
        (1, &[][..]),
        (50, &[]),
        (50, &["--warmup", "30m"]),
        (20, &["--interval", "50ms"]),
    ] {
        let (addr, requests) = tcp(|_| OK.into());
        let url = format!("http://{addr}/");
        let child = loadgen(&[&[url.as_str()], &endless[..], &PATIENT, extra].concat())
            .spawn()
            .expect("runs");
        for _ in 0..after {
            requests.recv().expect("the generator sends");
        }
        interrupt(&child);
        let counts = interrupted(child).report.counts;
        assert!(counts.planned + counts.warmup >= after, "{counts:?}");
    }
}

#[test]
fn an_interrupt_ends_a_closed_loop_and_one_that_waits_for_answers() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let args = ["--closed", "-d", "1h", "-c", "4", "--format", "json"];
    let child = loadgen(&[&[url.as_str()], &args[..], &PATIENT].concat())
        .spawn()
        .expect("runs");
    for _ in 0..100 {
        requests.recv().expect("the generator sends");
    }
    interrupt(&child);
    assert!(interrupted(child).report.counts.planned >= 96);

    // all is sent, nobody answers: the drain is cut short
    let mute = TcpListener::bind("127.0.0.1:0").expect("free port");
    let url = format!("http://{}/", mute.local_addr().expect("bound"));
    let args = ["-R", "1000", "-n", "3", "-c", "3", "--format", "json"];
    let child = loadgen(&[&[url.as_str()], &args[..], &PATIENT].concat())
        .spawn()
        .expect("runs");
    for _ in 0..3 {
        let (mut stream, _) = mute.accept().expect("a connection");
        assert_ne!(stream.read(&mut [0; 64]).expect("a request"), 0);
        // it stays open
        std::mem::forget(stream);
    }
    interrupt(&child);
    let counts = interrupted(child).report.counts;
    assert_eq!(
        (counts.planned, counts.failed_as(loadgen::Failure::Unfinished)),
        (3, 3)
    );
}

#[test]
fn an_interrupt_before_the_start_is_one_too() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let at = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() + 3_600;
    let at = at.to_string();
    for load in [&["-R", "10", "-n", "5"][..], &["--closed", "-d", "1s"]] {
        // a connection made ahead tells that the signal will be listened to: signals are armed before threads start
        let args = ["--start-at", &at, "--preconnect", "-c", "1", "--format", "json"];
        let child = loadgen(&[&[url.as_str()], load, &args[..], &PATIENT].concat());
        let gate = TcpListener::bind("127.0.0.1:0").expect("free port");
        let elsewhere = gate.local_addr().expect("bound").to_string();
        let mut child = child;
        let child = child.args(["--connect-to", &elsewhere]).spawn().expect("runs");
        let _open = gate.accept().expect("a connection");
        interrupt(&child);
        let document = interrupted(child);
        assert_eq!(document.report.counts.planned, 0);
    }
    assert_eq!(requests.try_iter().count(), 0);
}

/// It is told once that there was nothing to wait for, and not waited for.
#[test]
fn a_second_interrupt_ends_it_at_once() {
    let mute = TcpListener::bind("127.0.0.1:0").expect("free port");
    let url = format!("http://{}/", mute.local_addr().expect("bound"));
    let args = ["-R", "200", "-d", "1h", "--no-tui", "--interval", "100ms"];
    let mut child = loadgen(&[&[url.as_str()], &args[..], &PATIENT].concat())
        .spawn()
        .expect("runs");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    lines.next().expect("a line").expect("text");
    interrupt(&child);
    interrupt(&child);
    let status = child.wait().expect("ends");
    // either it had ended well before the second, or it gave up: never a hang, and never another code
    assert_eq!(status.code(), Some(130));
}

/// A stopped process is one without CPU: what it does to the requests due meanwhile is the generator's own fault.
#[test]
fn a_generator_without_cpu_says_invalid() {
    const STOPPED: Duration = Duration::from_millis(400);
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let patient = ["--timeout", "1m", "--drain", "1m", "--format", "json"];
    let plan = [
        "-R",
        "500",
        "-d",
        "2s",
        "--arrival",
        "constant",
        "--slo",
        "errors<1%",
    ];
    let child = loadgen(&[&[url.as_str()], &plan[..], &patient].concat())
        .spawn()
        .expect("runs");
    for _ in 0..100 {
        requests.recv().expect("the generator sends");
    }
    let send = |signal| {
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, signal).expect("ours");
    };
    send(rustix::process::Signal::STOP);
    let stopped = Instant::now();
    while stopped.elapsed() < STOPPED {
        std::thread::yield_now();
    }
    send(rustix::process::Signal::CONT);
    let (code, stdout, stderr) = ended(child.wait_with_output().expect("ends"));
    assert_eq!(code, 4, "{stderr}");
    let report = document(&stdout).report;
    assert!(
        report.reasons[0].starts_with("the generator was late"),
        "{:?}",
        report.reasons
    );
    // a fifth of all was due while it stood still, and the first of them waited longest
    assert!(
        report.send_lag_us.p99 > 0.9 * STOPPED.as_secs_f64() * 1e6,
        "{}",
        report.send_lag_us.p99
    );
    assert_eq!((report.counts.planned, report.counts.done), (1_000, 1_000));
}
