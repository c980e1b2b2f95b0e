//! Ctrl-C during an experiment: exit 130, no process left, the old report untouched, and a word on what was kept.
//!
//! The real command runs; a script stands in for cargo, says that all binaries are built, and hangs in the
//! second build, when the new report is already under way.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

const FAKE_CARGO: &str = r#"#!/bin/sh
case "$*" in
*instrumented*) echo "hanging as $$" >&2; exec sleep 1000 ;;
esac
for name in gateway upstream-stub loadgen; do
    echo "{\"target\":{\"kind\":[\"bin\"],\"name\":\"$name\"},\"executable\":\"$0\"}"
done
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
    std::fs::write(&cargo, FAKE_CARGO).expect("writes");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("sets mode");
    let out = scratch.path().join("reports");
    std::fs::create_dir_all(out.join("tax")).expect("makes");
    std::fs::write(out.join("tax/index.html"), "old").expect("writes");

    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(["tax", "--smoke", "--seed", "1", "--out"])
        .arg(&out)
        .env("CARGO", &cargo)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stderr = BufReader::new(command.stderr.take().expect("piped"));
    let mut said = String::new();
    let hanging = loop {
        let mut line = String::new();
        assert_ne!(
            stderr.read_line(&mut line).expect("reads"),
            0,
            "it ended early: {said}"
        );
        if let Some(pid) = line.trim().strip_prefix("hanging as ") {
            break Pid::from_raw(pid.parse().expect("a number")).expect("a pid");
        }
        said += &line;
    };
    assert_eq!(
        names(&out).len(),
        2,
        "the new report is under way: {:?}",
        names(&out)
    );

    kill_process(Pid::from_child(&command), Signal::INT).expect("still there");
    stderr.read_to_string(&mut said).expect("reads");
    let status = command.wait().expect("ends");
    assert_eq!(status.code(), Some(130), "{said}");
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
