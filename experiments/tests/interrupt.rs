//! Ctrl-C during an experiment: exit 130, no process left, the old report untouched, and a word on what was kept.
//!
//! The real command runs; a script stands in for cargo, says that all binaries are built, and stands in for
//! them too: the stub hangs before it is ready, when the new report is already under way.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// As cargo it names itself as every binary; as the stub it leaves its pid in a file and hangs.
const FAKE: &str = r#"#!/bin/sh
case "$*" in
build*)
    for name in gateway upstream-stub loadgen; do
        echo "{\"target\":{\"kind\":[\"bin\"],\"name\":\"$name\"},\"executable\":\"$0\"}"
    done ;;
*) echo $$ >"$0.part"; mv "$0.part" "$0.pid"; exec sleep 1000 ;;
esac
"#;

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("lists");
    entries
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn interrupt_ends_everything_and_keeps_the_old_report() {
    let scratch = tempfile::tempdir().expect("temp dir");
    let cargo = scratch.path().join("cargo");
    std::fs::write(&cargo, FAKE).expect("writes");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("sets mode");
    let fifo = scratch.path().join("pid");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("runs")
            .success()
    );
    let out = scratch.path().join("reports");
    std::fs::create_dir_all(out.join("tax")).expect("makes");
    std::fs::write(out.join("tax/index.html"), "old").expect("writes");

    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(["tax", "--quick", "--seed", "1", "--out"])
        .arg(&out)
        .env("CARGO", &cargo)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let pid = scratch.path().join("cargo.pid");
    while !pid.exists() {
        assert_eq!(
            command.try_wait().expect("asks"),
            None,
            "it ended before the stub was up"
        );
        std::thread::yield_now();
    }
    let pid = std::fs::read_to_string(pid).expect("reads");
    let hanging = Pid::from_raw(pid.trim().parse().expect("a number")).expect("a pid");
    assert_eq!(
        names(&out).len(),
        2,
        "the new report is under way: {:?}",
        names(&out)
    );

    kill_process(Pid::from_child(&command), Signal::INT).expect("still there");
    let ended = command.wait_with_output().expect("ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(
        said.contains("interrupted") && said.contains("is as it was published last"),
        "{said}"
    );
    assert!(test_kill_process(hanging).is_err(), "the part is still alive");
    assert_eq!(names(&out), ["tax"]);
    assert_eq!(
        std::fs::read_to_string(out.join("tax/index.html")).expect("reads"),
        "old"
    );
}
