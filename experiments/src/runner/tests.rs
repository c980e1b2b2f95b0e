//! Reports are functions of their data.

use super::*;
use std::collections::BTreeMap;

/// Every file under `out`, by path.
fn contents(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![out.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("lists") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.insert(path.clone(), std::fs::read(&path).expect("reads"));
            }
        }
    }
    files
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let out = tempfile::tempdir().expect("temp dir");
    let report = out.path().join("tax");
    std::fs::create_dir(&report).expect("makes");
    exp::write_sample(&report);
    assert_eq!(render(out.path()), Ok(1));
    let first = contents(out.path());
    for name in [
        "index.html",
        "tax/index.html",
        "tax/report.md",
        "tax/latency.svg",
        "tax/rounds.csv",
        "tax/direct.hlog",
    ] {
        assert!(first.contains_key(&out.path().join(name)), "{name} is missing");
    }
    // what was drawn once and is drawn no more goes away
    std::fs::write(report.join("old.svg"), "<svg/>").expect("writes");
    assert_eq!(render(out.path()), Ok(1));
    assert_eq!(contents(out.path()), first);
}

#[test]
fn nothing_to_render_is_no_error() {
    let out = tempfile::tempdir().expect("temp dir");
    assert_eq!(render(out.path()), Ok(0));
    assert!(out.path().join("index.html").exists());
}

#[test]
fn a_broken_data_file_is_named_and_the_report_stays() {
    let out = tempfile::tempdir().expect("temp dir");
    let report = out.path().join("tax");
    std::fs::create_dir(&report).expect("makes");
    exp::write_sample(&report);
    render(out.path()).expect("renders");
    std::fs::write(report.join("rounds.csv"), "round,arm\n1").expect("writes");
    let before = contents(out.path());
    let failure = render(out.path()).expect_err("cannot draw").to_string();
    assert!(failure.contains("rounds.csv"), "{failure}");
    assert_eq!(contents(out.path()), before);
}
