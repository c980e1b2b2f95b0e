//! Failures that were found once, by name: each is played again, and must come out as its row says.
//!
//! A new one: `sim shrink NAME --seed N --out sim/tests/regressions/WHAT.json`, and a row here. Where the bug is mended
//! the row says that the run holds; where it is planted, that the oracle sees it and that without it the run holds. So the
//! rows prove both: that what was mended stays mended, and that it would be seen if it did not.

use sim::document::Document;
use sim::judge::Verdict;
use sim::run::{Run, play};
use sim::source::load;
use sim::trace::Recorder;
use std::path::{Path, PathBuf};

struct Regression {
    /// Of the file, without its end.
    name: &'static str,
    /// What went wrong.
    why: &'static str,
    expect: Expect,
}

enum Expect {
    /// It was mended.
    Holds,
    /// The file plants the bug: with it this oracle fails, without it all hold.
    Planted { oracle: &'static str },
}

const REGRESSIONS: &[Regression] = &[];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions")
}

fn run(document: Document) -> Run {
    play(document, None, Recorder::hash_only()).expect("it plays")
}

/// What is wrong with a row.
fn check(row: &Regression) -> Option<String> {
    let path = directory().join(format!("{}.json", row.name));
    let document = match load(&path) {
        Ok(loaded) => loaded.document,
        Err(error) => return Some(format!("{}: {error}", path.display())),
    };
    let failed = |run: &Run| {
        let checks = run.variants.iter().flat_map(|played| played.checks());
        let failed = checks.filter(|check| check.verdict != Verdict::Holds);
        failed
            .map(|check| format!("{}: {}", check.name, check.measured))
            .collect::<Vec<_>>()
    };
    let sound = Document {
        plant: None,
        ..document.clone()
    };
    let seen = failed(&run(sound));
    if !seen.is_empty() {
        return Some(format!("{} ({}): {}", row.name, row.why, seen.join("; ")));
    }
    match (&row.expect, &document.plant) {
        (Expect::Holds, None) => None,
        (Expect::Holds, Some(bug)) => Some(format!("{}: its file plants {bug}", row.name)),
        (Expect::Planted { .. }, None) => Some(format!("{}: its file plants nothing", row.name)),
        (Expect::Planted { oracle }, Some(bug)) => {
            let seen = failed(&run(document.clone()));
            let by_oracle = seen.iter().any(|check| check.starts_with(&format!("{oracle}:")));
            (!by_oracle).then(|| format!("{}: {oracle} does not see {bug}: {seen:?}", row.name))
        }
    }
}

#[test]
fn every_regression_comes_out_as_its_row_says() {
    let wrong: Vec<String> = REGRESSIONS.iter().filter_map(check).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_has_its_row() {
    for file in std::fs::read_dir(directory()).expect("the directory is there") {
        let name = file.expect("readable").file_name();
        let known = REGRESSIONS
            .iter()
            .any(|row| format!("{}.json", row.name).as_str() == name);
        assert!(known, "{} belongs to no row", name.display());
    }
}
