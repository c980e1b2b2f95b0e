//! The pictures of a trace with what was judged, and its story, as one page.

use super::draw::{Picture, draw};
use crate::judge::{Check, Verdict, worst};
use crate::story::{Source, StoryError};
use charts::{Claim, Figure, Page};

/// One HTML file that asks for nothing from outside. `story` is the trace told in words.
pub fn page(source: &Source, story: &str) -> Result<String, StoryError> {
    let document = source.document()?;
    let pictures = draw(source)?;
    let title = match &document {
        Some(document) => format!("{}, seed {}", document.scenario, document.seed),
        None => "A simulation".into(),
    };
    let mut page = Page::new(title);
    let checks: Vec<Check> = pictures
        .iter()
        .flat_map(|picture| picture.checks.clone())
        .collect();
    if !checks.is_empty() {
        let worst = worst(&checks);
        let bad = checks.iter().filter(|check| check.verdict != Verdict::Holds);
        let reasons = bad.map(|check| format!("{}: {}", check.name, check.measured));
        page = page.banner(verdict(worst), worst.name().to_uppercase(), reasons);
    }
    for (index, picture) in pictures.iter().enumerate() {
        page = section(page, index, picture);
    }
    page = page.code("The story in words", story);
    if let Some(document) = &document {
        let played = [("played by".to_owned(), format!("`{}`", document.command()))];
        let knobs = document.knobs.iter().cloned();
        page = page.details("What was played", played.into_iter().chain(knobs));
    }
    Ok(page.html()?)
}

fn section(page: Page, index: usize, picture: &Picture) -> Page {
    let figure = Figure::new(format!("run-{}", index + 1), picture.svg.clone())
        .caption("Hosts over time, as requests travel: clients, gateway, replicas. Words of single marks show under the pointer.");
    let page = page.section(picture.name.as_str()).figure(figure);
    if picture.checks.is_empty() {
        return page;
    }
    page.claims(picture.checks.iter().map(|check| {
        let (what, limit) = match (&check.finding, check.what.rsplit_once(", ")) {
            (Some(_), _) => (format!("{}: {}", check.name, check.what), "no violation"),
            // what is expected ends with the range that it has to be in
            (None, Some((what, range))) => (what.to_owned(), range),
            (None, None) => (check.what.clone(), "as it says"),
        };
        Claim::new(what, check.measured.as_str(), limit, verdict(check.verdict))
    }))
}

fn verdict(verdict: Verdict) -> charts::Verdict {
    match verdict {
        Verdict::Holds => charts::Verdict::Holds,
        Verdict::Invalid => charts::Verdict::Invalid,
        Verdict::LivenessLost | Verdict::Violated => charts::Verdict::Refuted,
    }
}
