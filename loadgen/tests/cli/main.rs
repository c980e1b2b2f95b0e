//! The binary: exit codes, what it prints and writes, and what a signal does.

mod formats;
mod gates;
mod hostile;
mod lists;
mod pki;
mod places;
mod program;
mod server;
mod shards;
mod signals;
mod tls;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use loadgen::Document;
use program::{PATIENT, loadgen, run};
use server::{OK, tcp};
use std::net::TcpListener;
use std::process::Child;

#[test]
fn measures_and_writes_every_form() {
    let (addr, requests) = tcp(|_| OK.into());
    let dir = std::env::temp_dir().join(format!("loadgen-cli-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("writable");
    let file = |name: &str| dir.join(name).to_str().expect("UTF-8").to_owned();
    let (json, hlog, series) = (file("run.json"), file("run.hlog"), file("run.csv"));
    let log = file("requests.csv");
    let url = format!("http://{addr}/x?y");
    let mut args = vec![
        "run", &url, "-R", "1000", "-n", "700", "-t", "2", "--seed", "5", "--format", "json", "--quiet",
    ];
    args.extend([
        "-o",
        &json,
        "--hlog",
        &hlog,
        "--series",
        &series,
        "--interval",
        "100ms",
        "--log",
        &log,
    ]);
    args.extend(PATIENT);
    let (code, stdout, stderr) = run(&args);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    assert_eq!(requests.try_iter().count(), 700);

    let document = std::fs::read_to_string(&json).expect("written");
    let document: Document = serde_json::from_str(&document).expect("reads back");
    assert!(document.report.valid && !document.run.interrupted);
    assert_eq!((document.run.seed, document.generators[0].threads), (5, 2));
    assert_eq!(
        (document.report.counts.done, document.report.response_us.count),
        (700, 700)
    );
    assert!(document.run.command.ends_with("--drain 1m") && document.run.command.contains("--seed 5"));
    let rows = document.series.expect("there is always one").rows;
    assert_eq!(rows.iter().map(|row| row.done).sum::<u64>(), 700);
    let csv = std::fs::read_to_string(&series).expect("written");
    assert_eq!(csv.lines().count(), rows.len() + 1);
    check_hlog(&std::fs::read(&hlog).expect("written"));
    check_log(&std::fs::read_to_string(&log).expect("written"));
    std::fs::remove_dir_all(&dir).expect("ours");
}

/// A line for every request, whose times are in order.
fn check_log(log: &str) {
    let mut lines = log.lines();
    assert_eq!(
        lines.next(),
        Some("id,at_us,request,sent_us,ended_us,status,failure")
    );
    let mut ids: Vec<u64> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields[5..], ["200", ""], "{line}");
            let us = |place: usize| fields[place].parse::<u64>().expect("a number");
            assert!(us(1) <= us(3) && us(3) < us(4), "{line}");
            us(0)
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 700, "every request once");
}

/// Every line decodes, and the intervals add up to the whole.
fn check_hlog(log: &[u8]) {
    let mut whole = None;
    let mut sum = Histogram::<u64>::new(3).expect("bounds");
    let mut tags = Vec::new();
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(line) = entry.expect("parses") else {
            continue;
        };
        let tag = line.tag().expect("tagged").as_str().to_owned();
        let bytes = base64(line.encoded_histogram());
        let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).expect("decodes");
        match tag.as_str() {
            "response" => whole = Some(histogram),
            "response_interval" => sum.add(histogram).expect("fits"),
            _ => {}
        }
        tags.push(tag);
    }
    assert_eq!(tags[..4], ["response", "service", "send_lag", "failed"]);
    let recorded = |histogram: &Histogram<u64>| -> Vec<_> {
        histogram
            .iter_recorded()
            .map(|bar| (bar.value_iterated_to(), bar.count_at_value()))
            .collect()
    };
    assert_eq!(recorded(&whole.expect("present")), recorded(&sum));
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|digit| *digit == byte));
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for digit in digits {
        bits = bits << 6 | u32::try_from(digit).expect("below 64");
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("masked"));
        }
    }
    bytes
}

