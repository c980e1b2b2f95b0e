//! A comparison for people: whether to believe it, a table, then what each figure says in words.

use super::super::figure::Figure;
use super::comparison::{Basis, Compared, Comparison, Finding, Of};
use std::fmt::Write;

/// The whole text.
pub fn render(comparison: &Comparison) -> String {
    let mut text = String::new();
    for reason in &comparison.reasons {
        line(&mut text, &format!("  INVALID  {reason}"));
    }
    if !comparison.is_valid() {
        line(&mut text, "");
    }
    line(
        &mut text,
        &format!("  A: {}\n  B: {}\n", comparison.a, comparison.b),
    );
    table(&mut text, comparison);
    line(&mut text, "");
    for row in comparison.rows.iter().filter(|_| !is_silent(comparison)) {
        let words = words(row, comparison);
        line(&mut text, &format!("  {:<8}{words}", row.figure.name()));
    }
    for note in &comparison.notes {
        line(&mut text, &format!("  note    {note}"));
    }
    line(&mut text, "");
    line(&mut text, &format!("  {}", basis(comparison)));
    text
}

fn table(text: &mut String, comparison: &Comparison) {
    let of = match comparison.of {
        Of::Response => "response",
        Of::Service => "service",
    };
    line(
        text,
        &format!(
            "  {of:<10}{:>12}{:>12}{:>12}{:>10}   95 % of the difference",
            "A", "B", "B − A", "relative"
        ),
    );
    for row in &comparison.rows {
        let figure = row.figure;
        let relative = row.relative.map_or("–".into(), |share| {
            format!("{:+.1} %", share * 100.0).replace('-', "−")
        });
        let interval = row.interval.map_or("–".into(), |interval| {
            format!(
                "{} to {}",
                figure.signed(interval.low),
                figure.signed(interval.high)
            )
        });
        line(
            text,
            &format!(
                "  {:<10}{:>12}{:>12}{:>12}{relative:>10}   {interval}",
                figure.name(),
                figure.text(row.a),
                figure.text(row.b),
                figure.signed(row.difference),
            ),
        );
    }
}

/// Whether no figure says anything.
fn is_silent(comparison: &Comparison) -> bool {
    comparison
        .rows
        .iter()
        .all(|row| row.finding == Finding::NotJudged)
}

/// What may be said about one figure.
fn words(row: &Compared, comparison: &Comparison) -> String {
    let figure = row.figure;
    let range = row.interval.map_or(String::new(), |interval| {
        format!(
            "(95 %: {} to {})",
            figure.signed(interval.low),
            figure.signed(interval.high)
        )
    });
    let by = figure.text(row.difference.abs());
    let finding = match row.finding {
        Finding::Worse => format!("B {} {by} {range}", figure.adjective(true)),
        Finding::Better => format!("B {} {by} {range}", figure.adjective(false)),
        Finding::NoDifferenceShown => format!("no difference shown {range}"),
        Finding::NotJudged => match &row.why {
            Some(why) => format!("not judged: {why}"),
            None => "not judged".into(),
        },
    };
    match (row.equivalent, &comparison.equivalent) {
        (Some(true), Some(band)) => format!("{finding}; equivalent within {band}"),
        (Some(false), Some(band)) => format!("{finding}; not shown to be equivalent within {band}"),
        _ => finding,
    }
}

fn basis(comparison: &Comparison) -> String {
    let seed = comparison.seed;
    let chance = Figure::ALL.len();
    let why = comparison.rows.first().and_then(|row| row.why.as_deref());
    match &comparison.basis {
        Basis::Rounds(_) if is_silent(comparison) => {
            format!("No interval: {}.", why.unwrap_or("nothing was measured"))
        }
        Basis::Blocks { a, b, seconds } => format!(
            "Intervals are of {a} and {b} blocks of {seconds:.1} s within one run each: they tell of the time within \
             the runs,\n  not of what changes from run to run, for which runs of both have to be interleaved. Of {chance} \
             figures at 95 %\n  one in three comparisons of equals shows some difference. (seed {seed})"
        ),
        Basis::Rounds(rounds) => format!(
            "Intervals are of {rounds} rounds, each with one run of both, in alternating order. Of {chance} figures at \
             95 % one in three\n  comparisons of equals shows some difference. (seed {seed})"
        ),
        Basis::Nothing(why) => format!("No interval: {why}."),
    }
}

fn line(text: &mut String, line: &str) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{}", line.trim_end());
}
