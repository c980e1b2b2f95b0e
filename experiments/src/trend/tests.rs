//! What is worse is found, what is noise is not, and a history is kept whole.

use super::*;
use crate::claims::Verdict;
use crate::scale::Scale;

fn row(date: u32, figure: &str, value: f64, off: f64) -> Row {
    Row {
        date: format!("2026-01-{date:02}T00:00:00Z"),
        commit: format!("c{date}"),
        experiment: "tax".into(),
        scale: "smoke".into(),
        profile: "dist".into(),
        rustc: "rustc 1".into(),
        figure: figure.into(),
        unit: "instructions".into(),
        value,
        low: value - off,
        high: value + off,
        more_is_better: false,
    }
}

#[test]
fn worse_is_beyond_both_intervals_on_the_wrong_side() {
    let verdict = |before: Row, now: Row| {
        let rows = [before, now];
        let changes = changes(&rows);
        assert_eq!(changes.len(), 1);
        (changes[0].verdict(), changes[0].words())
    };
    let same = (Verdict::Holds, "no difference shown");
    let worse = (Verdict::Refuted, "worse, beyond its interval");
    let better = (Verdict::Holds, "better, beyond its interval");
    assert_eq!(verdict(row(1, "a", 100.0, 1.0), row(2, "a", 102.0, 1.0)), same);
    assert_eq!(verdict(row(1, "a", 100.0, 1.0), row(2, "a", 102.1, 1.0)), worse);
    assert_eq!(verdict(row(1, "a", 100.0, 1.0), row(2, "a", 97.9, 1.0)), better);
    let more = |row| Row {
        more_is_better: true,
        ..row
    };
    assert_eq!(
        verdict(more(row(1, "a", 100.0, 1.0)), more(row(2, "a", 97.9, 1.0))),
        worse
    );
    assert_eq!(
        verdict(more(row(1, "a", 100.0, 1.0)), more(row(2, "a", 102.1, 1.0))),
        better
    );
}

#[test]
fn only_the_same_figure_of_the_same_profile_is_compared() {
    let release = Row {
        profile: "release".into(),
        ..row(2, "a", 200.0, 1.0)
    };
    let rows = [
        row(1, "a", 100.0, 1.0),
        release,
        row(3, "b", 300.0, 1.0),
        row(4, "a", 101.0, 1.0),
    ];
    let changes = changes(&rows);
    let found: Vec<_> = changes
        .iter()
        .map(|change| (change.now.value, change.percent()))
        .collect();
    assert_eq!(found, [(101.0, Some(1.0)), (200.0, None), (300.0, None)]);
    let page = page(&rows).expect("draws");
    let text = page.markdown().expect("is text");
    assert!(text.contains("Of 3 figures 1 have an earlier run"), "{text}");
}

#[test]
fn of_nothing_there_is_no_percentage() {
    let rows = [row(1, "allocations", 0.0, 0.05), row(2, "allocations", 0.2, 0.05)];
    let changes = changes(&rows);
    assert_eq!(
        (changes[0].percent(), changes[0].verdict()),
        (None, Verdict::Refuted)
    );
    page(&rows).expect("draws");
}

#[test]
fn a_run_is_written_behind_the_others() {
    let out = tempfile::tempdir().expect("temp dir");
    let run = crate::exp::sample_run(Scale::Smoke);
    assert_eq!(read(out.path()), Ok(Vec::new()));
    append(out.path(), &run, Vec::new()).expect("nothing to write");
    assert!(!out.path().join(HISTORY).exists());
    for value in [100.0, 103.0] {
        let found = Comparable::steady("fleet/instructions", "instructions", value, 0.5);
        append(out.path(), &run, vec![found]).expect("writes");
    }
    let rows = read(out.path()).expect("reads");
    let found: Vec<_> = rows.iter().map(|row| (row.value, row.low, row.high)).collect();
    assert_eq!(found[0], (100.0, 98.5, 101.5));
    assert_eq!(rows.len(), 2);
    assert_eq!(changes(&rows)[0].verdict(), Verdict::Holds);
}
