//! `sim replay` as a user meets it: the same again, the first difference, and where things stand on the way.

use crate::common::{sim, text};
use scenarios::{Expectation, Fault, What, Window, find};
use serde_json::Value;
use sim::document::{Document, Outcome};
use sim::source::save;
use sim::trace::{Reader, Recorder};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;
use world::Seed;

/// A short scenario of ours, its expectations left out: they are about a whole one.
fn document(seed: u64) -> Document {
    let entry = find("retry-storm").expect("registered");
    let mut document = Document::of(entry, Seed(seed), &[]).expect("nothing set");
    document.variants.truncate(2);
    for variant in &mut document.variants {
        let scenario = &mut variant.scenario;
        scenario.load.duration = Duration::from_millis(800);
        scenario.load.timeout = Duration::from_millis(500);
        scenario.heal.at = Duration::from_millis(700);
        scenario.heal.at_least = 0.0;
        scenario.expectations.clear();
        let host = scenario.replicas[0].name.clone();
        scenario.faults = vec![Fault {
            at: Duration::from_millis(200),
            lasts: Duration::from_millis(400),
            what: What::Crash { host },
        }];
    }
    document
}

struct Files {
    directory: TempDir,
}

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// The trace of the document, and what came of it.
    fn trace(&self, name: &str, document: Document) -> (String, Outcome) {
        let recorder = Recorder::to_file(&self.path(name), &document.json()).expect("creates");
        let run = sim::run::play(document, None, recorder).expect("plays");
        (self.name(name), run.outcome())
    }

    fn replay_file(&self, name: &str, document: &Document) -> String {
        save(document, &self.path(name)).expect("writes");
        self.name(name)
    }
}

#[test]
fn a_trace_is_the_same_again_and_so_is_its_own_replay() {
    let files = Files::new();
    let (trace, outcome) = files.trace("a.trace", document(1));
    let again = files.name("again.trace");
    let done = sim(&["replay", &trace, "--trace", &again]);
    let told = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(
        told.contains(&outcome.sha256) && told.contains("again     the same"),
        "{told}"
    );
    assert!(told.contains(&format!("sim replay {trace}")), "{told}");
    let bytes = |path: &str| std::fs::read(path).expect("written");
    assert_eq!(bytes(&trace), bytes(&again));
    // the file that is read is not the one to write
    assert_eq!(sim(&["replay", &trace, "--trace", &trace]).status.code(), Some(2));
    assert_eq!(bytes(&trace), bytes(&again));
}

#[test]
fn what_is_not_the_same_is_told_with_the_first_event() {
    let files = Files::new();
    let (trace, _) = files.trace("a.trace", document(1));
    // the same header before records of another seed
    let recorder = Recorder::to_file(&files.path("b.trace"), &document(1).json()).expect("creates");
    let mut other = document(1);
    other.variants[1].scenario.faults[0].lasts += Duration::from_millis(50);
    sim::run::play(other, None, recorder).expect("plays");
    let done = sim(&["replay", &files.name("b.trace"), "--json"]);
    assert_eq!(done.status.code(), Some(3));
    let json: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let again = &json["again"];
    assert_eq!(again["same"], false, "{json:#}");
    let [now, then] = ["now", "then"].map(|which| again[which].as_str().expect("an event"));
    assert!(now.contains("fault-ended") && then != now, "{again:#}");
    assert_eq!(again["before"].as_array().map(Vec::len), Some(5));

    // half of a trace is the same up to its end
    let bytes = std::fs::read(&trace).expect("written");
    std::fs::write(files.path("half.trace"), &bytes[..bytes.len() * 3 / 4]).expect("writes");
    let done = sim(&["replay", &files.name("half.trace")]);
    assert_eq!(done.status.code(), Some(3));
    assert!(text(&done.stdout).contains("NOT THE SAME after "));
}

#[test]
fn a_replay_file_is_held_against_its_outcome() {
    let files = Files::new();
    let (_, outcome) = files.trace("a.trace", document(2));
    let with = |outcome: Option<Outcome>| Document {
        outcome,
        ..document(2)
    };
    let wrong = Outcome {
        verdict: "violated".into(),
        ..outcome.clone()
    };
    for (name, outcome, code, says) in [
        ("right.json", Some(outcome), 0, "again     the same"),
        ("none.json", None, 0, "again     not compared"),
        (
            "wrong.json",
            Some(wrong),
            3,
            "again     NOT THE SAME: it was violated",
        ),
    ] {
        let file = files.replay_file(name, &with(outcome));
        let done = sim(&["replay", &file]);
        let told = text(&done.stdout);
        assert_eq!(done.status.code(), Some(code), "{name}: {told}");
        assert!(told.contains(says), "{name}: {told}");
    }
}

