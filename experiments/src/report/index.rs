//! `index.html` over all reports of a folder: what was asked, when, and how the claims stand.

use super::parts::verdict;
use super::source::Source;
use super::write::write;
use crate::claims::{Claim, Verdict};
use crate::failure::Failure;
use charts::{Cell, Column, Page, Table};
use std::path::Path;

/// Worst first: what a reader should see of several verdicts.
const WORST_FIRST: [Verdict; 5] = [
    Verdict::Refuted,
    Verdict::Invalid,
    Verdict::Missed,
    Verdict::NotJudged,
    Verdict::Holds,
];

/// `reports` are (folder, question), in the order of the page; folders without a report are left out.
pub fn write_index(out: &Path, reports: &[(&str, &str)]) -> Result<(), Failure> {
    let columns = ["experiment", "question", "claims", "of them", "scale", "date"].map(Column::text);
    let mut table = Table::new(columns);
    for (name, question) in reports {
        // a folder that cannot be read is not a report, and its own command says why
        let Ok(source) = Source::read(&out.join(name)) else {
            continue;
        };
        let worst = WORST_FIRST
            .into_iter()
            .find(|v| source.claims.iter().any(|c| c.verdict == *v));
        table = table.row([
            Cell::link(*name, format!("{name}/index.html")),
            Cell::text(*question),
            worst.map_or_else(Cell::missing, |worst| Cell::verdict(verdict(worst))),
            Cell::text(tally(&source.claims)),
            Cell::text(source.run.scale.to_string()),
            Cell::text(source.run.date),
        ]);
    }
    let page = Page::new("Tollgate: reports")
        .summary(
            "Each page asks one question, says how it was answered on which machine, and judges its claims.",
        )
        .table(table, "The verdict is that of the worst claim.");
    let html = page
        .html()
        .map_err(|e| Failure::run(format!("draw the index: {e}")))?;
    write(out, "index.html", &html)
}

/// `5 hold, 1 not judged`: verdicts that do not occur are left out.
fn tally(claims: &[Claim]) -> String {
    let counted = WORST_FIRST.into_iter().rev().filter_map(|verdict| {
        let count = claims.iter().filter(|claim| claim.verdict == verdict).count();
        (count > 0).then(|| format!("{count} {}", verdict.words()))
    });
    counted.collect::<Vec<_>>().join(", ")
}
