//! `loadgen selfcheck` as a command: what it refuses, and that its exit code is what it prints. What it finds depends
//! on the machine, and is not judged here.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn selfcheck(args: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_loadgen"))
        .arg("selfcheck")
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("not killed"), text(stdout), text(stderr))
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let (code, stdout, stderr) = selfcheck(&["--only", "nap", "--cores", "1,1", "--seed", "x"]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    for hint in [
        "use floor, stall, m-m-1",
        "two different cores",
        "\"x\" is not a whole number",
    ] {
        assert!(stderr.contains(hint), "{hint}: {stderr}");
    }
}

#[test]
fn the_exit_code_is_the_verdict() {
    let (code, stdout, stderr) =
        selfcheck(&["--quick", "--only", "delay", "--seed", "3", "--format", "json"]);
    let found: Value = serde_json::from_str(&stdout).expect(&stderr);
    assert_eq!(
        (&found["seed"], &found["machine"]),
        (&Value::from(3), &Value::Null)
    );
    let cases = found["cases"].as_array().expect("a list");
    let [case] = &cases[..] else { panic!("{stdout}") };
    assert_eq!(case["name"], "delay");
    let expected = match case["verdict"].as_str().expect("a word") {
        "ok" => 0,
        "wrong" => 3,
        "not_shown" => 4,
        other => panic!("{other}: {stdout}"),
    };
    assert_eq!(code, expected, "{stdout}");
    let names = |check: &Value| check["name"].as_str().expect("a name").to_owned();
    let checks = case["checks"].as_array().expect("a list");
    let names: Vec<_> = checks.iter().map(names).collect();
    for name in [
        "planned",
        "answered or failed",
        "seen by the server",
        "p50",
        "p99",
        "mean",
        "in flight",
    ] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
    }
    for check in checks.iter().take(3) {
        assert_eq!(
            check["predicted"], check["measured"],
            "nothing is lost, however busy the machine: {check}"
        );
    }
}
