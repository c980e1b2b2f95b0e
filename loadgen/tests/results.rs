//! The commands on results: `merge`, `report`, `compare` and `search`, as processes.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;
use loadgen::{Comparison, Document, Finding, SearchResult};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Generous limits, so that a busy machine does not change the verdict.
const PATIENT: [&str; 6] = ["--max-send-lag", "1h", "--timeout", "1m", "--drain", "1m"];

fn loadgen(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(args).current_dir(dir);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = loadgen(dir, args).output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("not killed"), text(stdout), text(stderr))
}

/// Answers 200 at once, on every connection.
fn server() -> SocketAddr {
    server_of(usize::MAX).0
}

/// Answers so many requests and leaves the others waiting; hands out the threads that serve connections.
fn server_of(answers: usize) -> (SocketAddr, Receiver<JoinHandle<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("free port");
    let addr = listener.local_addr().expect("bound");
    let left = Arc::new(AtomicUsize::new(answers));
    let (told, threads) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let left = left.clone();
            let thread = std::thread::spawn(move || serve(stream, &left));
            // a test that does not ask has dropped the other end
            let _ = told.send(thread);
        }
    });
    (addr, threads)
}

fn serve(mut stream: TcpStream, left: &AtomicUsize) {
    let mut buffer = Vec::new();
    let mut chunk = [0_u8; 4_096];
    while let Ok(read) = stream.read(&mut chunk)
        && read > 0
    {
        buffer.extend_from_slice(&chunk[..read]);
        while let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            buffer.drain(..end + 4);
            let one_less = |left: usize| left.checked_sub(1);
            if left.fetch_update(Relaxed, Relaxed, one_less).is_ok()
                && stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .is_err()
            {
                return;
            }
        }
    }
}

