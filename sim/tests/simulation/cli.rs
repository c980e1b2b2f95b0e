//! The `sim` program as a user meets it: its output, its files, its exit codes.

use crate::common::{sim, text};

#[test]
fn list_names_every_scenario_and_an_unknown_one_is_told_of_them() {
    let list = text(&sim(&["list"]).stdout);
    let unknown = sim(&["run", "no-such-thing"]);
    assert_eq!(unknown.status.code(), Some(2));
    for entry in scenarios::SCENARIOS {
        assert!(list.contains(entry.name) && list.contains(entry.about), "{list}");
        assert!(text(&unknown.stderr).contains(entry.name));
    }
}

#[test]
fn bad_usage_is_exit_code_2_with_every_error() {
    let output = sim(&["run", "crash", "--set", "rate=1", "--set", "colour=red"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("rate=1") && told.contains("colour"), "{told}");
    assert_eq!(sim(&["run", "crash", "--seed", "x"]).status.code(), Some(2));
    assert_eq!(sim(&[]).status.code(), Some(2));
}

#[test]
fn help_documents_the_exit_codes() {
    for args in [&["--help"][..], &["run", "--help"], &["selfcheck", "--help"]] {
        let help = text(&sim(args).stdout);
        for code in ["0  ", "3  ", "4  ", "5  ", "101"] {
            assert!(help.contains(code), "{help}");
        }
    }
}

#[test]
fn run_reports_and_its_trace_can_be_shown_compared_and_replayed() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    let (first, second) = (path("first.trace"), path("second.trace"));
    let knobs = ["run", "crash", "--seed", "9", "--set", "retries=0"];
    let done = sim(&[&knobs[..], &["--trace", &first]].concat());
    let report = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{report}");
    for part in [
        "knobs ",
        "amplification 1.0000",
        "sha256 ",
        "verdict   holds",
        "crash r",
    ] {
        assert!(report.contains(part), "{part:?} is missing in {report}");
    }
    let replay = report
        .lines()
        .find_map(|line| line.strip_prefix("replay    sim "))
        .expect("a line to replay it");
    let again: Vec<_> = replay.split(' ').chain(["--trace", &second, "--json"]).collect();
    let json: serde_json::Value = serde_json::from_slice(&sim(&again).stdout).expect("JSON");
    assert!(report.contains(json["trace"]["sha256"].as_str().expect("a hash")));
    assert_eq!(json["variants"][0]["amplification"], 1.0);
    assert_eq!(
        text(&sim(&["diff", &first, &second]).stdout),
        "the traces are equal\n"
    );
    let shown = text(&sim(&["show", &first]).stdout);
    assert_eq!(
        shown.lines().count() as u64,
        json["trace"]["events"].as_u64().expect("a count")
    );

    let other = path("other.trace");
    sim(&[
        "run",
        "crash",
        "--seed",
        "10",
        "--set",
        "retries=0",
        "--trace",
        &other,
    ]);
    let differ = sim(&["diff", &first, &other]);
    assert_eq!(differ.status.code(), Some(3));
    let lines: Vec<_> = text(&differ.stdout).lines().map(str::to_owned).collect();
    assert!(
        lines[1].starts_with("- ") && lines[2].starts_with("+ ") && lines[1] != lines[2],
        "{lines:?}"
    );
    assert_eq!(sim(&["show", "/nowhere/at.all"]).status.code(), Some(1));
}

#[test]
fn an_unknown_bug_is_bad_usage_even_beside_a_known_one() {
    for args in [
        &["selfcheck", "--bug", "no-such-bug"][..],
        &[
            "selfcheck",
            "--quick",
            "--bug",
            "retry-post",
            "--bug",
            "no-such-bug",
        ],
    ] {
        let output = sim(args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("no-such-bug") && told.contains("retry-post"),
            "{told}"
        );
    }
}

#[test]
fn jobs_are_bounded_everywhere() {
    for command in [
        &["sweep", "crash"][..],
        &["shrink", "crash", "--seed", "1"],
        &["selfcheck"],
    ] {
        for jobs in ["0", "1025"] {
            let output = sim(&[command, &["--jobs", jobs]].concat());
            assert_eq!(output.status.code(), Some(2), "{command:?} {jobs}");
            assert!(text(&output.stderr).contains("1..=1024"), "{command:?} {jobs}");
        }
    }
}

#[test]
fn no_output_is_written_over_a_trace_or_another_output() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    let trace = path("run.svg");
    let made = sim(&[
        "run",
        "crash",
        "--seed",
        "9",
        "--set",
        "retries=0",
        "--trace",
        &trace,
    ]);
    assert_eq!(made.status.code(), Some(0));
    let before = std::fs::read(&trace).expect("written");
    let refused = |args: &[&str]| {
        let output = sim(args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains("give another name"), "{args:?}: {told}");
    };
    let same = format!("{}/./run.svg", directory.path().display());
    for command in ["picture", "perfetto"] {
        refused(&[command, &trace, "--output", &same]);
    }
    refused(&["shrink", &trace, "--out", &same]);
    assert!(std::fs::read(&trace).expect("still there") == before);
    let (html, again) = (
        path("new.html"),
        format!("{}/./new.html", directory.path().display()),
    );
    for option in ["--trace", "--perfetto", "--svg"] {
        refused(&["run", "crash", "--seed", "9", "--html", &html, option, &again]);
    }
    assert!(!std::path::Path::new(&html).exists());
}
