//! The parts that all reports share: what was asked and found on top, where it came from at the bottom.

use super::source::Source;
use crate::claims::{Claim, Verdict};
use crate::failure::Failure;
use charts::Page;

/// Enough digits for any claim's limit to be told from what was measured.
const DIGITS: usize = 4;

/// Title, the answer in a sentence or two, the question, and the claims.
pub fn begin(source: &Source, question: &str, answer: &str) -> Page {
    let run = &source.run;
    let commit = run
        .commit
        .as_deref()
        .map_or("no commit", |commit| commit.get(..10).unwrap_or(commit));
    let dirty = if run.dirty { " with changes" } else { "" };
    let stamp = format!(
        "`{}` run of {}, commit `{commit}`{dirty}, seed `{}`.",
        run.scale, run.date, run.seed
    );
    Page::new(format!("{}: {question}", run.experiment))
        .summary(answer)
        .text(stamp)
        .claims(source.claims.iter().map(drawn))
}

/// What was drawn, under its file's name.
pub fn figure(
    name: &str,
    drawn: Result<charts::Svg, charts::Error>,
    caption: &str,
) -> Result<charts::Figure, Failure> {
    let svg = drawn.map_err(|e| Failure::run(format!("draw {name}: {e}")))?;
    Ok(charts::Figure::new(name, svg).caption(caption))
}

/// Data files, configs and provenance.
pub fn finish(page: Page, source: &Source) -> Result<Page, Failure> {
    let run = &source.run;
    let mut page = page.section("Data and provenance");
    if !run.notes.is_empty() {
        page = page.list(run.notes.iter().cloned());
    }
    page = page
        .text("Everything above is drawn from these files; `cargo experiment render` draws it again.")
        .links(source.data_files()?.into_iter().map(|name| (name.clone(), name)));
    let host = &run.host;
    let mut rows = vec![
        ("command".to_owned(), format!("cargo {}", run.command.join(" "))),
        ("date".to_owned(), run.date.clone()),
        (
            "commit".to_owned(),
            run.commit.clone().unwrap_or_else(|| "none".into()),
        ),
        (
            "changed since that commit".to_owned(),
            if run.dirty { "yes" } else { "no" }.to_owned(),
        ),
        ("seed".to_owned(), run.seed.to_string()),
        ("build profile".to_owned(), run.profile.clone()),
        (
            "CPU".to_owned(),
            format!("{}, {} cores, {} MiB", host.cpu, host.cores, host.memory_mib),
        ),
        ("kernel".to_owned(), host.kernel.clone()),
        ("compiler".to_owned(), host.rustc.clone()),
    ];
    rows.extend(
        run.tools
            .iter()
            .map(|(name, version)| (name.clone(), version.clone())),
    );
    rows.extend(
        run.binaries
            .iter()
            .map(|(name, hash)| (format!("SHA-256 of {name}"), hash.clone())),
    );
    page = page.details("Provenance", rows);
    Ok(run
        .configs
        .iter()
        .fold(page, |page, (name, text)| page.code(name.clone(), text.clone())))
}

fn drawn(claim: &Claim) -> charts::Claim {
    let with_unit = |value: f64| format!("{} {}", charts::number::significant(value, DIGITS), claim.unit);
    let measured = match (claim.measured, claim.note.is_empty()) {
        (Some(value), true) => with_unit(value),
        (Some(value), false) => format!("{} ({})", with_unit(value), claim.note),
        (None, _) => format!("not measured ({})", claim.note),
    };
    let limit = claim
        .limit
        .map(|limit| format!("{} {}", exactly(limit), claim.unit))
        .unwrap_or_default();
    charts::Claim::new(
        claim.claim.clone(),
        measured.trim_end(),
        limit.trim_end(),
        verdict(claim.verdict),
    )
}

/// A limit was typed by a person: it has no more digits than it was written with.
fn exactly(limit: f64) -> String {
    let decimals = limit
        .to_string()
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    charts::number::fixed(limit, decimals)
}

pub(super) fn verdict(verdict: Verdict) -> charts::Verdict {
    match verdict {
        Verdict::Holds => charts::Verdict::Holds,
        Verdict::Refuted => charts::Verdict::Refuted,
        Verdict::Missed => charts::Verdict::Missed,
        Verdict::NotJudged => charts::Verdict::NotJudged,
        Verdict::Invalid => charts::Verdict::Invalid,
    }
}
