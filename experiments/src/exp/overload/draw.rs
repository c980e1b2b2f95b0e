//! The page of `overload`, and the lines for the terminal.

use super::figures::{admitted_p99, goodput, level, lost, served};
use super::{
    ADAPTIVE, CAPACITY, CLASSES, JUDGED_AT_CAPACITY_S, JUDGED_S, NONE, QUESTION, VARIANTS, is_shedding,
    on_sockets, pictures,
};
use crate::exp::simulated::{Data, bracketed};
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let page = report::begin(source, QUESTION, &answer(&data, seed))
        .section("What is done")
        .figure(pictures::over_time(&data)?)
        .table(
            table(&data, seed),
            "Median over seeds and its 95 % interval; lost is to half the load, within the seed.",
        )
        .section("Whose it is")
        .figure(pictures::by_class(&data, seed)?);
    let page = on_sockets::drawn(page, &data, &Sockets::read(&source.directory)?)?
        .section("How it was measured")
        .list(method(&data))
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let line = |(variant, title): (&str, &str)| {
        let of = |samples: &[(u64, f64)], what| {
            level(samples, seed, what, variant)
                .map_or("–".into(), |(value, _)| number::significant(value, DIGITS))
        };
        format!(
            "{title}: {} good answers a second, p99 of them {} ms",
            of(&goodput(&data, variant), "goodput"),
            of(&admitted_p99(&data, variant), "p99"),
        )
    };
    Ok(VARIANTS.into_iter().map(line).collect())
}

fn answer(data: &Data, seed: u64) -> String {
    let good = |variant| Some(level(&goodput(data, variant), seed, "goodput", variant)?.0);
    let share = |class: usize| {
        let found = level(
            &served(data, ADAPTIVE, class as u64),
            seed,
            CLASSES[class],
            ADAPTIVE,
        );
        Some(number::significant(found?.0, DIGITS))
    };
    let (Some(none), Some(adaptive), Some(capacity)) = (good(NONE), good(ADAPTIVE), good(CAPACITY)) else {
        return "No run had anything to compare.".into();
    };
    let [none, adaptive, capacity] = [none, adaptive, capacity].map(|good| number::significant(good, DIGITS));
    let mut answer = format!(
        "With an adaptive limit {adaptive} requests a second are served of 800 that come, where {capacity} are of 400, and {none} without shedding."
    );
    if let (Some(first), Some(last)) = (share(0), share(CLASSES.len() - 1)) {
        answer.push_str(&format!(
            " It serves {first} % of what is {}, and {last} % of what is {}.",
            CLASSES[0],
            CLASSES[CLASSES.len() - 1]
        ));
    }
    answer
}

fn table(data: &Data, seed: u64) -> Table {
    let columns = [
        "policy",
        "good answers a second",
        "lost, to half the load",
        "p99 of what is served, ms",
    ];
    let mut table = Table::new(columns.map(Column::text));
    for (variant, title) in VARIANTS {
        let lost = match variant {
            CAPACITY => Cell::missing(),
            _ => bracketed(lost(data, seed, variant), 3),
        };
        table = table.row([
            Cell::text(title),
            bracketed(level(&goodput(data, variant), seed, "goodput", variant), 1),
            lost,
            bracketed(level(&admitted_p99(data, variant), seed, "p99", variant), 0),
        ]);
    }
    table
}

fn method(data: &Data) -> Vec<String> {
    let shedding: Vec<_> = VARIANTS
        .into_iter()
        .filter(|(variant, _)| is_shedding(variant))
        .map(|(_, title)| title)
        .collect();
    vec![
        format!(
            "The simulator's scenario `overload` from {} seeds: two replicas with four servers each that take 20 ms on average, exponentially, so that 400 a second is all they can \
             do. 800 come, Poisson, a quarter of each class; with half the load 400 do.",
            data.seeds().len()
        ),
        "Work is done in order of arrival, and that for which nobody waits any more is done as well; a request is given up after a second.".into(),
        format!(
            "Judged is from second {} to second {}, by the time at which requests were due; half the load lasts until second {} alone, because at capacity a line grows by chance, the longer the \
             more. Shedding is done by {}.",
            JUDGED_S.0,
            JUDGED_S.1,
            JUDGED_AT_CAPACITY_S.1,
            shedding.join(", and by ")
        ),
        "p99 is judged by the worst seed; intervals are bootstrapped over seeds.".into(),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "What a refusal costs in CPU time: the simulator has none, so refusing is free here.",
    "Clients that come again when they are refused: these do not.",
    "Replicas that do less under overload: these do as much as ever.",
];
