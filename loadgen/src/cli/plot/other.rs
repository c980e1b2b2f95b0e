//! The one picture of a result that is no run: of a search its hockey stick, of a comparison its differences.

use crate::cli::exit::{COULD_NOT_RUN, Refusal};
use charts::Svg;
use loadgen::pictures::{Difference, Goal, Point, difference, hockey_stick};
use loadgen::{Comparison, LOAD_BYTES_MAX, Outcome, SearchResult, Slo};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What tells results apart; runs have none.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// Its name, and the picture; none if the file is no search and no comparison.
pub(super) fn other(path: &Path) -> Result<Option<(&'static str, Svg)>, Refusal> {
    let wrong =
        |error: String| Refusal::new(COULD_NOT_RUN, vec![format!("draw {}: {error}", path.display())]);
    let Some(json) = beginning(path) else {
        return Ok(None);
    };
    let kind = serde_json::from_slice(&json).map(|Kind { kind }| kind);
    let parsed = |error: serde_json::Error| wrong(error.to_string());
    let (name, drawn) = match kind.as_deref() {
        Ok("search") => {
            let search = serde_json::from_slice(&json).map_err(parsed)?;
            ("hockey-stick", search_picture(&search))
        }
        Ok("comparison") => {
            let comparison = serde_json::from_slice(&json).map_err(parsed)?;
            ("difference", comparison_picture(&comparison))
        }
        _ => return Ok(None),
    };
    match drawn {
        Ok(Some(svg)) => Ok(Some((name, svg))),
        Ok(None) => Err(wrong("there is nothing in it to be drawn".into())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// The file, if it can be read; whoever reads it as a run will say why not.
fn beginning(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LOAD_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn search_picture(search: &SearchResult) -> Result<Option<Svg>, charts::Error> {
    let points: Vec<Point> = search
        .runs
        .iter()
        .map(|run| Point {
            rate: run.rate,
            achieved: run.achieved,
            p50_us: run.p50_us,
            p99_us: run.p99_us,
            p99_9_us: run.p99_9_us,
            valid: run.valid,
            holds: run.outcome == Outcome::Held,
        })
        .collect();
    let goal = search.asked.slos.iter().find_map(|text| {
        let us = text.parse::<Slo>().ok()?.response_limit_us()?;
        Some(Goal {
            name: text.clone(),
            us,
        })
    });
    hockey_stick(&search.asked.target, &points, goal.as_ref(), search.knee)
}

fn comparison_picture(comparison: &Comparison) -> Result<Option<Svg>, charts::Error> {
    let points: Vec<Difference> = comparison
        .rows
        .iter()
        .filter_map(|row| {
            Some(Difference {
                quantile: row.figure.quantile()?,
                us: row.difference,
                interval_us: row.interval.map(|interval| (interval.low, interval.high)),
            })
        })
        .collect();
    difference(&comparison.a, &comparison.b, &points)
}
