//! The page of the trend: what each figure became, run by run.

use super::history::Row;
use super::judge::{Change, changes};
use crate::claims::Verdict;
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Cell, Column, Line, Page, Series, Table, number};

const DIGITS: usize = 4;

/// A picture has this many lines at most: more could not be told apart.
const LINES: usize = 8;

/// All of a history.
pub fn page(rows: &[Row]) -> Result<Page, Failure> {
    let changes = changes(rows);
    let mut experiments: Vec<&str> = Vec::new();
    for row in rows {
        if !experiments.contains(&row.experiment.as_str()) {
            experiments.push(&row.experiment);
        }
    }
    let mut page = Page::new("Trend").summary(summary(&changes));
    for experiment in experiments {
        let own: Vec<&Change<'_>> = changes
            .iter()
            .filter(|change| change.now.experiment == experiment)
            .collect();
        page = page.section(experiment);
        let with_past: Vec<&Change<'_>> = own
            .iter()
            .copied()
            .filter(|change| change.before.is_some())
            .collect();
        for (nth, lines) in with_past.chunks(LINES).enumerate() {
            page = page.figure(picture(rows, experiment, nth, lines)?);
        }
        page = page.table(
            table(&own),
            "The newest run, and the one before it with the same cargo profile; in brackets is the interval.",
        );
    }
    Ok(page)
}

fn summary(changes: &[Change<'_>]) -> String {
    let compared = changes.iter().filter(|change| change.before.is_some()).count();
    let worse: Vec<String> = changes
        .iter()
        .filter(|change| change.verdict() == Verdict::Refuted)
        .map(name)
        .collect();
    let better = changes.iter().filter(|change| change.is_better()).count();
    let found = match worse.as_slice() {
        [] => "none is worse beyond its interval".to_owned(),
        worse => format!("worse beyond their intervals: {}", worse.join(", ")),
    };
    format!(
        "Of {} figures {compared} have an earlier run to be compared with: {found}; {better} are better.",
        changes.len()
    )
}

fn name(change: &Change<'_>) -> String {
    format!("`{} {}`", change.now.experiment, change.now.figure)
}

/// In units of each figure's first value, run by run.
fn picture(
    rows: &[Row],
    experiment: &str,
    nth: usize,
    lines: &[&Change<'_>],
) -> Result<charts::Figure, Failure> {
    let mut picture = Line::new(
        format!("{experiment}: in units of the first run"),
        Axis::new("run", ""),
        Axis::new("times the first", "").fit(),
    );
    for change in lines {
        let own: Vec<f64> = rows
            .iter()
            .filter(|row| row.is_same_figure(change.now))
            .map(|row| row.value)
            .collect();
        let first = own.first().copied().filter(|first| *first != 0.0);
        let points = own
            .iter()
            .enumerate()
            .filter_map(|(run, value)| Some(((run + 1) as f64, value / first?)));
        picture = picture.series(Series::new(change.now.figure.clone(), points).dots());
    }
    let name = format!("{experiment}-{}", nth + 1);
    report::figure(
        &name,
        picture.draw(),
        "A step to above is more of it; whether that is worse, the table says.",
    )
}

fn table(changes: &[&Change<'_>]) -> Table {
    let mut table = Table::new([
        Column::text("figure"),
        Column::text("unit"),
        Column::text("before"),
        Column::text("now"),
        Column::number("change", "%"),
        Column::text("verdict"),
        Column::text("commit"),
    ]);
    for change in changes {
        let shown = |row: &Row| {
            let [value, low, high] = [row.value, row.low, row.high].map(|x| number::significant(x, DIGITS));
            Cell::text(format!("{value} [{low}, {high}]"))
        };
        table = table.row([
            Cell::text(change.now.figure.clone()),
            Cell::text(change.now.unit.clone()),
            change.before.map_or_else(Cell::missing, shown),
            shown(change.now),
            change
                .percent()
                .map_or_else(Cell::missing, |percent| Cell::number(percent, 2)),
            Cell::text(change.words()),
            Cell::text(change.now.commit.clone()),
        ]);
    }
    table
}