#[test]
fn a_run_that_failed_fails_again_with_its_code() {
    let files = Files::new();
    let mut failing = document(3);
    failing.variants.truncate(1);
    failing.variants[0].scenario.expectations = vec![Expectation::Amplification {
        window: Window::new(Duration::ZERO, Duration::from_secs(1)),
        at_least: 7.0,
        at_most: 8.0,
    }];
    let (trace, _) = files.trace("a.trace", failing);
    let done = sim(&["replay", &trace]);
    assert_eq!(done.status.code(), Some(3));
    assert!(text(&done.stdout).contains("again     the same"));
}

#[test]
fn a_stopped_replay_says_where_things_stand() {
    let files = Files::new();
    let (trace, _) = files.trace("a.trace", document(1));
    let done = sim(&["replay", &trace, "--until", "300ms", "--json"]);
    assert_eq!(done.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(json["again"]["same"], true, "{json:#}");
    let stopped = json["stopped"].as_array().expect("a list");
    assert_eq!(stopped.len(), document(1).variants.len());
    let (open, faults, down) = standing(Path::new(&trace), 300_000);
    let list = |value: &Value| value.as_array().map(Vec::len);
    assert_eq!(list(&stopped[0]["open_requests"]), Some(open), "{json:#}");
    assert_eq!(
        (list(&stopped[0]["faults"]), list(&stopped[0]["hosts"])),
        (Some(faults), Some(down)),
        "{json:#}"
    );
    assert!(
        open > 0 && down == 1,
        "there is something to tell: {open} {faults} {down}"
    );
    let told = text(&sim(&["replay", &trace, "--until", "300ms"]).stdout);
    for part in ["stopped at 0.300 s", " of client", "config ", "last "] {
        assert!(told.contains(part), "{part:?} is missing in {told}");
    }
}

/// Requests open, faults active and hosts down at a time of a trace's first variant, counted the simple way.
fn standing(trace: &Path, until_us: u64) -> (usize, usize, usize) {
    use sim::trace::Kind;
    let bytes = std::fs::read(trace).expect("written");
    let records: Vec<_> = Reader::new(&*bytes)
        .expect("a trace")
        .map(|record| record.expect("decodes"))
        .take_while(|record| record.kind != Kind::End)
        .filter(|record| record.at_us < until_us)
        .collect();
    let count = |kinds: &[Kind]| {
        records
            .iter()
            .filter(|record| kinds.contains(&record.kind))
            .count()
    };
    (
        count(&[Kind::ClientPlanned]) - count(&[Kind::ClientDone, Kind::ClientFailed]),
        count(&[Kind::FaultBegan]) - count(&[Kind::FaultEnded]),
        count(&[Kind::Crash]) + document(1).variants[0].scenario.host_names().count() - count(&[Kind::Start]),
    )
}

#[test]
fn files_that_are_none_are_told_apart() {
    let files = Files::new();
    std::fs::write(files.path("text"), "hello").expect("writes");
    std::fs::write(files.path("old.trace"), b"TGTRACE\x01").expect("writes");
    let mut bad = document(1);
    bad.variants[0].scenario.load.asks.clear();
    bad.variants[0].scenario.configs.clear();
    files.replay_file("bad.json", &bad);
    let [missing, plain, old, bad] =
        ["missing", "text", "old.trace", "bad.json"].map(|name| sim(&["replay", &files.name(name)]));
    let told = |output: &Output| (output.status.code(), text(&output.stderr));
    let (code, said) = told(&missing);
    assert!(
        code == Some(2) && said.contains("neither a file nor a scenario"),
        "{said}"
    );
    let (code, said) = told(&plain);
    assert!(code == Some(1) && said.contains("line 1"), "{said}");
    let (code, said) = told(&old);
    assert!(code == Some(1) && said.contains("version"), "{said}");
    let (code, said) = told(&bad);
    assert!(
        code == Some(1) && said.contains("load.asks") && said.contains("configs"),
        "{said}"
    );
    // what only the parts can tell is an error, too, and no panic
    let mut address = document(1);
    address.variants.truncate(1);
    let scenario = &mut address.variants[0].scenario;
    scenario.faults.clear();
    scenario.replicas[0].name = "10.0.0.1".into();
    for config in &mut scenario.configs {
        config.upstreams.iter_mut().for_each(|upstream| {
            upstream.replicas = vec!["10.0.0.1".into()];
        });
    }
    files.replay_file("address.json", &address);
    let (code, said) = told(&sim(&["replay", &files.name("address.json")]));
    assert!(
        code == Some(1) && said.contains("add host \"10.0.0.1\""),
        "{said}"
    );
    // a scenario needs its seed, and a file has its own
    assert_eq!(sim(&["replay", "retry-storm"]).status.code(), Some(2));
    let (trace, _) = files.trace("a.trace", document(1));
    assert_eq!(sim(&["replay", &trace, "--seed", "1"]).status.code(), Some(2));
}
