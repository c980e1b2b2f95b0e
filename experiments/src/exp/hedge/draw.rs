//! The page of `hedge`, and the lines for the terminal.

use super::figures::{Figure, level, ratio};
use super::{BUDGET, JUDGED_S, NONE, QUESTION, VARIANTS};
use crate::exp::simulated::{Data, value};
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Cell, Column, Limit, Line, Page, Series, Span, Table, number};

const DIGITS: usize = 3;

/// The slow time of the scenario.
const SLOW_S: (f64, f64) = (2.0, 22.0);

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let page = report::begin(source, QUESTION, &answer(&data, seed))
        .section("What the unlucky wait for")
        .figure(waits(&data, seed)?)
        .figure(over_time(&data)?)
        .section("What it costs")
        .figure(attempts(&data, seed)?)
        .table(
            table(&data, seed),
            "Median over seeds; in brackets the 95 % interval of the ratio to no hedge within the seed.",
        )
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
        let figures = [Figure::P99, Figure::P999, Figure::Attempts].map(|figure| {
            let value = level(&data, seed, variant, figure)
                .map_or("–".into(), |(value, _)| number::significant(value, DIGITS));
            let unit = if figure == Figure::Attempts { "" } else { " ms" };
            format!("{} {value}{unit}", figure.name())
        });
        format!("{title}: {}", figures.join(", "))
    };
    Ok(VARIANTS.into_iter().map(line).collect())
}

fn answer(data: &Data, seed: u64) -> String {
    let of = |variant, figure| ratio(data, seed, variant, figure);
    let sentences = VARIANTS.into_iter().filter(|(variant, _)| *variant != NONE);
    let sentences = sentences.filter_map(|(variant, title)| {
        let (cut, cost) = (of(variant, Figure::P999)?.0, of(variant, Figure::Attempts)?.0);
        Some(format!(
            "A hedge {title} leaves {} of p99.9 and makes {} attempts where there was one.",
            number::significant(cut, DIGITS),
            number::significant(cost, DIGITS),
        ))
    });
    let sentences: Vec<_> = sentences.collect();
    if sentences.is_empty() {
        return "No run had anything to compare.".into();
    }
    sentences.join(" ")
}

fn waits(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Bar::new("Response time by policy", Axis::new("response time", "ms"))
        .subtitle("median over seeds and its 95 % interval, while one of three replicas is slow now and then")
        .groups(Figure::LATENCY.map(Figure::name))
        .digits(DIGITS);
    for (variant, title) in VARIANTS {
        let values = Figure::LATENCY.map(|figure| value(level(data, seed, variant, figure)));
        picture = picture.series(title, values);
    }
    let caption = "By the distributions alone one request in a thousand takes more than 3.7 s without a hedge; with one after 60 ms, 60 ms and \
                   what a healthy replica and the network take.";
    report::figure("waits", picture.draw(), caption)
}

fn over_time(data: &Data) -> Result<charts::Figure, Failure> {
    let mut picture = Line::new(
        "p99 over time",
        Axis::new("time", "s"),
        Axis::new("p99 of the second", "ms").log(),
    )
    .subtitle("of one seed, by the time at which requests were due")
    .span(Span::new("one replica slow", SLOW_S.0, SLOW_S.1));
    for (index, (variant, title)) in VARIANTS.into_iter().enumerate() {
        let seconds = data.example(variant);
        let points =
            seconds.filter_map(|second| Some((second.second as f64 + 0.5, second.p99_us? as f64 / 1e3)));
        picture = picture.series(Series::new(title, points).colour(index));
    }
    let caption = "A second has some 170 requests, so its p99 is its second slowest.";
    report::figure("over-time", picture.draw(), caption)
}

fn attempts(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Line::new(
        "Attempts over time",
        Axis::new("time", "s"),
        Axis::new("attempts per request", "").fit(),
    )
    .subtitle("of one seed; the budget is a fifth beyond one")
    .span(Span::new("one replica slow", SLOW_S.0, SLOW_S.1))
    .limit(Limit::new("budget", 1.0 + BUDGET));
    for (index, (variant, title)) in VARIANTS.into_iter().enumerate() {
        let seconds = data.example(variant).filter(|second| second.requests > 0);
        let points = seconds.map(|second| {
            (
                second.second as f64 + 0.5,
                second.attempts as f64 / second.requests as f64,
            )
        });
        picture = picture.series(Series::new(title, points).colour(index));
    }
    let all: Vec<_> = VARIANTS
        .into_iter()
        .filter_map(|(variant, title)| {
            let (value, _) = level(data, seed, variant, Figure::Attempts)?;
            Some(format!("{title} {}", number::significant(value, DIGITS + 1)))
        })
        .collect();
    let caption = format!("Over all seeds, attempts per request: {}.", all.join(", "));
    report::figure("attempts", picture.draw(), &caption)
}

fn table(data: &Data, seed: u64) -> Table {
    let columns = [Figure::P50, Figure::P99, Figure::P999].map(|figure| Column::number(figure.name(), "ms"));
    let more = [
        Column::number("attempts per request", ""),
        Column::text("p99.9 to no hedge"),
        Column::text("attempts to no hedge"),
    ];
    let mut table = Table::new([Column::text("policy")].into_iter().chain(columns).chain(more));
    for (variant, title) in VARIANTS {
        let cell = |figure, decimals| {
            level(data, seed, variant, figure)
                .map_or_else(Cell::missing, |(value, _)| Cell::number(value, decimals))
        };
        let compared = |figure| match ratio(data, seed, variant, figure) {
            Some((value, Some(of))) => Cell::text(format!("{value:.3} [{:.3}, {:.3}]", of.low, of.high)),
            Some((value, None)) => Cell::text(format!("{value:.3}")),
            None => Cell::missing(),
        };
        table = table.row([
            Cell::text(title),
            cell(Figure::P50, 1),
            cell(Figure::P99, 1),
            cell(Figure::P999, 1),
            cell(Figure::Attempts, 4),
            compared(Figure::P999),
            compared(Figure::Attempts),
        ]);
    }
    table
}

fn method(data: &Data) -> Vec<String> {
    let (from, to) = JUDGED_S;
    vec![
        format!(
            "The simulator's scenario `hedge` from {} seeds. All three policies are played from each of them, with the same arrivals (Poisson, 150 to 200 a \
             second); compared is from second {from} to second {to}.",
            data.seeds().len()
        ),
        "Two replicas take 10 to 30 ms, evenly. The third's time is lognormal with p50 10 ms and p99 1.5 s while it is slow.".into(),
        "A hedge goes to a replica that was not asked, once per request, and the answer that comes first is taken. Retries and hedges share a budget of a fifth of \
         requests.".into(),
        "A figure is the median over seeds; intervals are bootstrapped over seeds, not over requests.".into(),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "What a hedge costs in CPU time: the simulator has none.",
    "A fleet in which all replicas slow down together: a hedge then finds nobody faster, and only the budget bounds what it adds.",
    "A replica whose slow answers cost it as much as quick ones do: here an answer that nobody waits for is given up at once.",
];