#[test]
fn text_has_the_three_latencies_and_the_verdict() {
    let (addr, _requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let mut args = vec![url.as_str(), "-R", "500", "-n", "200", "--pacer", "timerfd"];
    args.extend(PATIENT);
    let (code, stdout, _) = run(&args);
    assert_eq!(code, 0, "{stdout}");
    for part in [
        "response",
        "service",
        "send lag",
        "p99 ",
        "200: 200",
        "VALID",
        "again: loadgen run",
        "--seed",
    ] {
        assert!(stdout.contains(part), "{part:?} is missing from\n{stdout}");
    }
    assert!(!stdout.contains('\x1b'), "colours go to terminals only");
}

#[test]
fn invalid_runs_say_so_and_exit_4() {
    // nobody listens there: every request fails, and there is nothing to report
    let gone = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("free port");
    let url = format!("http://{gone}/");
    let mut args = vec![url.as_str(), "-R", "1000", "-n", "50"];
    args.extend(PATIENT);
    let (code, stdout, _) = run(&args);
    assert_eq!(code, 4, "{stdout}");
    assert!(stdout.contains("INVALID  no request was answered"), "{stdout}");
    assert!(stdout.contains("refused"), "{stdout}");
    args.push("--allow-invalid");
    let (code, stdout, _) = run(&args);
    assert_eq!(code, 0);
    assert!(stdout.contains("INVALID"), "{stdout}");
}

#[test]
fn wrong_usage_is_listed_whole_and_exits_2() {
    let (code, stdout, stderr) = run(&[
        "ftp://host/",
        "-R",
        "many",
        "-d",
        "10",
        "-c",
        "0",
        "-t",
        "65",
        "-H",
        "nocolon",
        "--arrival",
        "x",
    ]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for part in [
        "url:",
        "--rate:",
        "--duration:",
        "connections:",
        "--threads:",
        "--header:",
        "--arrival:",
    ] {
        assert_eq!(stderr.matches(part).count(), 1, "{part:?} in\n{stderr}");
    }
    assert!(
        stderr.starts_with("loadgen: failed to understand the command line:\n"),
        "{stderr}"
    );
    assert!(!stderr.contains("warmup"), "a consequence was listed:\n{stderr}");
    assert_eq!(run(&["http://host/"]).0, 2, "a rate must be given");
}

#[test]
fn wrong_values_of_every_group_are_listed_at_once() {
    let check = |args: &[&str], parts: &[&str]| {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        for part in parts {
            assert_eq!(stderr.matches(part).count(), 1, "{part:?} in\n{stderr}");
        }
        // the first line says what it is a list of, the last where there is more
        let lines = stderr.trim_end().lines().count();
        assert_eq!(lines, parts.len() + 2, "something else is listed:\n{stderr}");
    };
    let wrong = [
        ("-R", "0", "--rate: "),
        ("-n", "none", "--requests: "),
        ("--warmup", "x", "--warmup: "),
        ("--drain", "-1s", "--drain: "),
        ("--seed", "z", "--seed: "),
        ("--cores", "a", "--cores: "),
        ("--shard", "3/3", "--shard: "),
        ("--start-at", "soon", "--start-at: "),
        ("--max-in-flight", "0", "max-in-flight: "),
        ("--backlog", "many", "--backlog: "),
        ("--requests-per-conn", "0", "requests-per-conn: "),
        ("--timeout", "0s", "timeout: "),
        ("--cacert", "/nowhere.pem", "--cacert: "),
        ("--connect-to", "nowhere", "--connect-to: "),
        ("--tokens", "/nowhere.txt", "--tokens: "),
        ("--body", "@/nowhere.bin", "--body: "),
        ("--expect", "colour=red", "--expect: "),
        ("--max-send-lag", "p101=1ms", "--max-send-lag: "),
        ("--min-send-ratio", "2", "--min-send-ratio: "),
        ("--slo", "p99<fast", "--slo: "),
        ("--interval", "1", "--interval: "),
    ];
    let mut args = vec!["https://localhost/"];
    let mut parts = Vec::new();
    for (flag, value, part) in &wrong {
        args.extend([if *value == "-1s" { "--drain=-1s" } else { flag }]);
        args.extend(Some(*value).filter(|value| *value != "-1s"));
        parts.push(*part);
    }
    check(&args, &parts);
    check(&["http://localhost/", "-R", "1", "--http2"], &["--http2: "]);
    check(&["https://localhost/", "-R", "1", "--h2c"], &["--h2c: "]);
    check(
        &["http://localhost/", "-R", "1", "-k", "--no-tls-resumption"],
        &["--insecure: ", "--no-tls-resumption: "],
    );
    check(
        &["http://localhost/{{rnd}}", "-R", "1", "-H", "X: {{tok}}"],
        &["path: ", "headers.X: "],
    );
    check(
        &[
            "http://localhost/ ",
            "-R",
            "1",
            "-H",
            "Bad Name: x",
            "-k",
            "--connect-to",
            "x",
            "--http2",
        ],
        &[
            "path: \"",
            "headers: ",
            "--insecure: ",
            "--connect-to: ",
            "--http2: ",
        ],
    );
    check(
        &["http://localhost/", "-R", "1", "--arrival", "trace"],
        &["--arrival: "],
    );
    check(
        &["http://localhost/", "--schedule", "0s:1, 5s:x, step 0x1s"],
        &["5s:x"],
    );
}

#[test]
fn what_cannot_run_exits_1() {
    let (code, _, stderr) = run(&[
        "http://127.0.0.1:1/",
        "-R",
        "1",
        "-o",
        "/nowhere/x",
        "--hlog",
        "/nowhere/y",
    ]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("/nowhere/x") && stderr.contains("/nowhere/y"),
        "{stderr}"
    );
    let (code, _, stderr) = run(&["http://no-such-host.invalid/", "-R", "1"]);
    assert_eq!(code, 1);
    assert!(
        stderr.starts_with("loadgen: failed to look up no-such-host.invalid:80"),
        "{stderr}"
    );
}

#[test]
fn interrupt_prints_what_was_measured() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let mut args = vec![url.as_str(), "-R", "200", "-d", "1h", "--format", "json"];
    args.extend(PATIENT);
    let child: Child = loadgen(&args).spawn().expect("runs");
    for _ in 0..20 {
        requests.recv().expect("the generator sends");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("ours");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130));
    let document: Document = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(document.run.interrupted);
    let counts = &document.report.counts;
    assert!(counts.planned >= 20);
    assert_eq!(counts.planned, counts.done + counts.failed_total());
}
