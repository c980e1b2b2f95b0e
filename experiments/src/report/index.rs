//! `index.html` over all reports of a folder: a tile each, with what was asked, its picture, and how the claims stand.

use super::parts::verdict;
use super::source::Source;
use super::write::write;
use crate::claims::{Claim, Verdict};
use crate::failure::Failure;
use charts::{Gallery, Tile};
use std::path::Path;

/// Worst first: what a reader should see of several verdicts.
const WORST_FIRST: [Verdict; 5] = [
    Verdict::Refuted,
    Verdict::Invalid,
    Verdict::Missed,
    Verdict::NotJudged,
    Verdict::Holds,
];

const WORLD: &str = "world";
const VERDICT: &str = "verdict";

/// What the index says of an experiment that may have a report.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The report's folder.
    pub name: &'a str,
    pub question: &'a str,
    /// In words: where it is run.
    pub world: &'a str,
    /// The same as what it is found under.
    pub worlds: &'a [&'a str],
    /// The figure that stands for it.
    pub picture: &'a str,
}

/// In the order of the page; folders without a report are left out. `links` lead to what else is in the folder.
pub fn write_index(out: &Path, entries: &[Entry<'_>], links: &[(&str, &str)]) -> Result<(), Failure> {
    let summary =
        "Each page asks one question, says how it was answered on which machine, and judges its claims.";
    let mut page = Gallery::new("Tollgate: reports", summary)
        .filter(WORLD, "World")
        .filter(VERDICT, "Verdicts");
    for (text, target) in links {
        page = page.link(*text, *target);
    }
    for entry in entries {
        // a folder that cannot be read is not a report, and its own command says why
        if let Ok(source) = Source::read(&out.join(entry.name)) {
            page = page.tile(tile(entry, &source));
        }
    }
    let html = page
        .html()
        .map_err(|e| Failure::run(format!("draw the index: {e}")))?;
    write(out, "index.html", &html)
}

fn tile(entry: &Entry<'_>, source: &Source) -> Tile {
    let verdicts = tally(&source.claims);
    let run = &source.run;
    let mut tile = Tile::new(entry.name, format!("{}/index.html", entry.name), entry.question)
        .verdicts(verdicts.iter().map(|&(of, count)| (verdict(of), count)))
        .stamp(format!("{}, {} run of {}", entry.world, run.scale, run.date));
    for world in entry.worlds {
        tile = tile.facet(WORLD, *world);
    }
    for (of, _) in verdicts {
        tile = tile.facet(VERDICT, of.words());
    }
    let picture = format!("{}.svg", entry.picture);
    if source.directory.join(&picture).exists() {
        tile = tile.picture(
            format!("{}/{picture}", entry.name),
            format!("{}: its main picture", entry.name),
        );
    }
    tile
}

/// Verdicts that do not occur are left out.
fn tally(claims: &[Claim]) -> Vec<(Verdict, usize)> {
    let count = |of| claims.iter().filter(|claim| claim.verdict == of).count();
    let all = WORST_FIRST.map(|of| (of, count(of)));
    all.into_iter().filter(|&(_, count)| count > 0).collect()
}