fn measure(dir: &Path, addr: SocketAddr, name: &str, more: &[&str]) {
    let url = format!("http://{addr}/");
    let (json, hlog) = (format!("{name}.json"), format!("{name}.hlog"));
    let mut args = vec!["run", &url, "-R", "2000", "-n", "300", "--interval", "20ms"];
    args.extend(["--format", "json", "-o", &json, "--hlog", &hlog]);
    args.extend(PATIENT);
    args.extend(more);
    let (code, _, stderr) = run(dir, &args);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn results_are_merged_and_written_again() {
    let (addr, dir) = (server(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    measure(dir, addr, "a", &["--seed", "1"]);
    measure(dir, addr, "b", &["--seed", "2"]);
    measure(dir, addr, "other", &["-c", "7"]);

    let merge = [
        "merge", "a.json", "b.json", "--format", "json", "-o", "sum.json", "--hlog", "sum.hlog",
    ];
    let (code, stdout, stderr) = run(dir, &merge);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.contains("warning: 2 runs of one job"), "{stderr}");
    let json = std::fs::read(dir.join("sum.json")).expect("written");
    let sum: Document = serde_json::from_slice(&json).expect("a document");
    assert_eq!((sum.report.counts.done, sum.generators.len()), (600, 2));
    assert_eq!(sum.run.command, "loadgen merge a.json b.json");

    // the logs merge to the log of the merged result
    let (code, merged, stderr) = run(dir, &["merge", "a.hlog", "b.hlog"]);
    assert_eq!(code, 0, "{stderr}");
    let lines = |log: &str| -> Vec<String> {
        let whole = log.lines().filter(|line| line.starts_with("Tag=response,"));
        whole
            .map(|line| line.rsplit(',').next().expect("fields").to_owned())
            .collect()
    };
    let written = std::fs::read_to_string(dir.join("sum.hlog")).expect("written");
    assert_eq!(lines(&merged), lines(&written));
    assert_eq!(lines(&merged).len(), 1);

    for (format, part) in [
        ("text", "200: 600"),
        ("json", "\"recording\""),
        ("csv", "start_s,planned"),
        ("openmetrics", "loadgen_answered_total 600"),
        ("hgrm", "Total count    =          600"),
        ("hlog", "Tag=service,"),
    ] {
        let (code, stdout, stderr) = run(dir, &["report", "sum.json", "--format", format]);
        assert!(code == 0 && stdout.contains(part), "{format}: {stdout}{stderr}");
    }
    let (code, stdout, _) = run(dir, &["report", "sum.hlog", "--format", "hgrm"]);
    assert!(
        code == 0 && stdout.contains("Total count    =          600"),
        "{stdout}"
    );

    for (args, code, part) in [
        (vec!["merge", "a.json", "./a.json"], 1, "the same file"),
        (vec!["merge", "a.json", "other.json"], 1, "job.connections: 64, 7"),
        (vec!["merge", "a.json", "b.hlog"], 1, "each kind by itself"),
        (vec!["merge", "a.json", "gone.json", "none.json"], 1, "none.json"),
        (vec!["merge"], 2, "<FILE>"),
        (
            vec!["report", "sum.hlog", "--format", "openmetrics"],
            1,
            "histograms alone",
        ),
        (
            vec!["report", "sum.hlog", "--slo", "p99<1s"],
            1,
            "judge the result in JSON",
        ),
        (
            vec!["report", "sum.json", "--slo", "x", "--unit", "h"],
            2,
            "--unit",
        ),
    ] {
        let (got, stdout, stderr) = run(dir, &args);
        assert_eq!((got, stdout.as_str()), (code, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
}

#[test]
fn levels_judge_a_result_again() {
    let (addr, dir) = (server(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    measure(dir, addr, "a", &[]);
    let check = |args: &[&str], code: i32, part: &str| {
        let (got, stdout, stderr) = run(dir, &[&["report"], args].concat());
        assert_eq!(got, code, "{args:?}: {stdout}{stderr}");
        assert!(stdout.contains(part), "{part:?} is not in {stdout}");
    };
    check(&["a.json", "--slo", "errors<1%"], 0, "KEPT  errors<1%");
    check(
        &["a.json", "--slo", "errors<1%", "--slo", "p50<1ns"],
        3,
        "BROKEN  p50<1ns",
    );
    let json = std::fs::read_to_string(dir.join("a.json")).expect("written");
    let invalid = json.replace("\"valid\": true", "\"valid\": false");
    std::fs::write(dir.join("invalid.json"), invalid).expect("writable");
    check(&["invalid.json", "--slo", "p50<1ns"], 4, "BROKEN");
    check(
        &["invalid.json", "--slo", "p50<1ns", "--allow-invalid"],
        3,
        "BROKEN",
    );
    check(&["invalid.json"], 0, "p99");
}

#[test]
fn results_and_targets_are_compared() {
    let (addr, dir) = (server(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    measure(dir, addr, "a", &[]);
    let (code, stdout, stderr) = run(
        dir,
        &["compare", "a.json", "a.json", "--seed", "5", "--format", "json"],
    );
    assert_eq!(code, 0, "{stderr}");
    let same: Comparison = serde_json::from_str(&stdout).expect("a comparison");
    assert!(
        same.rows
            .iter()
            .all(|row| matches!(row.finding, Finding::NoDifferenceShown | Finding::NotJudged))
    );
    assert_eq!(same.seed, 5);

    let url = format!("http://{addr}/");
    let other = format!("http://{addr}/x -H 'X-Some: two words'");
    let mut args = vec![
        "compare", &url, &other, "--rounds", "2", "--keep", "kept", "--seed", "3",
    ];
    args.extend(["--", "-R", "2000", "-n", "100"]);
    args.extend(PATIENT);
    let (code, stdout, stderr) = run(dir, &args);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("No interval: 2 rounds are too few"), "{stdout}");
    let kept = |name: &str| -> Document {
        let json = std::fs::read(dir.join("kept").join(name)).expect(name);
        serde_json::from_slice(&json).expect("a document")
    };
    let [a1, b1, b2] = ["round-001-a.json", "round-001-b.json", "round-002-b.json"].map(kept);
    assert_eq!(a1.run.seed, b1.run.seed, "the same arrivals within a round");
    assert_ne!(b1.run.seed, b2.run.seed, "others in the next");
    assert_eq!(b1.run.job["headers"][0][1], "two words");
    let order: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.split([',', ':']).nth(1))
        .collect();
    assert_eq!(order, [" A", " B", " B", " A"], "{stderr}");

    for (args, code, part) in [
        (vec!["compare", "--fail-on-difference", "a.json", "a.json"], 0, ""),
        (vec!["compare", "a.json", &url], 2, "one is a result"),
        (
            vec![
                "compare",
                "gone",
                "a.json",
                "--rounds",
                "0",
                "--of",
                "x",
                "--equivalent",
                "y",
            ],
            2,
            "--equivalent",
        ),
        (vec!["compare", &url, &url, "--", "-R", "many"], 2, "--rate"),
        (
            vec!["compare", &url, &url, "--", "-R", "1", "-o", "x"],
            2,
            "--output",
        ),
        (
            vec!["compare", "a.json", "a.json", "--", "-R", "1"],
            2,
            "is a result",
        ),
    ] {
        let (got, _, stderr) = run(dir, &args);
        assert_eq!(got, code, "{args:?}: {stderr}");
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
}

/// An interval log as YCSB writes it: twenty seconds, latencies around so many microseconds.
fn write_log(path: &Path, micros: u64) {
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let builder = IntervalLogWriterBuilder::new();
    let mut log = builder
        .begin_log_with(&mut bytes, &mut serializer)
        .expect("a vector");
    for second in 0..20 {
        let mut of = Histogram::<u64>::new(3).expect("digits");
        for request in 0..100 {
            let value = micros + (request * 7 + second * 13) % 100;
            of.record(value).expect("resizes");
        }
        let at = Duration::from_secs(second);
        log.write_histogram(&of, at, Duration::from_secs(1), None)
            .expect("a vector");
    }
    std::fs::write(path, bytes).expect("writable");
}

#[test]
fn a_difference_that_is_shown_can_fail_a_pipeline() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    write_log(&dir.join("a.hlog"), 1_000);
    write_log(&dir.join("b.hlog"), 1_200);
    let check = |args: &[&str], code: i32, part: &str| {
        let (got, stdout, stderr) = run(dir, &[&["compare", "--unit", "us"], args].concat());
        assert_eq!(got, code, "{args:?}: {stdout}{stderr}");
        assert!(stdout.contains(part), "{part:?} is not in\n{stdout}");
    };
    check(&["a.hlog", "b.hlog"], 0, "p50     B is slower by 200 µs");
    check(
        &["a.hlog", "b.hlog", "--fail-on-difference"],
        3,
        "p99     B is slower by 200 µs",
    );
    check(
        &["b.hlog", "a.hlog", "--fail-on-difference=p50"],
        0,
        "p50     B is faster by 200 µs",
    );
    check(
        &[
            "a.hlog",
            "a.hlog",
            "--fail-on-difference=mean",
            "--equivalent",
            "5%",
        ],
        0,
        "equivalent within 5 %",
    );
    check(&["a.hlog", "b.hlog", "--fail-on-difference=rate"], 0, "");
}

/// Nobody listens: every run is INVALID, and says so before anything else.
#[test]
fn invalid_runs_are_compared_to_no_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let url = format!("http://{}/", gone.expect("free port"));
    let flags = ["--", "-R", "1000", "-n", "20"];
    let args = [&["compare", &url, &url, "--rounds", "1"][..], &flags].concat();
    let (code, stdout, _) = run(dir.path(), &args);
    assert_eq!(code, 4, "{stdout}");
    assert!(
        stdout.starts_with("  INVALID  A, round 1: no request was answered"),
        "{stdout}"
    );
    let args = [
        &["compare", &url, &url, "--rounds", "1", "--allow-invalid"][..],
        &flags,
    ]
    .concat();
    assert_eq!(run(dir.path(), &args).0, 0);
    let args = [&["search", &url][..], &["--", "-n", "20"]].concat();
    let (code, stdout, _) = run(dir.path(), &args);
    assert_eq!(code, 4, "{stdout}");
    assert!(
        stdout.contains("holds at no rate") && stdout.contains("this generator"),
        "{stdout}"
    );
}

#[test]
fn a_search_finds_the_highest_rate_or_says_that_there_is_none() {
    let (addr, dir) = (server(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let url = format!("http://{addr}/");
    let search = |more: &[&str]| {
        let mut args = vec![
            "search",
            &url,
            "--from",
            "500",
            "--max-rate",
            "1000",
            "--format",
            "json",
        ];
        args.extend(more);
        args.extend(["--", "-n", "50"]);
        args.extend(PATIENT);
        run(dir, &args)
    };
    let (code, stdout, stderr) = search(&["--slo", "errors<1%", "--seed", "8", "--keep", "kept"]);
    assert_eq!(code, 0, "{stderr}");
    let found: SearchResult = serde_json::from_str(&stdout).expect("a search");
    assert_eq!(
        (found.highest, found.confirmed, found.lowest_failing),
        (Some(1_000.0), true, None)
    );
    // once on the way, and at the end by a majority of three
    assert_eq!(
        found.runs.iter().map(|run| run.rate).collect::<Vec<_>>(),
        [500.0, 1_000.0, 1_000.0]
    );
    assert_eq!((found.asked.seed, stderr.lines().count()), (8, 3));
    assert!(dir.join("kept/run-003.json").exists());

    // one file, one picture: a search has its own
    std::fs::write(dir.join("search.json"), &stdout).expect("writable");
    let (code, said, stderr) = run(dir, &["plot", "search.json", "-o", "stick.svg"]);
    assert_eq!((code, said.as_str()), (0, "stick.svg\n"), "{stderr}");
    let svg = std::fs::read_to_string(dir.join("stick.svg")).expect("drawn");
    assert!(
        svg.starts_with("<svg") && svg.contains("highest that held: 1\u{202f}000/s"),
        "{svg}"
    );
    let (code, _, stderr) = run(
        dir,
        &["plot", "search.json", "--kind", "ccdf", "--html", "x.html"],
    );
    assert_eq!(code, 2);
    assert!(
        stderr.contains("--kind is of runs") && stderr.contains("--html is of runs"),
        "{stderr}"
    );

    let (code, stdout, _) = search(&["--slo", "p50<1ns"]);
    let found: SearchResult = serde_json::from_str(&stdout).expect("a search");
    assert_eq!(
        (code, found.highest, found.lowest_failing),
        (3, None, Some(500.0))
    );
    assert!(
        found
            .reason
            .is_some_and(|reason| reason.starts_with("p50<1ns was broken"))
    );

    let (code, _, stderr) = search(&["--slo", "p99", "--precision", "x", "--repeats", "0"]);
    assert_eq!(code, 2);
    for part in ["--slo:", "--precision:", "--repeats:"] {
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
    let (code, _, stderr) = run(dir, &["search", &url, "--", "-R", "5", "--seed", "1"]);
    assert!(
        code == 2 && stderr.contains("--from") && stderr.contains("before --"),
        "{stderr}"
    );
}

/// The run that is under way ends with the search, and what was found until then is printed. The second run is never
/// answered and waits for an hour: were it left behind, this test would wait for it.
#[test]
fn an_interrupt_ends_the_run_and_keeps_what_was_found() {
    let ((addr, threads), dir) = (server_of(100), tempfile::tempdir().expect("a directory"));
    let url = format!("http://{addr}/");
    let mut args = vec![
        "search",
        &url,
        "--slo",
        "errors<1%",
        "--from",
        "500",
        "--max-rate",
        "1000",
    ];
    args.extend(["--format", "json", "--", "-n", "100", "--max-send-lag", "1h"]);
    args.extend(["--timeout", "1h", "--drain", "1h"]);
    let mut child = loadgen(dir.path(), &args).spawn().expect("runs");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("the first run has ended");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("ours");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130), "{line}");
    let found: SearchResult = serde_json::from_slice(&output.stdout).expect("a search");
    assert!(found.interrupted && !found.confirmed);
    assert_eq!((found.runs.len(), found.highest), (1, Some(500.0)));
    for connection in threads.try_iter() {
        connection.join().expect("no assertion in it");
    }
}
