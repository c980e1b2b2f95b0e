//! The page of `canary`, and the lines for the terminal.

use super::QUESTION;
use super::arms::Arm;
use super::claims::expected;
use crate::exp::real::{self, Data, Figure, Way as _, added, bar, level, with_interval};
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Cell, Column, Page, Table, Value, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let mut page = report::begin(source, QUESTION, &answer(&data, seed))
        .section("The split")
        .figure(share(&data)?)
        .table(counts(&data), "Requests by the load generator's count, by the stub's of each replica, and copies by the gateway's.")
        .section("The mirror");
    if let Some(figure) = real::instructions(&data, &Arm::COUNTED)? {
        page = page.figure(figure);
    }
    if !data.rounds.is_empty() {
        page = page.figure(waits(&data, seed)?).table(
            latency(&data, seed),
            "Median over rounds and its 95 % interval; \"added\" is the difference to no mirror within the round.",
        );
    }
    page = page.section("How it was measured").list(method(&data));
    page = page.section("What was not shown").list(not_shown(&data));
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    Ok(vec![answer(&data, source.run.seed)])
}

fn answer(data: &Data, seed: u64) -> String {
    let mut sentences = Vec::new();
    let of = |figure| data.value(Arm::Split, figure);
    if let (Some(first), Some(second)) = (of("first"), of("second")) {
        let (fewest, most) = expected(first + second);
        let inside = (fewest as f64..=most as f64).contains(&second);
        sentences.push(format!(
            "Of {} requests the canary got {} ({} %), {} what chance allows in 99.99 % of such runs ({fewest} to {most}).",
            number::fixed(first + second, 0),
            number::fixed(second, 0),
            number::fixed(100.0 * second / (first + second), 2),
            if inside { "within" } else { "outside of" }
        ));
    }
    let instructions = |arm| data.value(arm, "instructions");
    if let (Some(plain), Some(mirrored)) = (instructions(Arm::Plain), instructions(Arm::Mirrored)) {
        sentences.push(format!(
            "A mirror adds {} user instructions to the {} of a request.",
            number::fixed(mirrored - plain, 0),
            number::fixed(plain, 0)
        ));
    }
    let differences = [Figure::P50, Figure::P99].into_iter().filter_map(|figure| {
        let delta = added(data, seed, Arm::Dead, Arm::Plain, figure)?;
        let interval = delta.interval?;
        let digits = |value| number::significant(value, DIGITS);
        let (low, high) = (digits(interval.low), digits(interval.high));
        let shown = if delta.shows_a_difference() {
            ""
        } else {
            ", no difference shown"
        };
        Some(format!(
            "{} by {} µs (95 % interval {low} to {high}{shown})",
            figure.name(),
            digits(delta.median)
        ))
    });
    let differences: Vec<String> = differences.collect();
    if !differences.is_empty() {
        sentences.push(format!("A dead shadow changes {}.", differences.join(" and ")));
    }
    sentences.join(" ")
}

/// The second replica's share, with the interval of what was to be expected beside it.
fn share(data: &Data) -> Result<charts::Figure, Failure> {
    let percent = |arm| {
        let of = |figure| data.value(arm, figure);
        Some(100.0 * of("second")? / (of("first")? + of("second")?))
    };
    let total = data.value(Arm::Split, "requests").unwrap_or(0.0).max(1.0);
    let (fewest, most) = expected(total);
    let chance = |count: u64| 100.0 * count as f64 / total;
    let expected =
        Value::new(f64::midpoint(chance(fewest), chance(most))).between(chance(fewest), chance(most));
    let drawn = percent(Arm::Split).map_or_else(Value::missing, Value::new);
    let picture = Bar::new("The canary's share", Axis::new("of all requests", "%"))
        .subtitle("counted by the stub, beside the binomial's interval of 99.99 %")
        .groups(["expected", "drawn"])
        .series("", [expected, drawn])
        .sideways();
    report::figure("share", picture.draw(), "")
}

fn waits(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Bar::new(
        "Response time with and without a mirror",
        Axis::new("response time", "µs"),
    )
    .subtitle("at 2 000 requests per second; median over rounds, 95 % interval")
    .groups([Figure::P50, Figure::P99].map(Figure::name));
    for arm in Arm::TIMED {
        let values = [Figure::P50, Figure::P99].map(|figure| bar(level(data, seed, arm, figure)));
        picture = picture.series(arm.title(), values);
    }
    report::figure("response-time", picture.draw(), "")
}

fn counts(data: &Data) -> Table {
    let figures = [
        "requests",
        "first",
        "second",
        "mirror_sent",
        "mirror_skipped",
        "mirror_lost",
    ];
    let titles = [
        "requests",
        "first replica",
        "second replica",
        "copies sent",
        "skipped",
        "lost",
    ];
    let columns = std::iter::once(Column::text("arm")).chain(titles.map(|title| Column::number(title, "")));
    Arm::ALL.into_iter().fold(Table::new(columns), |table, arm| {
        let count = |figure| {
            data.value(arm, figure)
                .map_or_else(Cell::missing, |value| Cell::number(value, 0))
        };
        table.row(std::iter::once(Cell::text(arm.title())).chain(figures.map(count)))
    })
}

fn latency(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("arm"),
        Column::number("p50", "µs"),
        Column::number("added to p50", "µs"),
        Column::number("p99", "µs"),
        Column::number("added to p99", "µs"),
    ];
    Arm::TIMED.into_iter().fold(Table::new(columns), |table, arm| {
        let mut cells = vec![Cell::text(arm.title())];
        for figure in [Figure::P50, Figure::P99] {
            cells.push(with_interval(level(data, seed, arm, figure)));
            let delta = added(data, seed, arm, Arm::Plain, figure).filter(|_| arm != Arm::Plain);
            cells.push(with_interval(delta.map(|delta| (delta.median, delta.interval))));
        }
        table.row(cells)
    })
}

fn method(data: &Data) -> Vec<String> {
    let mut method = vec![
        "Each request of a split is drawn by itself, so the canary's count is binomial; its interval is exact, not an approximation. \
         Who got what is the count of the stub that got it."
            .to_owned(),
        "The dead shadow is an address on which nobody listens. Instructions are the slope between a run of 1 000 and one of 5 000 \
         requests under valgrind."
            .to_owned(),
    ];
    if !data.rounds.is_empty() {
        method.push(
            "Latency is from the intended send time of an open model with Poisson arrivals, arms interleaved, all of a round with the \
             same arrivals. Unchanged means that the interval of the difference lies inside a band, not that it contains 0."
                .to_owned(),
        );
    }
    method
}

fn not_shown(data: &Data) -> Vec<String> {
    let mut limits = Vec::new();
    if data.rounds.is_empty() {
        limits.push("Latency: a smoke run takes steady figures only.".to_owned());
    }
    let gaps = data.steady.iter().filter(|row| row.value.is_none());
    limits.extend(gaps.map(|row| format!("{} of {}: not measured ({})", row.figure, row.arm, row.missing)));
    limits.push("A shadow that hangs instead of refusing, copies of requests with bodies, and a split over several workers.".to_owned());
    limits.push(
        "Shadow and upstream are one process here, so a mirror's load is felt by the stub too.".to_owned(),
    );
    limits
}
