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
    /// The oracle that sees the bug that the file plants; none where the bug was our own and is mended.
    seen_by: Option<&'static str>,
}

const REGRESSIONS: &[Regression] = &[
    Regression {
        name: "planted-retry-post",
        why: "a POST without a key is sent again after an answer of 503",
        seen_by: Some("at-most-once"),
    },
    Regression {
        name: "planted-one-retry-too-many",
        why: "a request of a route without retries is sent again",
        seen_by: Some("amplification"),
    },
    Regression {
        name: "planted-same-replica-again",
        why: "a retry goes to the replica that has just failed",
        seen_by: Some("ejection"),
    },
    Regression {
        name: "planted-reload-forgotten",
        why: "a reload removes a replica, and it still gets requests",
        seen_by: Some("ejection"),
    },
    Regression {
        name: "planted-removed-replica-used",
        why: "a reload removes a replica, and its upstream keeps it",
        seen_by: Some("ejection"),
    },
    Regression {
        name: "planted-truncated-as-complete",
        why: "an answer that a replica breaks off is passed on as a whole one",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-answer-byte-twice",
        why: "a body has one byte too many, without any fault",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-upload-byte-twice",
        why: "an upload has one byte twice, without any fault",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-in-flight-max-ignored",
        why: "two requests are in flight where one is allowed",
        seen_by: Some("bulkhead"),
    },
    Regression {
        name: "planted-timeout-forgotten",
        why: "a request ends long after its route's timeout",
        seen_by: Some("answer"),
    },
    Regression {
        name: "planted-try-timeout-forgotten",
        why: "an attempt goes on after its own timeout",
        seen_by: Some("answer"),
    },
    Regression {
        name: "planted-answer-swallowed",
        why: "a client is cut off where its upstream broke",
        seen_by: Some("answer"),
    },
    Regression {
        name: "planted-upload-resent",
        why: "a retry sends what is left of a body",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-requests-mixed",
        why: "two requests at once get each other's answers, without any fault",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-connections-max-ignored",
        why: "a second connection is made where one is allowed",
        seen_by: Some("bulkhead"),
    },
    Regression {
        name: "planted-drain-cut-short",
        why: "a gateway that stops does not wait for its request",
        seen_by: Some("drain"),
    },
    Regression {
        name: "planted-fields-dropped",
        why: "a request comes to a replica without a field of its client's",
        seen_by: Some("conservation"),
    },
    Regression {
        name: "planted-idle-timeout-forgotten",
        why: "an answer that stands still is waited for",
        seen_by: Some("answer"),
    },
    Regression {
        name: "planted-never-forgiven",
        why: "a replica that could not be reached once gets nothing ever after",
        seen_by: Some("liveness"),
    },
    Regression {
        name: "planted-one-dial-at-a-time",
        why: "a request is refused because another's connection is being made",
        seen_by: Some("reach"),
    },
    Regression {
        name: "planted-resent-untold",
        why: "a broken connection's request is sent again without a word",
        seen_by: Some("integrity"),
    },
    Regression {
        name: "planted-slot-leaked-on-cancel",
        why: "clients that went away stay counted, until a bound is reached",
        seen_by: Some("reach"),
    },
    Regression {
        name: "planted-connection-slot-leaked",
        why: "connections that a replica reset stay counted, until a bound is reached",
        seen_by: Some("reach"),
    },
    Regression {
        name: "planted-stale-connection-kept",
        why: "a dead connection is called a failure to connect",
        seen_by: Some("truth"),
    },
    Regression {
        name: "house-left-while-draining",
        why: "a gateway that is stopped with requests in flight leaves an ejected replica out for ever",
        seen_by: None,
    },
];

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
    match (row.seen_by, &document.plant) {
        (None, None) => None,
        (None, Some(bug)) => Some(format!(
            "{}: its file plants {bug}, and nobody is to see it",
            row.name
        )),
        (Some(_), None) => Some(format!("{}: its file plants nothing", row.name)),
        (Some(oracle), Some(bug)) => {
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
