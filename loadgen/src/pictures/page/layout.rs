//! The order of the page: what the run is worth first, then the figures that a reader in a hurry takes away, then the pictures,
//! then everything else. In the order of the text report, and in its words.

use super::{notes, overview, tables};
use crate::pictures::bands::bands;
use crate::pictures::ccdf::ccdf;
use crate::pictures::heat_map::heat_map;
use crate::pictures::load::load;
use crate::pictures::named::Named;
use crate::pictures::percentiles::percentiles;
use crate::report::Document;
use charts::{Error, Figure, Page, Svg};

/// A self-contained report of one run.
pub fn page(document: &Document) -> Result<Page, Error> {
    let page = Page::new(&document.run.title);
    let page = overview::banner(page, document).cards(overview::cards(document));
    let page = page.section("Latency");
    let page = match tables::latencies(document) {
        Some(table) => page.table(table, tables::latency_caption(document)),
        None => page.text("Nothing was sent or answered: there is no latency."),
    };
    let page = figures(page, document)?;
    let page = tables::rest(page, document);
    let page = page.section("What these figures do not say");
    Ok(notes::provenance(page.list(notes::limits(document)), document))
}

fn figures(page: Page, document: &Document) -> Result<Page, Error> {
    let run = [Named {
        name: "run",
        document,
    }];
    let over_time = if document.report.response_us.count > 0 {
        bands(document)?
    } else {
        load(document)?
    };
    let all: [(&str, Option<Svg>, &str); 4] = [
        (
            "percentiles",
            percentiles(&run)?,
            "The gap between response and service is waiting before the send; what of it is this generator's own \
             fault is send lag.",
        ),
        (
            "heatmap",
            heat_map(document)?,
            "Every answer, by when it came and how long after its intended time that was.",
        ),
        (
            "bands",
            over_time,
            "Rates, means and percentiles of each interval, or of several where there are too many to draw.",
        ),
        (
            "ccdf",
            ccdf(&run)?,
            "How many took longer than x, down to the single slowest.",
        ),
    ];
    let drawn = all
        .into_iter()
        .filter_map(|(name, svg, caption)| Some(Figure::new(name, svg?).caption(caption)));
    Ok(drawn.fold(page, Page::figure))
}
