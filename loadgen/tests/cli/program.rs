//! The binary as others start it.

use loadgen::Document;
use std::process::{Command, Output, Stdio};

/// Generous limits, so that a busy machine does not change the verdict.
pub(crate) const PATIENT: [&str; 6] = ["--max-send-lag", "1h", "--timeout", "1m", "--drain", "1m"];

/// The same where nothing but what was sent and answered is judged: a debug build may be too busy to be believed.
pub(crate) const TRUSTED: [&str; 7] = [
    "--max-send-lag",
    "1h",
    "--timeout",
    "1m",
    "--drain",
    "1m",
    "--allow-invalid",
];

pub(crate) fn loadgen(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // of whoever runs the tests
    for name in [
        "JOB_COMPLETION_INDEX",
        "SLURM_ARRAY_TASK_ID",
        "SLURM_ARRAY_TASK_COUNT",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(args: &[&str]) -> (i32, String, String) {
    ended(loadgen(args).output().expect("runs"))
}

pub(crate) fn ended(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("not killed");
    (code, text(output.stdout), text(output.stderr))
}

/// A run to its exit code and its document. What was planned has an outcome, in any case.
pub(crate) fn measured(args: &[&str]) -> (i32, Document) {
    let json = ["--format", "json", "--quiet"];
    let (code, stdout, stderr) = run(&[args, &json[..]].concat());
    assert_eq!(stderr, "", "exit code {code}");
    (code, document(&stdout))
}

pub(crate) fn document(json: &str) -> Document {
    let document: Document = serde_json::from_str(json).expect("JSON");
    let counts = &document.report.counts;
    assert_eq!(counts.planned, counts.done + counts.failed_total(), "{counts:?}");
    document
}
