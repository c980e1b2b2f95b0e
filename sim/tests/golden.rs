//! Documented scenarios at fixed seeds do what they did. If a change was meant: `cargo run --release -p sim -- golden --accept`.

use sim::golden::{BYTES_MAX, GOLDEN};
use sim::scenarios::SCENARIOS;
use std::path::Path;

#[test]
fn every_golden_trace_is_the_same() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
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
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for file in std::fs::read_dir(directory).expect("the directory is there") {
        let name = file.expect("readable").file_name();
        let known = GOLDEN.iter().any(|golden| golden.file().as_str() == name);
        assert!(known, "{} belongs to no row", name.display());
    }
}
