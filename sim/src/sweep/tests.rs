//! Sweeps over runs that are made up: what is counted, listed, refused, and that threads and shards change nothing.

use super::*;
use crate::account::Account;
use crate::coverage::Visits;
use crate::document::Document;
use crate::judge::{Check, Judgement, Verdict};
use crate::oracles::{Finding, ORACLES, Violation};
use crate::run::{Played, Run, RunError};
use crate::stage::StageError;
use crate::trace::Trace;
use crate::world::isolated;
use loadgen::ShardOf;
use scenarios::find;
use std::sync::Mutex;

const SCENARIO: &str = "crash";

fn plan(seeds: &str, (index, of): (usize, usize)) -> Plan {
    Plan {
        entries: vec![find(SCENARIO).expect("registered")],
        seeds: seeds.parse().expect("a range"),
        set: vec!["retries=0".into()],
        plant: Some("retry-post".into()),
        shard: ShardOf { index, of },
        build: "abc".into(),
    }
}

/// Seeds that end in 3 are violated, in 5 lose liveness, in 6 panic, in 7 are invalid, in 8 can't be played.
fn play(document: Document) -> Result<Run, RunError> {
    assert_eq!(document.plant.as_deref(), Some("retry-post"));
    let seed = document.seed;
    let verdict = match seed % 10 {
        3 => Verdict::Violated,
        5 => Verdict::LivenessLost,
        6 => isolated(|| panic!("seed {seed} blew up")),
        7 => Verdict::Invalid,
        8 => return Err(RunError::Stage(StageError::Scenario("no such host".into()))),
        _ => Verdict::Holds,
    };
    Ok(run(document, verdict))
}

fn run(document: Document, verdict: Verdict) -> Run {
    let violation = Violation {
        at_us: 1_500_000,
        sequence: 77,
        what: "request 9 has no outcome".into(),
    };
    let finding = Finding {
        looked_at: 5,
        violations: Vec::from_iter((verdict == Verdict::Violated).then_some(violation)),
        more: 0,
    };
    let check = Check {
        verdict,
        name: ORACLES[0].name,
        what: "never so".into(),
        measured: "so".into(),
        value: None,
        finding: Some(finding),
    };
    let mut account = Account::default();
    account.total.requests = document.seed;
    let variant = document.variants[0].clone();
    Run {
        trace: Trace {
            bytes: None,
            hash: format!("hash of {}", document.seed),
            events: 3,
        },
        document,
        variants: vec![Played {
            name: variant.name,
            scenario: variant.scenario,
            judgement: Judgement {
                checks: vec![check],
                account,
                visits: Visits::default(),
            },
            cpu: std::time::Duration::ZERO,
        }],
    }
}

fn swept(seeds: &str, shard: (usize, usize), jobs: usize) -> Results {
    sweep(&plan(seeds, shard), jobs, &play, &mut |_| {})
}

/// All but the times.
fn timeless(results: &Results) -> String {
    let json = results.json();
    let (before, times) = json.split_once("\"times\"").expect("times are there");
    assert!(times.lines().count() < 8, "times come last: {times}");
    before.to_owned()
}

#[test]
fn every_seed_is_counted_and_a_panic_is_a_failure_of_its_seed() {
    let told = Mutex::new(Vec::new());
    let results = sweep(&plan("0..20", (0, 1)), 2, &play, &mut |progress| {
        let failure = progress.failure.map(|failure| failure.seed);
        told.lock()
            .expect("whole")
            .push((progress.done, progress.of, failure));
    });
    let counts = results.scenarios[SCENARIO];
    let by_ending = Ending::ALL.map(|ending| counts.of(ending));
    assert_eq!(by_ending, [10, 2, 2, 2, 2, 2]);
    let played: u64 = (0..20).filter(|seed| ![6, 8].contains(&(seed % 10))).sum();
    assert_eq!((counts.requests, counts.events), (played, 16 * 3));
    assert_eq!((results.ending(), results.exit_code()), (Ending::Crashed, 101));
    let told = told.into_inner().expect("whole");
    assert!(
        told.iter()
            .map(|(done, of, _)| (*done, *of))
            .eq((1..=20).map(|done| (done, 20)))
    );
    assert_eq!(told.iter().filter(|(.., failure)| failure.is_some()).count(), 10);
    let seeds: Vec<u64> = results.failures.iter().map(|failure| failure.seed).collect();
    assert_eq!(seeds, [3, 5, 6, 7, 8, 13, 15, 16, 17, 18]);
    let looked = results.oracles[ORACLES[0].name];
    assert_eq!(
        (looked.looked_at, looked.violations, looked.violated),
        (16 * 5, 2, 2)
    );
}

#[test]
fn failures_say_what_and_how_to_see_it_again() {
    let results = swept("0..10", (0, 1), 1);
    let report = text(&results);
    for part in [
        "VIOLATED crash seed 3, retries=0\n  conservation: at 1.500 s, event #77: request 9 has no outcome\n",
        "  replay  sim run crash --seed 3 --set retries=0 --plant retry-post\n",
        "  shrink  sim shrink crash --seed 3 --set retries=0 --plant retry-post\n",
        "CRASHED (101) crash seed 6\n  panic: panicked at ",
        "sweep/tests.rs:",
        ": seed 6 blew up\n",
        "LIVENESS LOST crash seed 5",
        "NOT PLAYED crash seed 8\n  error: failed to play the scenario: no such host\n",
        "verdict   crashed (1 of 10 runs), exit code 101\n",
    ] {
        assert!(report.contains(part), "{part:?} is missing in\n{report}");
    }
    // what shows nothing, or cannot be played, is nothing to shrink
    for (kind, lines) in [("\n  replay  sim run", 5), ("\n  shrink  sim shrink", 3)] {
        assert_eq!(report.matches(kind).count(), lines, "{report}");
    }
    let holes = report.matches("HOLE").count();
    assert_eq!(
        holes,
        ORACLES.len() - 1,
        "only the first oracle looked at anything"
    );
}

