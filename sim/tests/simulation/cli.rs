//! The `sim` program as a user meets it: its output, its files, its exit codes.

use std::process::{Command, Output};

fn sim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(args)
        .output()
        .expect("starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn list_names_every_scenario_and_an_unknown_one_is_told_of_them() {
    let list = text(&sim(&["list"]).stdout);
    let unknown = sim(&["run", "no-such-thing"]);
    assert_eq!(unknown.status.code(), Some(2));
    for entry in sim::scenarios::SCENARIOS {
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
