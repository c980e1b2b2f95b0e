//! Documented scenarios at fixed seeds do what they did. If a change was meant: `cargo run --release -p sim -- golden --accept`.

use flate2::read::ZlibDecoder;
use scenarios::SCENARIOS;
use sim::golden::{BYTES_MAX, GOLDEN, Golden};
use sim::trace::{Kind, Reader, Record};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// What is kept, decoded.
fn records(golden: &Golden) -> Vec<Record> {
    let file = File::open(directory().join(golden.file())).expect("it is kept");
    let reader = Reader::new(BufReader::new(ZlibDecoder::new(file))).expect("a trace");
    reader.map(|record| record.expect("decodes")).collect()
}

#[test]
fn every_golden_trace_is_the_same() {
    let directory = directory();
    let mut differences = Vec::new();
    for golden in GOLDEN {
        let size = std::fs::metadata(directory.join(golden.file()))
            .expect("it is kept")
            .len();
        assert!(size <= BYTES_MAX as u64, "{}: {size} bytes", golden.file());
        if let Some(difference) = golden.check(&directory).expect("it plays and reads") {
            differences.push(format!("{}:\n{difference}", golden.file()));
        }
    }
    assert!(
        differences.is_empty(),
        "{}\nif that was meant: cargo run --release -p sim -- golden --accept",
        differences.join("\n")
    );
}

#[test]
fn every_scenario_has_one_and_every_file_its_row() {
    for entry in SCENARIOS {
        let kept = GOLDEN.iter().any(|golden| golden.scenario == entry.name);
        assert!(kept, "{} has no golden trace", entry.name);
    }
    for file in std::fs::read_dir(directory()).expect("the directory is there") {
        let name = file.expect("readable").file_name();
        let known = GOLDEN.iter().any(|golden| golden.file().as_str() == name);
        assert!(known, "{} belongs to no row", name.display());
    }
}

/// One that ends before anything is broken guards nothing of what its scenario is about.
#[test]
fn every_kept_variant_has_a_fault_in_it() {
    // nothing is broken in an overload: it is the load
    let is_load = |golden: &&Golden| ["overload", "hysteresis"].contains(&golden.scenario);
    for golden in GOLDEN.iter().filter(|golden| !is_load(golden)) {
        let mut begun = Vec::new();
        for record in records(golden) {
            match record.kind {
                Kind::Run => begun.push(0),
                Kind::FaultBegan => *begun.last_mut().expect("a simulation has started") += 1,
                _ => {}
            }
        }
        assert!(
            !begun.is_empty() && !begun.contains(&0),
            "{}: faults begun per variant: {begun:?}",
            golden.file()
        );
    }
}

#[test]
fn kept_retry_storm_has_retries() {
    let golden = GOLDEN.iter().find(|golden| golden.scenario == "retry-storm");
    let records = records(golden.expect("it has a row"));
    let is_retry =
        |record: &&Record| record.kind == Kind::GatewayAttempt && record.get("number").is_some_and(|n| n > 1);
    let retries = records.iter().filter(is_retry).count();
    assert!(retries > 10, "{retries} retries");
}
