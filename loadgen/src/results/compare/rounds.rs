//! Runs of two targets in interleaved rounds, compared within each round.
//!
//! A machine drifts: what is run in the same minute meets the same neighbours. So the difference is taken within a
//! round, and the rounds, which are independent, tell how sure it is.

use super::super::chance::{self, Interval};
use super::super::figure::Figure;
use super::comparison::{Basis, Compared, Comparison, Question};
use super::figures::Figures;

/// Fewer rounds give no interval: below this the bootstrap of a median promises more than it keeps.
const ROUNDS_MIN: usize = 10;
/// Reasons to disbelieve that are told one by one; the rest is a number.
const REASONS_MAX: usize = 6;

/// Compares runs: each round has one of A and one of B.
pub fn paired(names: [&str; 2], rounds: &[[Figures; 2]], question: &Question) -> Comparison {
    let rows = Figure::ALL.into_iter().filter_map(|figure| {
        let pairs: Vec<(f64, f64)> = rounds
            .iter()
            .filter_map(|[a, b]| Some((a.get(figure)?, b.get(figure)?)))
            .collect();
        let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
        let of = |values: Vec<f64>| chance::median(&values);
        let a = of(pairs.iter().map(|pair| pair.0).collect())?;
        let b = of(pairs.iter().map(|pair| pair.1).collect())?;
        let difference = chance::median(&differences)?;
        let interval = interval(&differences, figure, question);
        Some(Compared::new(
            figure,
            (a, b),
            difference,
            interval,
            question.equivalent,
        ))
    });
    let basis = match rounds.len() {
        0 => Basis::Nothing("no round was finished".into()),
        count => Basis::Rounds(count),
    };
    let rows = rows.collect();
    Comparison::new(names, question, basis, reasons(rounds), rows)
}

fn interval(differences: &[f64], figure: Figure, question: &Question) -> Result<Interval, String> {
    let rounds = differences.len();
    if rounds < ROUNDS_MIN {
        return Err(format!(
            "{rounds} rounds are too few to tell a difference from chance, {ROUNDS_MIN} are the least"
        ));
    }
    let mut rng = question.seed.child("bootstrap").child(figure.name()).rng();
    chance::of_median(differences, &mut rng).ok_or_else(|| "nothing varies in it".into())
}

fn reasons(rounds: &[[Figures; 2]]) -> Vec<String> {
    let all = rounds.iter().enumerate().flat_map(|(round, pair)| {
        let sides = ["A", "B"].into_iter().zip(pair);
        sides.flat_map(move |(side, figures)| {
            let each = figures.reasons.iter();
            each.map(move |reason| format!("{side}, round {}: {reason}", round + 1))
        })
    });
    let mut reasons: Vec<String> = all.collect();
    if reasons.len() > REASONS_MAX {
        let more = reasons.len() - REASONS_MAX;
        reasons.truncate(REASONS_MAX);
        reasons.push(format!("and {more} more of the like"));
    }
    reasons
}