#[test]
fn threads_and_shards_change_nothing() {
    let whole = timeless(&swept("0..120", (0, 1), 1));
    assert_eq!(timeless(&swept("0..120", (0, 1), 3)), whole);
    let shards = [2, 0, 1].map(|index| (format!("{index}.json"), swept("0..120", (index, 3), 2)));
    let read = shards.map(|(name, results)| {
        let read = Results::read(results.json().as_bytes()).expect("its own");
        assert_eq!(read, results);
        (name, read)
    });
    assert_eq!(timeless(&merge(read.to_vec()).expect("parts of one")), whole);
    let [two, zero, _] = read;
    let some = merge(vec![two, zero]).expect("parts of one");
    assert_eq!(some.shards.missing(), [1]);
    assert!(text(&some).contains("missing   shards 1/3\n"));
    assert_ne!(some.digest, swept("0..120", (0, 1), 1).digest);
}

#[test]
fn the_lowest_failures_are_listed_whatever_the_number() {
    let whole = swept("0..400", (0, 1), 2);
    assert_eq!(whole.failures.len(), FAILURES_MAX);
    assert!(
        whole.failures.iter().all(|failure| failure.seed < 200),
        "half of the seeds fail"
    );
    assert!(text(&whole).contains("and 100 more that failed"));
    let shards = [0, 1].map(|index| (index.to_string(), swept("0..400", (index, 2), 1)));
    assert_eq!(
        timeless(&merge(shards.to_vec()).expect("parts of one")),
        timeless(&whole)
    );
}

#[test]
fn a_sweep_that_is_not_whole_is_not_good() {
    let only = |shard| sweep(&plan("0..3", shard), 1, &play, &mut |_| {});
    assert_eq!(only((0, 1)).exit_code(), 0);
    assert_eq!(
        merge(vec![("a".into(), only((0, 2)))]).map(|results| results.exit_code()),
        Ok(4)
    );
    // a shard with nothing to do has shown nothing, and does no harm to the sum
    assert_eq!(only((4, 5)).exit_code(), 4);
    let shards = (0..5).map(|index| (index.to_string(), only((index, 5))));
    assert_eq!(merge(shards.collect()).map(|results| results.exit_code()), Ok(0));
}

#[test]
fn what_is_not_of_one_sweep_is_refused_with_every_reason() {
    let other = Results {
        swept: Swept {
            build: "def".into(),
            plant: None,
            ..swept("0..9", (0, 1), 1).swept
        },
        ..swept("0..10", (1, 2), 1)
    };
    let parts = vec![
        ("a.json".to_owned(), swept("0..10", (0, 2), 1)),
        ("b.json".to_owned(), other),
        ("c.json".to_owned(), swept("0..10", (0, 2), 1)),
        ("d.json".to_owned(), swept("0..10", (2, 3), 1)),
    ];
    let expected = [
        "b.json: seeds 0..9, where a.json has 0..10",
        "b.json: planted bug none, where a.json has retry-post",
        "b.json: build def, where a.json has abc",
        "d.json: number of shards 3, where a.json has 2",
        "c.json: shard 0/2 is in a.json already",
    ];
    assert_eq!(merge(parts), Err(expected.map(str::to_owned).to_vec()));
}

#[test]
fn files_that_are_no_results_are_told_apart() {
    let good = swept("0..10", (0, 2), 1).json();
    let check = |bytes: &str, why: &str| {
        let error = Results::read(bytes.as_bytes()).expect_err(why);
        assert!(error.contains(why), "{error}");
    };
    check("", "empty");
    check("{}", "missing field `format`");
    check(&good[..good.len() / 2], "line");
    check(&good.replace("\"format\": 1", "\"format\": 2"), "its format is 2");
    check(
        &good.replace("\"digest\"", "\"digestive\""),
        "unknown field `digestive`",
    );
    check(&good.replace("\"of\": 2", "\"of\": 0"), "no shards");
    check(&" ".repeat(FILE_BYTES_MAX + 1), "longer than");
    let have = "\"have\": [\n      0\n    ]";
    assert!(good.contains(have), "{good}");
    for wrong in ["[]", "[2]", "[1, 0]", "[0, 0]"] {
        check(&good.replace(have, &format!("\"have\": {wrong}")), "no shards");
    }
}

#[test]
fn the_worst_ending_gives_the_exit_code() {
    let codes = Ending::ALL.map(Ending::exit_code);
    assert_eq!(codes, [0, 4, 1, 5, 3, 101], "best first");
    for verdict in Verdict::ALL {
        assert_eq!(Ending::from(verdict).exit_code(), verdict.exit_code());
        assert_eq!(Ending::from(verdict).name(), verdict.name());
    }
}
