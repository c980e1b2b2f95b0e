//! Two results compared, by blocks of time.

use super::super::chance::{self, Interval, RESAMPLES};
use super::super::figure::Figure;
use super::super::load::Loaded;
use super::super::merge::differences;
use super::blocks::Blocks;
use super::comparison::{Basis, Compared, Comparison, Of, Question};
use super::figures::Figures;
use rand::Rng;

/// Fewer answers beyond a quantile, and a resample of blocks says which of them it happened to draw.
const BEYOND_MIN: f64 = 10.0;

/// Where a run went.
const WHERE: [&str; 3] = ["job.target:", "job.host:", "job.path:"];

/// A result and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub name: &'a str,
    pub result: &'a Loaded,
}

/// Compares two results.
pub fn two_results(a: Source<'_>, b: Source<'_>, question: &Question) -> Result<Comparison, Vec<String>> {
    let read = |source: Source<'_>| {
        Figures::of_loaded(source.result, question.of)
            .map_err(|error| format!("compare {}: {error}", source.name))
    };
    let sides = match [read(a), read(b)] {
        [Ok(a), Ok(b)] => [a, b],
        sides => return Err(sides.into_iter().filter_map(Result::err).collect()),
    };
    let blocks = match question.of {
        Of::Response => blocks(a).and_then(|of_a| Ok([of_a, blocks(b)?])),
        Of::Service => {
            let why =
                "the time series holds response times alone: compare those, or two targets that are run";
            Err(why.to_owned())
        }
    };
    let basis = match &blocks {
        Ok([a, b]) => Basis::Blocks {
            a: a.len(),
            b: b.len(),
            seconds: a.seconds().max(b.seconds()),
        },
        Err(why) => Basis::Nothing(why.clone()),
    };
    let reasons = ["A", "B"].into_iter().zip(&sides).flat_map(|(name, figures)| {
        let reasons = figures.reasons.iter();
        reasons.map(move |reason| format!("{name}: {reason}"))
    });
    let rows = Figure::ALL
        .into_iter()
        .filter_map(|figure| row(figure, &sides, &blocks, question));
    let (reasons, rows) = (reasons.collect(), rows.collect());
    let mut comparison = Comparison::new([a.name, b.name], question, basis, reasons, rows);
    comparison.notes = asked_differently(a.result, b.result);
    Ok(comparison)
}

/// What was not the same in two runs beside where they went, which is what is compared.
fn asked_differently(a: &Loaded, b: &Loaded) -> Vec<String> {
    let (Loaded::Document(a), Loaded::Document(b)) = (a, b) else {
        return Vec::new();
    };
    let mut found = differences(a, b);
    found.retain(|field| WHERE.iter().all(|name| !field.starts_with(name)));
    let told = found.iter().map(|field| format!("asked differently: {field}"));
    told.collect()
}

/// None where either has no such figure.
fn row(
    figure: Figure,
    sides: &[Figures; 2],
    blocks: &Result<[Blocks; 2], String>,
    question: &Question,
) -> Option<Compared> {
    let [a, b] = sides;
    let (in_a, in_b) = (a.get(figure)?, b.get(figure)?);
    let difference = in_b - in_a;
    let few = figure
        .quantile()
        .is_some_and(|q| a.beyond(q).min(b.beyond(q)) < BEYOND_MIN);
    let interval = match blocks {
        Err(why) => Err(why.clone()),
        Ok(_) if few => Err(format!("fewer than {BEYOND_MIN} answers lie beyond it")),
        Ok(blocks) => {
            let mut rng = question.seed.child("bootstrap").child(figure.name()).rng();
            interval(difference, blocks, figure, RESAMPLES, &mut rng)
        }
    };
    let pair = (in_a, in_b);
    Some(Compared::new(
        figure,
        pair,
        difference,
        interval,
        question.equivalent,
    ))
}

pub(super) fn interval(
    difference: f64,
    blocks: &[Blocks; 2],
    figure: Figure,
    resamples: usize,
    rng: &mut impl Rng,
) -> Result<Interval, String> {
    let least = blocks[0].len().min(blocks[1].len());
    let deviations = deviations(blocks, figure, resamples, rng);
    chance::around(difference, deviations, least).ok_or_else(|| "nothing varies in it".into())
}

fn blocks(source: Source<'_>) -> Result<Blocks, String> {
    let found = match source.result {
        Loaded::Document(document) => Blocks::of_document(document),
        Loaded::Log(log) => Blocks::of_log(log),
    };
    found.map_err(|error| format!("{}: {error}", source.name))
}

/// By how much the difference of resamples departs from that of the runs as they are.
fn deviations(blocks: &[Blocks; 2], figure: Figure, resamples: usize, rng: &mut impl Rng) -> Vec<f64> {
    let [a, b] = blocks;
    let (mut in_a, mut in_b) = (vec![1; a.len()], vec![1; b.len()]);
    let of = |in_a: &[u64], in_b: &[u64]| Some(b.figure(figure, in_b)? - a.figure(figure, in_a)?);
    let Some(whole) = of(&in_a, &in_b) else {
        return Vec::new();
    };
    let drawn = (0..resamples).filter_map(|_| {
        chance::stretches(in_a.len(), rng, &mut in_a);
        chance::stretches(in_b.len(), rng, &mut in_b);
        Some(of(&in_a, &in_b)? - whole)
    });
    drawn.collect()
}
