//! The page of `balance`, and the lines for the terminal.

use super::figures::{Figure, level, ratio};
use super::{FLEETS, QUESTION, WAYS, pictures};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let slow = "r0 takes three times as long as the others: who knows the load gives it less.";
    let capacity = "r0 has five workers where r1 has two and r2 one. Those who know the weights give them their shares; a bounded ring passes on what is above its bound.";
    let page = report::begin(source, QUESTION, &verdicts(&data, seed).join(" "))
        .section("What clients wait for")
        .figure(pictures::by_way(&data, seed, Figure::P99)?)
        .table(table(&data, seed), "Median over seeds, ms. Ways whose p99 is not told apart from the best of their fleet, within seeds, have a star.")
        .section("What replicas have to do")
        .figure(pictures::by_way(&data, seed, Figure::MostInHand)?)
        .figure(pictures::load(&data, FLEETS[1], slow)?)
        .figure(pictures::load(&data, FLEETS[2], capacity)?)
        .section("How it was measured")
        .list(method(&data))
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    Ok(verdicts(&Data::read(&source.directory)?, source.run.seed))
}

/// Ways by the median of their p99 on a fleet, the best first.
fn ranked(data: &Data, seed: u64, fleet: &str) -> Vec<(f64, usize)> {
    let p99 = |(way, _): &(&str, &str)| level(data, seed, &format!("{way}-{fleet}"), Figure::P99);
    let mut ranked: Vec<_> = WAYS
        .iter()
        .enumerate()
        .filter_map(|(place, way)| Some((p99(way)?.0, place)))
        .collect();
    ranked.sort_by(|one, other| one.0.total_cmp(&other.0));
    ranked
}

/// Nothing shows that it is worse than the best, which it is beside in every seed.
fn is_as_good(data: &Data, seed: u64, fleet: &str, way: usize, best: usize) -> bool {
    let name = |way: usize| format!("{}-{fleet}", WAYS[way].0);
    let (way, best) = (name(way), name(best));
    way == best || ratio(data, seed, (&way, &best), Figure::P99).is_none_or(|interval| interval.contains(1.0))
}

/// A sentence for each fleet.
fn verdicts(data: &Data, seed: u64) -> Vec<String> {
    let sentence = |(fleet, title): (&str, &str)| {
        let ranked = ranked(data, seed, fleet);
        let ((best_ms, best), (worst_ms, worst)) = (*ranked.first()?, *ranked.last()?);
        let others = ranked
            .iter()
            .skip(1)
            .filter(|(_, way)| is_as_good(data, seed, fleet, *way, best));
        let others: Vec<_> = others.map(|(_, way)| WAYS[*way].1).collect();
        let not_told_apart = match others.is_empty() {
            true => String::new(),
            false => format!(" (not told apart from it: {})", others.join(", ")),
        };
        let [best_ms, worst_ms] = [best_ms, worst_ms].map(|ms| number::significant(ms, DIGITS));
        Some(format!(
            "{title}: p99 is lowest with {}, {best_ms} ms{not_told_apart}, and highest with {}, {worst_ms} ms.",
            WAYS[best].1, WAYS[worst].1
        ))
    };
    FLEETS.into_iter().filter_map(sentence).collect()
}

fn table(data: &Data, seed: u64) -> Table {
    let columns = FLEETS.map(|(_, title)| Column::text(format!("{title}: p50, p99")));
    let mut table = Table::new([Column::text("way")].into_iter().chain(columns));
    for (place, (way, title)) in WAYS.into_iter().enumerate() {
        let cells = FLEETS.map(|(fleet, _)| {
            let variant = format!("{way}-{fleet}");
            let of = |figure| level(data, seed, &variant, figure).map(|(value, _)| number::fixed(value, 0));
            let best = ranked(data, seed, fleet).first().map(|(_, way)| *way);
            let star = match best.is_some_and(|best| is_as_good(data, seed, fleet, place, best)) {
                true => " *",
                false => "",
            };
            match (of(Figure::P50), of(Figure::P99)) {
                (Some(p50), Some(p99)) => Cell::text(format!("{p50}, {p99}{star}")),
                _ => Cell::missing(),
            }
        });
        table = table.row([Cell::text(title)].into_iter().chain(cells));
    }
    table
}

fn method(data: &Data) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `balance` from {} seeds: all 24 pairs are played from each of them, with the same arrivals (Poisson, 600 to 800 a second for \
             four and a half seconds) for 256 different targets, which are the ring's keys.",
            data.seeds().len()
        ),
        "Alike: service times even between half and one and a half of a mean of 110 to 150 ms. Slow: three times that. Capacities: exponential times, with workers that together are three fifths \
         busy. Heavy tail: Pareto, alpha 1.5, at most 3 s."
            .into(),
        "A promise is judged by the worst seed. What clients wait for is the median over seeds, intervals are bootstrapped over seeds, and ways are compared within \
         seeds."
            .into(),
        "On rings the last replica is taken away in mid-run, so its share is of half a run.".into(),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "Several gateways that pick without knowing of each other: there is one, and it knows all that is in hand.",
    "Latency-aware picking, sticky cookies and slow start: the scenario has none of them.",
    "What a pick costs in CPU time: the simulator has none.",
];
