//! `sim sweep` and `sim merge` as processes: exit codes, lines that replay, and shards that add up to the whole.

use crate::common::text;
use std::path::Path;
use std::process::{Command, Output};

/// A scenario that takes little, and one in which a retry is what matters.
const WITHOUT: [&str; 4] = ["sweep", "crash", "--set", "retries=0"];
const WITH: [&str; 4] = ["sweep", "crash", "--set", "retries=2"];

fn sim(args: &[&str], index: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command
        .env_remove("SLURM_ARRAY_TASK_ID")
        .env_remove("JOB_COMPLETION_INDEX");
    if let Some(index) = index {
        command.env("JOB_COMPLETION_INDEX", index);
    }
    command.args(args).output().expect("starts")
}

fn path(directory: &Path, name: &str) -> String {
    directory.join(name).to_str().expect("UTF-8").to_owned()
}

/// All but the times, which come last.
fn timeless(path: &str) -> String {
    let json = std::fs::read_to_string(path).expect("written");
    let (before, _) = json.split_once("\"times\"").expect("times are there");
    before.to_owned()
}

#[test]
fn local_shards_merged_are_one_sweep_and_threads_change_nothing() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = |name: &str| path(directory.path(), name);
    let (whole, zero, one, sum) = (
        path("whole.json"),
        path("0.json"),
        path("1.json"),
        path("sum.json"),
    );
    let seeds = ["--seeds", "3..=5", "--quiet"];
    let sweep = |more: &[&str], index| sim(&[&WITHOUT[..], &seeds, more].concat(), index);
    let report = sweep(&["--jobs", "2", "--out", &whole], None);
    assert_eq!(
        (report.status.code(), text(&report.stderr)),
        (Some(0), String::new())
    );
    sweep(&["--jobs", "1", "--shard", "0/2", "--out", &zero], None);
    let json = sweep(&["--jobs", "1", "--shard", "auto/2", "--json"], Some("1"));
    std::fs::write(&one, &json.stdout).expect("written");
    let merged = sim(&["merge", &one, &zero, "--out", &sum], None);
    assert_eq!(merged.status.code(), Some(0), "{}", text(&merged.stderr));
    assert_eq!(timeless(&sum), timeless(&whole));

    let report = text(&report.stdout);
    for part in [
        "seeds 3..6",
        "conservation",
        "crash replica",
        "never began: ",
        "cores used by 2 threads",
    ] {
        assert!(report.contains(part), "{part:?} is missing in\n{report}");
    }
    // the same but for the times
    let last = |text: &str| text.lines().last().map(str::to_owned);
    assert_eq!(last(&text(&merged.stdout)), last(&report));
    let twice = sim(&["merge", &zero, &zero, &whole, "/nowhere/at.all"], None);
    let told = text(&twice.stderr);
    assert_eq!(twice.status.code(), Some(2));
    for part in [
        "/nowhere/at.all: ",
        "whole.json: number of shards 1, where ",
        "0.json: shard 0/2 is in ",
    ] {
        assert!(told.contains(part), "{part:?} is missing in\n{told}");
    }
    let alone = sim(&["merge", &one], None);
    assert_eq!(alone.status.code(), Some(4));
    assert!(text(&alone.stderr).contains("shards 0/2 are missing"));
}

#[test]
fn a_planted_bug_is_caught_told_of_and_replayed_by_the_line() {
    let bug = ["--seeds", "1..3", "--plant", "same-replica-again"];
    let swept = sim(&[&WITH[..], &bug].concat(), None);
    let (report, told) = (text(&swept.stdout), text(&swept.stderr));
    assert_eq!(swept.status.code(), Some(3), "{report}");
    for part in [
        "VIOLATED crash seed 1, ",
        "VIOLATED crash seed 2, ",
        "  ejection: at ",
        "shrink  sim shrink crash",
    ] {
        assert!(
            report.contains(part) && told.contains(part),
            "{part:?} is missing in\n{report}\n{told}"
        );
    }
    assert!(
        report.ends_with("verdict   violated (2 of 2 runs), exit code 3\n"),
        "{report}"
    );
    let line = report
        .lines()
        .find_map(|line| line.trim().strip_prefix("replay  sim "));
    let args: Vec<_> = line.expect("a line that replays").split(' ').collect();
    assert_eq!(sim(&args, None).status.code(), Some(3));
}

#[test]
fn what_is_wrong_with_a_sweep_is_told_at_once_and_before_it_begins() {
    let check = |args: &[&str], code: i32, parts: &[&str]| {
        let output = sim(args, None);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        for part in parts {
            assert!(told.contains(part), "{part:?} is missing in\n{told}");
        }
    };
    let all = [
        "--set", "rate=1", "--set", "x", "--seeds", "9", "--shard", "auto/3", "--plant", "none",
    ];
    check(
        &[&["sweep", "all"][..], &all].concat(),
        2,
        &[
            "rate=1",
            "NAME=VALUE",
            "A..B",
            "JOB_COMPLETION_INDEX",
            "plant \"none\"",
        ],
    );
    check(&["sweep", "no-such"], 2, &["no scenario \"no-such\"", "crash"]);
    check(&["sweep", "crash", "--jobs", "0"], 2, &["--jobs"]);
    check(
        &["sweep", "crash", "--out", "/nowhere/at.all"],
        1,
        &["failed to write the results to /nowhere"],
    );
    check(&["merge"], 2, &["<FILES>"]);
    for command in ["sweep", "merge"] {
        let help = text(&sim(&[command, "--help"], None).stdout);
        for code in ["0  ", "1  ", "2  ", "3  ", "4  ", "5  ", "101"] {
            assert!(help.contains(code), "{help}");
        }
    }
}
