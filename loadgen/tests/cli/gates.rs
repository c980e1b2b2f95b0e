//! Service levels: what is broken exits 3, what is not believed exits 4 whatever else is so.

use super::program::{PATIENT, loadgen, measured, run};
use super::server::{OK, plain, tcp};
use std::sync::mpsc::channel;
use std::time::Duration;

fn slow(_: &super::server::Request) -> String {
    // nobody ever speaks on this channel
    let (_silent, never) = channel::<()>();
    let _ = never.recv_timeout(Duration::from_millis(20));
    OK.into()
}

#[test]
fn a_broken_level_exits_3_and_invalid_beats_it() {
    let (good, _good) = tcp(|_| OK.into());
    let (late, _late) = tcp(slow);
    let (bad, _bad) = tcp(|_| plain("503 Service Unavailable", "", ""));
    let invalid = ["--max-send-lag", "p50=1ns"];
    for (addr, extra, wanted) in [
        (good, &["--slo", "p99<1h", "--slo", "errors<0.1%"][..], 0),
        (good, &["--slo", "errors<0.1%", "--slo", "rate>=1000000"], 3),
        (late, &["--slo", "p50<10ms"], 3),
        (late, &["--slo", "p50<1h", "--slo", "service.p50<10ms"], 3),
        (bad, &["--slo", "errors<0.1%"], 3),
        (bad, &["--slo", "errors<0.1%", "--expect", "status=503"], 0),
        (good, &["--slo", "errors<0.1%", "--expect", "status=204"], 3),
        (good, &invalid, 4),
        (late, &[&invalid[..], &["--slo", "p50<10ms"]].concat(), 4),
        (
            late,
            &[&invalid[..], &["--slo", "p50<10ms", "--allow-invalid"]].concat(),
            3,
        ),
    ] {
        let url = format!("http://{addr}/");
        let load = [
            "-R",
            "200",
            "-n",
            "60",
            "--timeout",
            "1m",
            "--drain",
            "1m",
            "-c",
            "64",
        ];
        let lag: &[&str] = match extra.contains(&"--max-send-lag") {
            true => &[],
            false => &["--max-send-lag", "1h"],
        };
        let (code, document) = measured(&[&[url.as_str()], &load[..], lag, extra].concat());
        let said = format!("{extra:?}: {:?} {:?}", document.report.reasons, document.slos);
        assert_eq!(code, wanted, "{said}");
        assert_eq!(document.report.valid, !extra.contains(&"p50=1ns"), "{said}");
    }
}

#[test]
fn a_level_that_stays_broken_ends_the_run() {
    let (addr, requests) = tcp(|_| plain("500 Oops", "", ""));
    let url = format!("http://{addr}/");
    let args = [
        "-R",
        "200",
        "-d",
        "1h",
        "--slo",
        "errors<1%",
        "--abort-on-fail",
        "--interval",
        "100ms",
    ];
    let (code, document) = measured(&[&[url.as_str()], &args[..], &PATIENT].concat());
    assert_eq!(code, 3, "{:?}", document.report.reasons);
    let report = &document.report;
    assert!(report.seconds < 60.0, "{} s", report.seconds);
    assert!(report.counts.planned >= 20, "{:?}", report.counts);
    assert!(requests.try_iter().count() as u64 >= report.counts.done);
    let (code, _, stderr) = run(&[&url, "-R", "1", "--abort-on-fail"]);
    assert_eq!(code, 2, "{stderr}");
}

/// Nobody is told that a target was fine when nothing was asked of it.
#[test]
fn nothing_measured_is_invalid() {
    let (addr, _requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let args = [
        "-R", "100", "-d", "100ms", "--warmup", "99ms", "-n", "1", "--slo", "p99<1h",
    ];
    let output = loadgen(&[&[url.as_str()], &args[..], &PATIENT].concat())
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("INVALID"), "{text}");
}
